"""The protocol between a measuring program inside a machine and the process that started it.

The program gets its task as JSON in its first argument. It prints JSON lines, each an object with one key:
`{"progress": …}` any number of times, and `{"result": …}` once at the end. It ends when its work is done, or when its
standard input is closed.
"""

import json
import os
import select
import sys
from typing import Any, Final

STDIN: Final = 0


def task() -> dict[str, Any]:
    """The task of this program."""
    found = json.loads(sys.argv[1])
    if not isinstance(found, dict):
        msg = "the task is not a JSON object"
        raise TypeError(msg)
    return found


def progress(news: object) -> None:
    """Report the progress. Skipped if the pipe is full: unread lines would block the measurement."""
    os.write(1, json.dumps({"progress": news}).encode() + b"\n")


def result(news: object) -> None:
    """Report the result."""
    with os.fdopen(1, "w", closefd=False) as output:
        json.dump({"result": news}, output, separators=(",", ":"))
        output.write("\n")


def asked_to_stop() -> bool:
    """Whether the parent process has closed standard input."""
    readable, _, _ = select.select([STDIN], [], [], 0)
    return bool(readable) and not os.read(STDIN, 1)
