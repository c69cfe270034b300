"""The audit: user, action, time and address. Written in the transaction of the action."""

import sqlite3
from datetime import UTC, datetime
from typing import Final

from app.errors import StoreUnavailable
from app.model.events.event import EVERYTHING, AuditEvent, Wanted
from app.model.events.kinds import ConfigurationSaved, LoggedIn
from app.paths import StateDirectory
from app.service.configuration import Author
from app.store.audit import Entry, addresses_of, append_audit, audit_rows, newest_line, prune_audit
from app.store.files import reading, writing
from app.store.history import EventRow
from app.store.reader import reading_config

LONGEST_DETAIL: Final = 500
MOST_ENTRIES: Final = 500
# Failed logins are written too, so an attacker decides how many there are: only this many are kept in all.
KEPT: Final = 50_000


def note(connection: sqlite3.Connection, author: Author, event: AuditEvent) -> None:
    """Write one line inside a transaction that the caller holds; what people typed is cut to a sane length."""
    entry = Entry(author.name[:64], datetime.now(UTC), author.origin.value, author.address)
    append_audit(connection, entry, event.kind, event.text[:LONGEST_DETAIL])


def record(home: StateDirectory, author: Author, event: AuditEvent) -> None:
    """Write an event in a transaction of its own, and prune old ones. Raises StoreUnavailable."""
    with writing(home.config_db) as connection:
        note(connection, author, event)
        prune_audit(connection, KEPT, but=ConfigurationSaved.kind)


def read_audit(
    home: StateDirectory, before: int | None = None, limit: int = 50, wanted: Wanted = EVERYTHING
) -> tuple[EventRow, ...]:
    """The newest lines that are wanted, or those before the line `before`; newest first. Raises StoreUnavailable.

    SQLite picks them, as strangers decide how many lines there are of failed logins.
    """
    with reading_config(home.config_db) as connection:
        return audit_rows(connection, before, min(limit, MOST_ENTRIES), wanted)


def newest_entry(home: StateDirectory) -> int:
    """The id of the newest line, 0 before the first and while nobody can read it."""
    try:
        with reading(home.config_db) as connection:
            return newest_line(connection)
    except StoreUnavailable:
        return 0


def addresses_of_logins(home: StateDirectory, limit: int = 200) -> tuple[str, ...]:
    """The addresses of the newest good logins, newest first. Raises StoreUnavailable."""
    with reading_config(home.config_db) as connection:
        return addresses_of(connection, LoggedIn.kind, limit)
