"""The whole suite, most of it as two pytest processes side by side: what `./run test` without words does.

First come the tests marked `exact`, alone. They are held to milliseconds, and the kernel has one lock (rtnetlink's)
and one queue of carrier events for all namespaces: whoever takes a namespace down holds up everybody else's cables.
Then those marked `packets` (conftest.py), and beside them all others at a lower priority (nice), which take the
processor time that is left, of which there is much, as a lab mostly waits. What these say is shown when they have
ended; the last line counts all together.
"""

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import IO

NICENESS = "5"
# The last line of pytest: "1 failed, 20 passed in 3.21s".
COUNTED = re.compile(r"(\d+) (failed|passed|errors?|skipped|deselected|xfailed|xpassed|warnings?)\b")


def main() -> int:
    """Run them all; 0 only if all say so."""
    started_s = time.monotonic()
    alone = subprocess.Popen(pytest("exact"), stdout=subprocess.PIPE, text=True)
    try:
        totals = counted(pass_on(alone.stdout))
        codes = [alone.wait()]
    except KeyboardInterrupt:  # they have it from the terminal too, and take down what they made
        return alone.wait()
    with tempfile.TemporaryFile("w+") as said_beside:
        beside = begin_beside(said_beside)
        packets = subprocess.Popen(pytest("packets and not exact"), stdout=subprocess.PIPE, text=True)
        try:
            totals += counted(pass_on(packets.stdout))
            codes.append(packets.wait())
            if beside.poll() is None:
                print("The tests beside these are still running.", flush=True)
            codes.append(beside.wait())
        except KeyboardInterrupt:
            beside.send_signal(signal.SIGINT)
            return max(packets.wait(), beside.wait())
        said_beside.seek(0)
        print("\nBeside these ran:", flush=True)
        totals += counted(pass_on(said_beside))
    words = ", ".join(f"{totals[one]} {one}" for one in ("failed", "error", "passed") if totals[one])
    print(f"\nAll together: {words} in {time.monotonic() - started_s:.0f} s")
    return max(codes)


def begin_beside(said: IO[str]) -> "subprocess.Popen[str]":
    """Start those beside, in a session of their own.

    Where the kernel schedules by session (sched(7), autogroup), as labs have their own too, it is the session's
    niceness that counts; elsewhere it is the process's.
    """
    command = ["nice", "-n", NICENESS, *pytest("not packets and not exact")]
    beside = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    with suppress(OSError):
        Path(f"/proc/{beside.pid}/autogroup").write_text(NICENESS)
    return beside


def pytest(which: str) -> list[str]:
    """The command that runs the tests with these marks."""
    return [sys.executable, "-m", "pytest", "-m", which]


def pass_on(said: IO[str] | None) -> str:
    """Print it as it comes; its last line with something in it."""
    last = ""
    for line in said or ():
        print(line, end="", flush=True)
        last = line if line.strip() else last
    return last


def counted(last: str) -> Counter[str]:
    """The numbers of a summary."""
    return Counter({word.rstrip("s") if word == "errors" else word: int(n) for n, word in COUNTED.findall(last)})


if __name__ == "__main__":
    sys.exit(main())
