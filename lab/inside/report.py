"""How a measuring program inside a machine and whoever started it talk.

The program gets its task as JSON in its first argument and prints one JSON line each time it has news: a one-key
object, `{"progress": …}` any number of times, `{"result": …}` once, at its end. It ends when its work is done, or
when its standard input is closed.
"""

import json
import os
import select
import sys
from typing import Any, Final

STDIN: Final = 0


def task() -> dict[str, Any]:
    """What the program was asked to do."""
    found = json.loads(sys.argv[1])
    if not isinstance(found, dict):
        msg = "the task is not a JSON object"
        raise TypeError(msg)
    return found


def progress(news: object) -> None:
    """Tell how far it is. Never slower than the pipe: news nobody reads would stop the measurement."""
    os.write(1, json.dumps({"progress": news}).encode() + b"\n")


def result(news: object) -> None:
    """Tell the outcome."""
    with os.fdopen(1, "w", closefd=False) as output:
        json.dump({"result": news}, output, separators=(",", ":"))
        output.write("\n")


def asked_to_stop() -> bool:
    """Whether whoever started it has closed standard input."""
    readable, _, _ = select.select([STDIN], [], [], 0)
    return bool(readable) and not os.read(STDIN, 1)
