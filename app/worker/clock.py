"""The only place where the worker reads a clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.model.probing import Moment


def now() -> Moment:
    """The current time on both clocks."""
    return Moment(monotonic_s=time.monotonic(), wall=datetime.now(UTC))


def elapsed_s() -> float:
    """CLOCK_MONOTONIC, as in `now`."""
    return now().monotonic_s


@dataclass(frozen=True, slots=True)
class Boot:
    """One boot of the machine: its unique id (random(4)) and the seconds since it began.

    The seconds are CLOCK_BOOTTIME, which cannot be set and also counts while the machine is suspended.
    """

    id: str
    elapsed_s: Callable[[], float]


def this_boot() -> Boot:
    """The boot that this process belongs to."""
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return Boot(boot_id, lambda: time.clock_gettime(time.CLOCK_BOOTTIME))
