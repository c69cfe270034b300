"""Commit-confirm: a revision that must be confirmed, and one that was rolled back.

Both are stored in state.db, so that neither `kill -9` nor a power cut affects a countdown. The limits of its time are
in config.py.
"""

from datetime import datetime

from app.model.base import domain
from app.model.config import Interface


@domain
class OnTrial:
    """A revision that stays only if it is confirmed within `window_s` of coming into force.

    `started_s` and `in_force_s`: seconds of CLOCK_BOOTTIME in the boot `boot_id`; `in_force_s` None: it is being
    applied. `taken`: interfaces that it takes over from another program, with their former addresses.
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
    """A revision that was rolled back: why (a sentence), when, and to which revision.

    `owed`: interfaces whose former addresses still have to be restored.
    """

    revision: int
    why: str
    at: datetime
    to: int
    owed: tuple[Interface, ...] = ()
