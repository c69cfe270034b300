"""Reads revisions from config.db with plain sqlite3, for the worker and the console, without an ORM.

For any content of the file, callers get a valid Config or one of two errors: InvalidConfig (the rows are no valid
configuration) or StoreUnavailable (the file cannot be read now, or has another version).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.config import EMPTY, LONGEST_WINDOW_S, SHORTEST_WINDOW_S, Config
from app.resources import resource_directory
from app.store.files import reading
from app.store.mapping import TABLES, Row, Table, config_of

# The newest migration. Read once: a process that survives an upgrade of the package keeps its own version.
SCHEMA: Final = max(
    path.name.partition("_")[0] for path in (resource_directory("migrations") / "versions").glob("[0-9]*_*.py")
)

# A change per second for 60 years. SQLite's integers end at 2**63 - 1, and the next one could not be written.
LAST_REVISION: Final = 2**31 - 1

# The most rows of one table in a revision: more than twice the 4,200 interfaces.
_MOST_ROWS: Final = 10_000


class Revision(NamedTuple):
    """One complete version of the configuration. Number 0 is the empty one, before anything was saved."""

    number: int
    config: Config


NOTHING: Final = Revision(0, EMPTY)

# The newest revision that stays: it was confirmed, or needed no confirmation.
_LAST_CONFIRMED: Final = (
    "SELECT max(number) FROM revision WHERE confirm_window_s IS NULL OR number IN (SELECT revision FROM confirmation)"
)


class Newest(NamedTuple):
    """The newest revision and the last confirmed one: the same, unless the newest waits for `window_s`."""

    head: Revision
    window_s: int | None
    confirmed: Revision


@contextmanager
def reading_config(path: Path) -> Iterator[sqlite3.Connection]:
    """Open config.db for reading, in one transaction. Raises StoreUnavailable, also for another version of it."""
    with reading(path) as connection:
        require_schema(connection)
        yield connection


def read_head(path: Path) -> Revision:
    """The newest revision in config.db.

    Raises InvalidConfig with its errors, or StoreUnavailable.
    """
    with reading(path) as connection:
        return head_in(connection)


def read_revision(path: Path, number: int) -> Revision:
    """A given revision. Raises InvalidConfig (also when there is none of this number) or StoreUnavailable."""
    with reading_config(path) as connection:
        return revision_in(connection, number)


def last_confirmed(path: Path) -> Revision:
    """The newest revision that was confirmed or needed no confirmation; otherwise the empty one.

    Raises InvalidConfig or StoreUnavailable, as `read_head` does.
    """
    with reading_config(path) as connection:
        return confirmed_in(connection)


def read_newest(path: Path) -> Newest:
    """The newest revision, and the one to roll back to while it is not confirmed.

    Raises InvalidConfig or StoreUnavailable, as `read_head` does.
    """
    with reading(path) as connection:
        return newest_in(connection)


def newest_in(connection: sqlite3.Connection) -> Newest:
    """What `read_newest` does, inside a transaction that the caller holds."""
    head = head_in(connection)
    number = _number(connection, _LAST_CONFIRMED)
    if number == head.number:
        return Newest(head, None, head)
    found = connection.execute("SELECT confirm_window_s FROM revision WHERE number = ?", (head.number,)).fetchone()[0]
    if not isinstance(found, int):
        raise StoreUnavailable(f"config.db holds a confirmation window of {found!r}")
    # Rows are hostile: a time without end must not be accepted.
    window_s = min(max(found, SHORTEST_WINDOW_S), LONGEST_WINDOW_S)
    return Newest(head, window_s, revision_in(connection, number))


def confirmed_in(connection: sqlite3.Connection) -> Revision:
    """What `last_confirmed` does, inside a transaction that the caller holds."""
    return revision_in(connection, _number(connection, _LAST_CONFIRMED))


def head_in(connection: sqlite3.Connection) -> Revision:
    """What `read_head` does, inside a transaction that the caller holds."""
    require_schema(connection)
    return revision_in(connection, _number(connection, "SELECT max(number) FROM revision"))


def revision_in(connection: sqlite3.Connection, number: int) -> Revision:
    """What `read_revision` does, inside a transaction that the caller holds."""
    if number == 0:
        return NOTHING
    rows = {one.name: _rows(connection, one, number) for one in TABLES} if 0 < number <= LAST_REVISION else {}
    if not rows or len(rows["settings"]) != 1:
        raise InvalidConfig(FieldError("revision", f"there is no revision {number}"))
    return Revision(number, config_of(rows))


def require_schema(connection: sqlite3.Connection) -> None:
    """Raise StoreUnavailable unless the database has the version that this program reads."""
    try:
        found = [row[0] for row in connection.execute("SELECT version_num FROM alembic_version LIMIT 2")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # not "no such table", so a problem of the file itself
            raise
        raise StoreUnavailable("config.db has no tables yet: run `multihome migrate`") from error
    if found != [SCHEMA]:
        version = ", ".join(map(str, found)) or "none"
        raise StoreUnavailable(f"config.db has version {version}, not {SCHEMA}: run `multihome migrate`")


def _number(connection: sqlite3.Connection, query: str) -> int:
    found = connection.execute(query).fetchone()[0]
    if found is None:
        return 0
    if not isinstance(found, int) or not 1 <= found <= LAST_REVISION:
        raise StoreUnavailable(f"config.db holds a revision with the number {found!r}")
    return found


def _rows(connection: sqlite3.Connection, table: Table, number: int) -> tuple[Row, ...]:
    # In brackets a column may be named `limit`, and a missing one is an error; in quotes it would become a string.
    wanted = ", ".join(f"[{name}]" for name in table.names)
    query = f"SELECT {wanted} FROM {table.name} WHERE revision = ? LIMIT {_MOST_ROWS + 1}"  # noqa: S608 - constants
    found = connection.execute(query, (number,)).fetchall()
    if len(found) > _MOST_ROWS:
        raise InvalidConfig(FieldError(table.name, f"revision {number} has more than {_MOST_ROWS} rows"))
    return tuple(dict(zip(table.names, row, strict=True)) for row in found)
