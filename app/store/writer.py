"""Writes a revision into config.db with plain sqlite3.

It uses no ORM: a revision is written once and never changed, so an ORM would have nothing to track, and loading it
would double the time of every console command.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.errors import StoreUnavailable
from app.model.events.kinds import ConfigurationSaved
from app.store.audit import Entry, append_audit
from app.store.mapping import TABLES, Value, rows_of
from app.store.reader import LAST_REVISION, Revision
from app.store.utc import utc_text

KEPT_REVISIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a revision waits for its confirmation, and by whom: a session, a key, with `elsewhere` also a later
    session.
    """

    window_s: int
    session: int | None = None
    key_hash: bytes | None = None
    elsewhere: bool = False


def append_revision(
    connection: sqlite3.Connection,
    revision: Revision,
    entry: Entry,
    *,
    wait: Wait | None = None,
    returns_to: int | None = None,
) -> None:
    """Write a revision and its audit line, in the caller's transaction.

    Without `wait` it is confirmed at once. `returns_to`: the revision that it copies, because its predecessor was
    rolled back. Raises sqlite3.IntegrityError if this number exists already, StoreUnavailable if no number is left.
    """
    number, at = revision.number, utc_text(entry.at)
    if number > LAST_REVISION:
        raise StoreUnavailable(f"config.db has no room for a revision after {LAST_REVISION}")
    head: dict[str, Value | bytes] = {
        "number": number,
        "created_at": at,
        "author": entry.actor,
        "origin": entry.origin,
        "note": entry.note,
        "returns_to": returns_to,
        "confirm_window_s": None if wait is None else wait.window_s,
        "confirm_session": None if wait is None else wait.session,
        "confirm_key_hash": None if wait is None else wait.key_hash,
        "confirm_elsewhere": int(wait is not None and wait.elsewhere),
    }
    _insert(connection, "revision", [head])
    if wait is None:
        append_confirmation(connection, number, entry)
    for table, rows in rows_of(revision.config).items():
        _insert(connection, table, [{"revision": number, **row} for row in rows])
    event = ConfigurationSaved(entry.note)
    append_audit(connection, entry, event.kind, event.text, revision=number)


def append_confirmation(connection: sqlite3.Connection, number: int, entry: Entry) -> None:
    """Write the confirmation of a revision. Raises sqlite3.IntegrityError if it was already confirmed."""
    _insert(connection, "confirmation", [{"revision": number, "at": utc_text(entry.at), "actor": entry.actor}])


def prune(connection: sqlite3.Connection, keep: frozenset[int]) -> None:
    """Delete all revisions except the newest 200, those in `keep`, and those that a newer one is a copy of.

    The audit keeps its lines about them.
    """
    newest = connection.execute("SELECT max(number) FROM revision").fetchone()[0]
    old = (
        "SELECT number FROM revision WHERE number <= ?"
        " AND number NOT IN (SELECT returns_to FROM revision WHERE returns_to IS NOT NULL)"
    )
    numbers = {number for (number,) in connection.execute(old, ((newest or 0) - KEPT_REVISIONS,))} - keep
    rows = [(number,) for number in sorted(numbers)]
    connection.executemany("UPDATE audit SET revision = NULL WHERE revision = ?", rows)
    for table in (*(one.name for one in TABLES), "confirmation"):
        connection.executemany(f"DELETE FROM {table} WHERE revision = ?", rows)  # noqa: S608 - constants
    connection.executemany("DELETE FROM revision WHERE number = ?", rows)


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Mapping[str, Value | bytes]]) -> None:
    """Insert rows with the same columns. Names are constants of this program, values are parameters."""
    if rows:
        columns = ", ".join(f"[{name}]" for name in rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", rows)  # noqa: S608
