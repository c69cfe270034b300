"""Metadata of revisions in config.db: who saved each, and who may confirm it.

Each function works in the caller's transaction.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_SAVED: Final = (
    "SELECT r.number, r.created_at, r.author, r.origin,"
    " coalesce((SELECT a.address FROM audit a WHERE a.revision = r.number AND a.action = 'configuration'), ''),"
    " r.note, r.confirm_window_s IS NULL OR c.revision IS NOT NULL, coalesce(c.actor, ''),"
    " EXISTS (SELECT 1 FROM revision n WHERE n.number = r.number + 1 AND n.returns_to IS NOT NULL),"
    " r.confirm_window_s, r.returns_to"
    " FROM revision r LEFT JOIN confirmation c ON c.revision = r.number"
)
_CONFIRMER: Final = "SELECT number, author, confirm_session, confirm_key_hash, confirm_elsewhere FROM revision"
_UNCONFIRMED: Final = (
    "number = (SELECT max(number) FROM revision) AND confirm_window_s IS NOT NULL"
    " AND number NOT IN (SELECT revision FROM confirmation)"
)


@dataclass(frozen=True, slots=True)
class SavedRevision:
    """One line of the history. `origin`: `console`, `panel`, `api` or `worker`. `address`: that of the author.

    `confirmed`: it stays. `returned`: it was rolled back. Neither: it waits, or a later one replaced it before that.
    `returns_to`: it is a copy of that revision, because its predecessor was rolled back.
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
class Confirmer:
    """Who may confirm a revision: its author's session, with the key of this hash (None: the console).

    `elsewhere`: a later session of the same user may, too.
    """

    number: int
    author: str
    session: int | None
    key_hash: bytes | None
    elsewhere: bool


def saved_revisions(connection: sqlite3.Connection, before: int | None, limit: int) -> tuple[SavedRevision, ...]:
    """The newest revisions, or those before the revision `before`; newest first."""
    query = f"{_SAVED} WHERE r.number < ? ORDER BY r.number DESC LIMIT ?"
    wanted = (2**63 - 1 if before is None else before, limit)
    return tuple(_saved(row) for row in connection.execute(query, wanted))


def saved_revision(connection: sqlite3.Connection, number: int) -> SavedRevision | None:
    """The revision with this number, or None (it may have been pruned)."""
    row = connection.execute(f"{_SAVED} WHERE r.number = ?", (number,)).fetchone()
    return None if row is None else _saved(row)


def confirmer(connection: sqlite3.Connection, number: int) -> Confirmer:
    """Who may confirm a revision that exists."""
    return _confirmer(connection.execute(f"{_CONFIRMER} WHERE number = ?", (number,)).fetchone())


def unconfirmed(connection: sqlite3.Connection) -> Confirmer | None:
    """Who may confirm the newest revision; None if it is confirmed or needs no confirmation."""
    row = connection.execute(f"{_CONFIRMER} WHERE {_UNCONFIRMED}").fetchone()
    return None if row is None else _confirmer(row)


def _saved(row: sqlite3.Row) -> SavedRevision:
    number, at, author, origin, address, note, confirmed, confirmed_by, returned, window_s, returns_to = tuple(row)
    return SavedRevision(
        number=int(number),
        at=datetime.fromisoformat(at),
        author=str(author),
        origin=str(origin),
        address=str(address),
        note=str(note),
        confirmed=bool(confirmed),
        confirmed_by=str(confirmed_by),
        returned=bool(returned) and not confirmed,
        window_s=None if window_s is None else int(window_s),
        returns_to=None if returns_to is None else int(returns_to),
    )


def _confirmer(row: sqlite3.Row) -> Confirmer:
    number, author, session, key_hash, elsewhere = tuple(row)
    return Confirmer(int(number), str(author), None if session is None else int(session), key_hash, bool(elsewhere))
