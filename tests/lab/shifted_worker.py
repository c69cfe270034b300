"""The worker with a wall clock that jumps: SIGUSR1 sets it a day ahead, SIGUSR2 two days back.

Time namespaces shift only the clocks that nobody sets, and the host's own clock is not a test's to touch. So the jump
happens in the process, in all it can know of the wall clock: its own readings, and the kernel's stamps on what arrives.
"""

import signal
import struct
import sys
import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from app.probe import prober, timestamp
from app.worker import clock
from app.worker.__main__ import main

DAY_S = 86_400
_TIMESPEC = struct.Struct("@ll")
_real_time, _real_time_ns = time.time, time.time_ns
_ahead_s = 0


class _Stamp:
    """struct timespec as a kernel with that clock would have written it."""

    size = _TIMESPEC.size

    def unpack_from(self, content: bytes) -> tuple[int, int]:
        seconds, nanoseconds = _TIMESPEC.unpack_from(content)
        return seconds + _ahead_s, nanoseconds


class _Shifted(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz or UTC) + timedelta(seconds=_ahead_s)


def _jump(number: int, _frame: object) -> None:
    global _ahead_s  # noqa: PLW0603 - a clock is a process' one and only
    _ahead_s += DAY_S if number == signal.SIGUSR1 else -2 * DAY_S


if __name__ == "__main__":
    for module in (clock, prober):
        if hasattr(module, "datetime"):
            setattr(module, "datetime", _Shifted)  # noqa: B010 - it is no attribute that the module promises
    time.time = lambda: _real_time() + _ahead_s
    time.time_ns = lambda: _real_time_ns() + _ahead_s * 1_000_000_000
    timestamp._TIMESPEC = _Stamp()  # type: ignore[assignment]
    for each in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(each, _jump)
    sys.exit(main())
