"""The audit: who did what, when and from where. Written in the transaction of what it speaks of."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from app.errors import StoreUnavailable
from app.paths import StateDirectory
from app.service.configuration import Author
from app.store.files import reading, writing
from app.store.reader import require_schema
from app.store.utc import utc_text

LONGEST_DETAIL: Final = 500
MOST_ENTRIES: Final = 500
# Failed logins are written too, so an attacker decides how many there are: only this many are kept in all.
KEPT: Final = 50_000


class Part(StrEnum):
    """A part of the audit: what was configured, who came and went, or both."""

    ALL = "all"
    CONFIGURATION = "configuration"
    ACCESS = "access"


# Actions of what was configured; SQLite picks them, as strangers decide how many lines there are of the others.
CONFIGURING: Final = frozenset({"configuration", "confirmation"})
_OF: Final = {
    Part.ALL: "",
    Part.CONFIGURATION: " AND action IN ('configuration', 'confirmation')",
    Part.ACCESS: " AND action NOT IN ('configuration', 'confirmation')",
}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit. `id` grows with time."""

    id: int
    at: datetime
    actor: str
    origin: str
    address: str
    action: str
    detail: str
    revision: int | None


def note(connection: sqlite3.Connection, author: Author, action: str, detail: str = "") -> None:
    """Write one line inside a transaction that the caller holds; what people typed is cut to a sane length."""
    insert = "INSERT INTO audit (at, actor, origin, address, action, detail) VALUES (?, ?, ?, ?, ?, ?)"
    who = (author.name[:64], author.origin.value, author.address)
    connection.execute(insert, (utc_text(datetime.now(UTC)), *who, action, detail[:LONGEST_DETAIL]))


def record(home: StateDirectory, author: Author, action: str, detail: str = "") -> None:
    """Write one line that belongs to no other change. Raises StoreUnavailable."""
    with writing(home.config_db) as connection:
        note(connection, author, action, detail)
        oldest = "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ? AND action <> 'configuration'"
        connection.execute(oldest, (KEPT,))


def entries(
    home: StateDirectory, *, before: int | None = None, limit: int = 50, part: Part = Part.ALL
) -> tuple[AuditEntry, ...]:
    """The newest lines, or those before the line `before`; newest first. Raises StoreUnavailable."""
    query = (
        "SELECT id, at, actor, origin, address, action, detail, revision FROM audit"  # noqa: S608 - constants
        f" WHERE id < ?{_OF[part]} ORDER BY id DESC LIMIT ?"
    )
    newest = 2**63 - 1
    with reading(home.config_db) as connection:
        require_schema(connection)
        wanted = (newest if before is None else before, min(limit, MOST_ENTRIES))
        return tuple(_entry(row) for row in connection.execute(query, wanted))


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
    query = "SELECT address FROM audit WHERE action = 'login' GROUP BY address ORDER BY max(id) DESC LIMIT ?"
    with reading(home.config_db) as connection:
        require_schema(connection)
        return tuple(str(row[0]) for row in connection.execute(query, (limit,)))


def _entry(row: sqlite3.Row) -> AuditEntry:
    number, at, *rest = tuple(row)
    return AuditEntry(number, datetime.fromisoformat(at), *rest)
