"""Commit-confirm notices on every page: an unconfirmed change, and one that was rolled back."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.model.status import Status
from app.service.confirming import Waiting

# A user who was away still sees the rollback notice for this long; later the page Revisions shows it.
TOLD_FOR: Final = timedelta(hours=24)
# A change that is confirmed within moments is not announced to screen readers.
QUIET_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer of a page: only the author's session can confirm a change."""

    session: int = 0
    user: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """An unconfirmed change. `mine`: this viewer can confirm it. `until` None: it is not in force yet."""

    revision: int
    before: str
    left: str
    after: str
    mine: bool
    until: datetime | None
    announced: str


def trial(status: Status | None, waiting: Waiting | None, viewer: Viewer, now: datetime) -> Trial | None:
    """The unconfirmed change, or None."""
    if status is None or waiting is None or status.on_trial != waiting.number:
        return None
    mine = waiting.is_for(viewer.session, viewer.user)
    number = waiting.number
    who = "" if mine else f", saved by {waiting.author},"
    keeper = f"{waiting.author} confirms it"
    if mine:
        keeper = "you confirm it"
    elif waiting.elsewhere:
        # A browser that comes back to an address where it was before still has the session of then.
        keeper = f"{waiting.author} logs in again and confirms it"
    if waiting.at_console:
        keeper = "`config confirm` on the console confirms it"
    left_s = status.confirm_within_s
    if left_s is None or status.in_force_for_s is None:
        return Trial(number, f"Revision {number}{who} is being applied.", "", "", mine, None, "")
    seconds = max(0, math.ceil(left_s))
    before, after = f"Revision {number}{who} is rolled back in", f"unless {keeper}."
    announced = f"Revision {number}{who} is rolled back unless {keeper}." if status.in_force_for_s >= QUIET_S else ""
    until = now.replace(microsecond=0) + timedelta(seconds=seconds)
    return Trial(number, before, f"{seconds}\u00a0s", after, mine, until, announced)


def on_its_way(status: Status | None, waiting: Waiting | None, viewer: Viewer) -> int | None:
    """The saved change of this viewer that is not in force yet, or None."""
    if waiting is None or not waiting.is_for(viewer.session, viewer.user):
        return None
    if status is not None:
        is_back = status.returned is not None and status.returned.revision == waiting.number
        if is_back or (status.on_trial == waiting.number and status.in_force_for_s is not None):
            return None
    return waiting.number


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A change that was rolled back: what and why. `done`: the previous state is installed again."""

    revision: int
    to: int
    why: str
    at: datetime
    done: bool


def given_back(status: Status | None, now: datetime) -> GivenBack | None:
    """The newest change if it was rolled back recently, else None."""
    if status is None or status.returned is None or now - status.returned.at > TOLD_FOR:
        return None
    returned = status.returned
    return GivenBack(returned.revision, returned.to, returned.why, returned.at, status.in_force == returned.to)
