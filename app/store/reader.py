"""Reads revisions out of config.db with plain sqlite3: what the worker and the read-only console need, and no ORM.

Whatever the file holds, callers get a valid Config or one of two errors: InvalidConfig (these rows cannot be a
configuration) or StoreUnavailable (the file cannot be read now, or is of another version).
"""

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.config import EMPTY, LONGEST_WINDOW_S, SHORTEST_WINDOW_S, Config
from app.store.files import reading
from app.store.mapping import Row, Rows, config_of

# The newest migration. A test holds it equal to what migrations/ say.
SCHEMA: Final = "0003"

# A change a second for 60 years. SQLite's own numbers end at 2**63 - 1, and the one after that could not be written.
LAST_REVISION: Final = 2**31 - 1

# Rows of one table that one revision can hold: 127 gateways with 8 checks each, 32 addresses on many interfaces.
_MOST_ROWS: Final = 10_000

_COLUMNS: Final = {
    "settings": "failover_enabled, interval_s, timeout_s, fall, rise, hold_s, all_down, clients, balancing,"
    " panel_port, panel_reachable_from_outside, panel_confirm_window_s, standby_interval_s",
    "interface": "position, name, role, managed",
    "interface_address": "interface, position, address",
    "gateway": "position, number, name, interface, address, far, weight, enabled, cut, source, snat, own_checks,"
    " interval_s, timeout_s, fall, rise, hold_s, standby_interval_s, tier, on_return",
    "gateway_check": "gateway, position, kind, parameters",
    "traffic_rule": "position, number, name, enabled, source, mac, interface, destination, protocol, ports,"
    " source_ports, dscp, gateway, tier, if_down",
}


class Revision(NamedTuple):
    """One complete version of the configuration. Number 0 is the empty one, before anything was saved."""

    number: int
    config: Config


NOTHING: Final = Revision(0, EMPTY)

# The newest revision that is to stay: somebody confirmed it, or it needed no confirmation.
_LAST_CONFIRMED: Final = (
    "SELECT max(number) FROM revision WHERE confirm_window_s IS NULL OR number IN (SELECT revision FROM confirmation)"
)


class Newest(NamedTuple):
    """The newest revision, and the last confirmed one: the same, unless `window_s` says how long the newest waits."""

    head: Revision
    window_s: int | None
    confirmed: Revision


def read_head(path: Path) -> Revision:
    """The newest revision in config.db.

    Raises InvalidConfig with what is wrong in it, or StoreUnavailable.
    """
    with reading(path) as connection:
        return head_in(connection)


def read_revision(path: Path, number: int) -> Revision:
    """A given revision. Raises InvalidConfig (also when there is none of this number) or StoreUnavailable."""
    with reading(path) as connection:
        require_schema(connection)
        return revision_in(connection, number)


def last_confirmed(path: Path) -> Revision:
    """The newest revision that somebody confirmed, or that needed no confirmation; else the empty one.

    Raises InvalidConfig or StoreUnavailable, as `read_head` does.
    """
    with reading(path) as connection:
        require_schema(connection)
        return confirmed_in(connection)


def read_newest(path: Path) -> Newest:
    """The newest revision, and what to go back to while it is not confirmed.

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
    # A row is hostile: one that asks for for ever must not get it.
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
    settings = _rows(connection, "settings", number) if 0 < number <= LAST_REVISION else ()
    if len(settings) != 1:
        raise InvalidConfig(FieldError("revision", f"there is no revision {number}"))
    rows = Rows(
        settings=settings[0],
        interfaces=_rows(connection, "interface", number),
        addresses=_rows(connection, "interface_address", number),
        gateways=_rows(connection, "gateway", number),
        checks=_rows(connection, "gateway_check", number),
        rules=_rows(connection, "traffic_rule", number),
    )
    return Revision(number, config_of(rows))


def require_schema(connection: sqlite3.Connection) -> None:
    """Raise StoreUnavailable unless the database has the version that this program reads."""
    try:
        found = [row[0] for row in connection.execute("SELECT version_num FROM alembic_version LIMIT 2")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # not "no such table", so the file's own trouble
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


def _rows(connection: sqlite3.Connection, table: str, number: int) -> tuple[Row, ...]:
    query = f"SELECT {_COLUMNS[table]} FROM {table} WHERE revision = ? LIMIT {_MOST_ROWS + 1}"  # noqa: S608 - constants
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    found = cursor.execute(query, (number,)).fetchall()
    if len(found) > _MOST_ROWS:
        raise InvalidConfig(FieldError(table, f"revision {number} has more than {_MOST_ROWS} rows"))
    return tuple({name: row[name] for name in row.keys()} for row in found)  # noqa: SIM118 - sqlite3.Row is no mapping
