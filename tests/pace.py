"""How much slower this machine is now than the two free cores that the budgets (DESIGN.md) are for.

A test has to tell a slow program from a machine that is small, shared or throttled. `./run bench` does not ask: it
judges by the budgets as they stand, and shows the machine's noise beside each.

What is slow on a shared machine is the way from one program to the next: each has to wait for a processor when it wakes
up. So a process of its own does what a link of such a chain does, all the time: it wakes up, works for a millisecond,
and tells how long both took.
"""

import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from statistics import fmean
from typing import Final

# What a round takes there: the timer is a tenth of a millisecond late.
NOMINAL_MS: Final = 1.1
# A test that is held to milliseconds measures so often before it fails: what other programs add differs from one time
# to the next, while a fault is in every one of them.
ATTEMPTS: Final = 5
_ADDITIONS: Final = 20_000
_PAUSE_S: Final = 0.04
# Fewer rounds say little. More than there are in the last ten minutes are not kept.
_FEWEST, _MOST = 10, 15_000


def main() -> None:
    """Tell the milliseconds of each round, until nobody listens."""
    with suppress(BrokenPipeError):
        while True:
            due_s, total = time.monotonic() + _PAUSE_S, 0
            time.sleep(_PAUSE_S)
            for number in range(_ADDITIONS):
                total += number
            print(1000 * (time.monotonic() - due_s), flush=True)


class Rounds:
    """The rounds of the process, as they come, from `start` to `stop`."""

    def __init__(self) -> None:
        self._took: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._child: subprocess.Popen[str] | None = None
        self._came = threading.Condition()
        self.test_began_s = 0.0

    def start(self) -> None:
        """Begin. In a session of its own, as a lab's programs: the kernel shares the processors among sessions."""
        command = [sys.executable, "-m", __spec__.name]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        threading.Thread(target=self._listen, args=(self._child,), name="pace", daemon=True).start()

    def stop(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def since(self, began_s: float) -> list[float]:
        """The milliseconds of the rounds since then, of which there are enough."""

        def found() -> list[float]:
            return [took_ms for at_s, took_ms in self._took if at_s >= began_s]

        with self._came:
            if not self._came.wait_for(lambda: len(found()) >= _FEWEST, timeout=60):
                raise TimeoutError("the process that measures the pace says nothing")
            return found()

    def _listen(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdout is not None
        with child.stdout as lines:
            for line in lines:
                with self._came:
                    self._took.append((time.monotonic(), float(line)))
                    self._came.notify_all()


# Of this run; conftest.py starts and stops it, and says when a test begins.
ROUNDS = Rounds()


class Pace:
    """The machine since the test began."""

    @property
    def slowness(self) -> float:
        """How many times longer things take than they should; 1 at least."""
        return max(1.0, fmean(ROUNDS.since(ROUNDS.test_began_s)) / NOMINAL_MS)

    def allows(self, limit: float) -> float:
        """What a limit becomes on this machine: the same, unless the machine is slow."""
        if (slowness := self.slowness) > 1:
            print(f"this machine is {slowness:.1f} times slower than the one of the budgets")
        return limit * slowness


if __name__ == "__main__":
    main()
