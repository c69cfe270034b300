"""Commit-confirm: a revision that must be confirmed, and one that was rolled back.

Both are written to state.db, so that neither `kill -9` nor a power cut changes anything about a countdown.
"""

from datetime import datetime

from app.model.base import domain
from app.model.config import Interface


@domain
class OnTrial:
    """A revision that stays only if it is confirmed within `window_s` of the moment it is in force.

    `started_s` and `in_force_s` are seconds of CLOCK_BOOTTIME in the boot `boot_id`; `in_force_s` None: it is being
    applied. `taken` are interfaces that it takes over from somebody else, with the addresses they had before.
    """

    revision: int
    boot_id: str
    window_s: int
    started_s: float
    in_force_s: float | None = None
    taken: tuple[Interface, ...] = ()

    @property
    def ends_s(self) -> float:
        """When its time is over, on CLOCK_BOOTTIME."""
        return (self.started_s if self.in_force_s is None else self.in_force_s) + self.window_s


@domain
class Returned:
    """A revision that was rolled back: why (a sentence), when, and which one is in force instead.

    `owed` are interfaces whose addresses are still to be put back as they were before the trial.
    """

    revision: int
    why: str
    at: datetime
    to: int
    owed: tuple[Interface, ...] = ()
