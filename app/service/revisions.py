"""The history of the configuration: user, time and address of each revision, and its result."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.facts import Facts
from app.model.leg import LegId
from app.model.verdict import Verdict
from app.paths import StateDirectory
from app.service.preview import Preview, preview
from app.store.history import read_returned
from app.store.reader import NOTHING, Revision, reading_config, revision_in
from app.store.revisions import SavedRevision, saved_revision, saved_revisions

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision changed: against which one (None: that was pruned), field by field and in the kernel.

    The kernel's part is what it would mean on this machine as it is now, not as it was then.
    """

    saved: SavedRevision
    before: int | None
    meant: Preview | None


def revisions(home: StateDirectory, *, before: int | None = None, limit: int = 50) -> tuple[SavedRevision, ...]:
    """The newest revisions, or those before the revision `before`; newest first. Raises StoreUnavailable."""
    with reading_config(home.config_db) as connection:
        found = saved_revisions(connection, before, max(1, min(limit, MOST)))
    given_back = _given_back(home)
    return tuple(_with_return(one, given_back) for one in found)


def change(home: StateDirectory, number: int, facts: Facts, verdicts: Mapping[LegId, Verdict]) -> Change:
    """What one revision changed against the one before it. Raises InvalidConfig where there is none of this number."""
    with reading_config(home.config_db) as connection:
        saved = saved_revision(connection, number)
        if saved is None:
            raise InvalidConfig(FieldError("revision", f"there is no revision {number}"))
        after, before = revision_in(connection, number), _before(connection, number)
    meant = None if before is None else preview(before.config, after.config, facts, verdicts)
    return Change(_with_return(saved, _given_back(home)), None if before is None else before.number, meant)


def _before(connection: sqlite3.Connection, number: int) -> Revision | None:
    """The revision before this one; None if it was pruned."""
    if number == 1:
        return NOTHING
    return None if saved_revision(connection, number - 1) is None else revision_in(connection, number - 1)


def _given_back(home: StateDirectory) -> int | None:
    """The newest revision, if it was rolled back: only the worker knows until the next save."""
    try:
        returned = read_returned(home.state_db)
    except StoreUnavailable:
        return None
    return None if returned is None else returned.revision


def _with_return(saved: SavedRevision, given_back: int | None) -> SavedRevision:
    """A line of the history with what the worker knows of it."""
    return replace(saved, returned=True) if saved.number == given_back and not saved.confirmed else saved
