"""The audit: who did what, when and from where. Written in the transaction of what it speaks of."""

import sqlite3
from datetime import UTC, datetime
from typing import Final

from app.errors import StoreUnavailable
from app.model.events.event import ALL_KINDS, AuditEvent, Kinds, LoggedEvent, kind_of
from app.model.events.kinds import ConfigurationSaved, LoggedIn
from app.paths import StateDirectory
from app.service.configuration import Author
from app.store.files import reading, writing
from app.store.history import EventRow, among
from app.store.reader import require_schema
from app.store.utc import utc_text

LONGEST_DETAIL: Final = 500
MOST_ENTRIES: Final = 500
# Failed logins are written too, so an attacker decides how many there are: only this many are kept in all.
KEPT: Final = 50_000


def note(connection: sqlite3.Connection, author: Author, event: AuditEvent) -> None:
    """Write one line inside a transaction that the caller holds; what people typed is cut to a sane length."""
    insert = "INSERT INTO audit (at, actor, origin, address, action, detail) VALUES (?, ?, ?, ?, ?, ?)"
    who = (author.name[:64], author.origin.value, author.address)
    connection.execute(insert, (utc_text(datetime.now(UTC)), *who, event.kind, event.text[:LONGEST_DETAIL]))


def record(home: StateDirectory, author: Author, event: AuditEvent) -> None:
    """Write one line that belongs to no other change. Raises StoreUnavailable."""
    with writing(home.config_db) as connection:
        note(connection, author, event)
        oldest = "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ? AND action <> ?"
        connection.execute(oldest, (KEPT, ConfigurationSaved.kind))


def read_audit(
    home: StateDirectory, before: int | None = None, limit: int = 50, kinds: Kinds = ALL_KINDS
) -> tuple[EventRow, ...]:
    """The newest lines of these kinds, or those before the line `before`; newest first. Raises StoreUnavailable.

    SQLite picks them, as strangers decide how many lines there are of failed logins.
    """
    only, names = among("action", kinds)
    query = (
        "SELECT id, at, actor, origin, address, action, detail, revision FROM audit"  # noqa: S608 - constants
        f" WHERE id < ?{only} ORDER BY id DESC LIMIT ?"
    )
    newest = 2**63 - 1
    with reading(home.config_db) as connection:
        require_schema(connection)
        wanted = (newest if before is None else before, *names, min(limit, MOST_ENTRIES))
        return tuple(_row(row) for row in connection.execute(query, wanted))


def newest_entry(home: StateDirectory) -> int:
    """The id of the newest line, 0 before the first and while nobody can read it."""
    try:
        with reading(home.config_db) as connection:
            found = connection.execute("SELECT max(id) FROM audit").fetchone()
    except StoreUnavailable:
        return 0
    return int(found[0] or 0)


def addresses_of_logins(home: StateDirectory, limit: int = 200) -> tuple[str, ...]:
    """The addresses of the newest good logins, newest first. Raises StoreUnavailable."""
    query = "SELECT address FROM audit WHERE action = ? GROUP BY address ORDER BY max(id) DESC LIMIT ?"
    with reading(home.config_db) as connection:
        require_schema(connection)
        return tuple(str(row[0]) for row in connection.execute(query, (LoggedIn.kind, limit)))


def _row(row: sqlite3.Row) -> EventRow:
    number, at, actor, origin, address, action, detail, revision = tuple(row)
    text = detail or f"{actor} {kind_of(action, origin).deed or action}"
    at = datetime.fromisoformat(at)
    event = LoggedEvent(at=at, kind=action, text=text, actor=actor, origin=origin, address=address, revision=revision)
    return EventRow(number, event)
