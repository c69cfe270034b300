"""The audit in config.db: user, action, time and address. Each function works in a transaction of the caller."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from app.model.events.event import AuditEvent, LoggedEvent, Wanted, kind_of, kinds_about
from app.store.history import EventRow, among, between
from app.store.utc import utc_text


@dataclass(frozen=True, slots=True)
class Entry:
    """Who acts, when, through which interface and from which address; for a revision also a line about the change."""

    actor: str
    at: datetime
    origin: str
    address: str
    note: str = ""


def append_audit(
    connection: sqlite3.Connection, entry: Entry, action: str, detail: str, *, revision: int | None = None
) -> None:
    """Append a line. `revision`: the one that it is about."""
    connection.execute(
        "INSERT INTO audit (at, actor, origin, address, action, detail, revision) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (utc_text(entry.at), entry.actor, entry.origin, entry.address, action, detail, revision),
    )


def prune_audit(connection: sqlite3.Connection, keep: int, *, but: str) -> None:
    """Delete all but the newest `keep` lines; those of the kind `but` stay."""
    oldest = "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ? AND action <> ?"
    connection.execute(oldest, (keep, but))


def audit_rows(connection: sqlite3.Connection, before: int | None, limit: int, wanted: Wanted) -> tuple[EventRow, ...]:
    """The newest lines that are wanted, or those before the line `before`; newest first. None is about a gateway."""
    if wanted.gateway is not None:
        return ()
    only, names = among("action", kinds_about(wanted.topics, AuditEvent))
    at, times = between("at", *(None if one is None else utc_text(one) for one in (wanted.since, wanted.until)))
    query = (
        "SELECT id, at, actor, origin, address, action, detail, revision FROM audit"  # noqa: S608 - constants
        f" WHERE id < ?{only}{at} ORDER BY id DESC LIMIT ?"
    )
    values = (2**63 - 1 if before is None else before, *names, *times, limit)
    return tuple(_row(row) for row in connection.execute(query, values))


def newest_line(connection: sqlite3.Connection) -> int:
    """The id of the newest line, 0 before the first."""
    return int(connection.execute("SELECT max(id) FROM audit").fetchone()[0] or 0)


def last_written(connection: sqlite3.Connection) -> datetime | None:
    """When the newest line was written."""
    written = connection.execute("SELECT max(at) FROM audit").fetchone()[0]
    return None if written is None else datetime.fromisoformat(written)


def addresses_of(connection: sqlite3.Connection, action: str, limit: int) -> tuple[str, ...]:
    """The addresses that lines of this kind came from, newest first, each once."""
    query = "SELECT address FROM audit WHERE action = ? GROUP BY address ORDER BY max(id) DESC LIMIT ?"
    return tuple(str(row[0]) for row in connection.execute(query, (action, limit)))


def _row(row: sqlite3.Row) -> EventRow:
    number, at, actor, origin, address, action, detail, revision = tuple(row)
    text = detail or f"{actor} {kind_of(action, origin).deed or action}"
    at = datetime.fromisoformat(at)
    event = LoggedEvent(at=at, kind=action, text=text, actor=actor, origin=origin, address=address, revision=revision)
    return EventRow(number, event)
