"""The history of the configuration: who saved what, when and from where, and what became of it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.facts import Facts
from app.model.verdict import Verdict
from app.paths import StateDirectory
from app.service.preview import Preview, preview
from app.store.files import reading
from app.store.history import read_returned
from app.store.reader import NOTHING, Revision, require_schema, revision_in

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class SavedRevision:
    """One line of the history. `origin` is `console`, `panel`, `api` or `worker`, `address` where the author sat.

    `confirmed`: it was to stay. `returned`: it was given back. Neither: it waits, or a later one took its place first.
    `returns_to`: it is a copy of that revision, made because its predecessor was given back.
    """

    number: int
    at: datetime
    author: str
    origin: str
    address: str
    note: str
    confirmed: bool
    confirmed_by: str
    returned: bool
    window_s: int | None
    returns_to: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision changed: against which one (None: that was pruned), field by field and in the kernel.

    The kernel's part is what it would mean on this machine as it is now, not as it was then.
    """

    saved: SavedRevision
    before: int | None
    meant: Preview | None


_COLUMNS: Final = (
    "SELECT r.number, r.created_at, r.author, r.origin,"
    " coalesce((SELECT a.address FROM audit a WHERE a.revision = r.number AND a.action = 'configuration'), ''),"
    " r.note, r.confirm_window_s IS NULL OR c.revision IS NOT NULL, coalesce(c.actor, ''),"
    " EXISTS (SELECT 1 FROM revision n WHERE n.number = r.number + 1 AND n.returns_to IS NOT NULL),"
    " r.confirm_window_s, r.returns_to"
    " FROM revision r LEFT JOIN confirmation c ON c.revision = r.number"
)


def revisions(home: StateDirectory, *, before: int | None = None, limit: int = 50) -> tuple[SavedRevision, ...]:
    """The newest revisions, or those before the revision `before`; newest first. Raises StoreUnavailable."""
    query = f"{_COLUMNS} WHERE r.number < ? ORDER BY r.number DESC LIMIT ?"
    with reading(home.config_db) as connection:
        require_schema(connection)
        wanted = (2**63 - 1 if before is None else before, max(1, min(limit, MOST)))
        rows = connection.execute(query, wanted).fetchall()
    given_back = _given_back(home)
    return tuple(_saved(row, given_back) for row in rows)


def change(home: StateDirectory, number: int, facts: Facts, verdicts: Mapping[int, Verdict]) -> Change:
    """What one revision changed against the one before it. Raises InvalidConfig where there is none of this number."""
    with reading(home.config_db) as connection:
        require_schema(connection)
        row = connection.execute(f"{_COLUMNS} WHERE r.number = ?", (number,)).fetchone()
        if row is None:
            raise InvalidConfig(FieldError("revision", f"there is no revision {number}"))
        after, before = revision_in(connection, number), _before(connection, number)
    meant = None if before is None else preview(before.config, after.config, facts, verdicts)
    return Change(_saved(row, _given_back(home)), None if before is None else before.number, meant)


def _before(connection: sqlite3.Connection, number: int) -> Revision | None:
    """The revision before this one; None if it was pruned."""
    if number == 1:
        return NOTHING
    found = connection.execute("SELECT 1 FROM revision WHERE number = ?", (number - 1,)).fetchone()
    return None if found is None else revision_in(connection, number - 1)


def _given_back(home: StateDirectory) -> int | None:
    """The newest revision, if it was given back: only the worker knows until the next save."""
    try:
        returned = read_returned(home.state_db)
    except StoreUnavailable:
        return None
    return None if returned is None else returned.revision


def _saved(row: tuple[object, ...], given_back: int | None) -> SavedRevision:
    number, at, author, origin, address, note, confirmed, confirmed_by, returned, window_s, returns_to = row
    is_confirmed = bool(confirmed)
    return SavedRevision(
        number=int(str(number)),
        at=datetime.fromisoformat(str(at)),
        author=str(author),
        origin=str(origin),
        address=str(address),
        note=str(note),
        confirmed=is_confirmed,
        confirmed_by=str(confirmed_by),
        returned=not is_confirmed and (bool(returned) or number == given_back),
        window_s=None if window_s is None else int(str(window_s)),
        returns_to=None if returns_to is None else int(str(returns_to)),
    )
