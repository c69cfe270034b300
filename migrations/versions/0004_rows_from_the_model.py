"""Columns named after the path to their setting, and lists as JSON in the row that they belong to."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIMING = ("interval_s", "timeout_s", "fall", "rise", "hold_s", "standby_interval_s")
RENAMED = {
    "settings": {
        **{name: f"failover_timing_{name}" for name in TIMING},
        "all_down": "failover_all_down",
        "clients": "failover_clients",
    },
    "gateway": {name: f"timing_{name}" for name in TIMING},
}
TABLES = ("settings", "interface", "gateway", "traffic_rule")

CHECKS_FOR_ALL = (
    "SELECT child.position, child.kind, child.parameters FROM gateway_check AS child JOIN settings AS parent"
    " ON child.revision = parent.revision AND child.gateway = 0 WHERE parent.rowid = ? ORDER BY child.position"
)
OWN_CHECKS = (
    "SELECT child.position, child.kind, child.parameters FROM gateway_check AS child JOIN gateway AS parent"
    " ON child.revision = parent.revision AND child.gateway = parent.number WHERE parent.rowid = ?"
    " ORDER BY child.position"
)
ADDRESSES = (
    "SELECT child.position, child.address FROM interface_address AS child JOIN interface AS parent"
    " ON child.revision = parent.revision AND child.interface = parent.name WHERE parent.rowid = ?"
    " ORDER BY child.position"
)


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would copy the tables and lose the triggers that keep them immutable.
    # Every trigger goes, ours and any other: one that somebody put there must not act on the UPDATEs below.
    found = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN :tables"
    triggers = sa.text(found).bindparams(sa.bindparam("tables", TABLES, expanding=True))
    for (name,) in op.get_bind().execute(triggers).fetchall():
        quoted = str(name).replace('"', '""')
        op.execute(sa.text(f'DROP TRIGGER "{quoted}"'.replace(":", "\\:")))
    for table, names in RENAMED.items():
        for old, new in names.items():
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    op.add_column("settings", sa.Column("failover_checks", sa.String(), nullable=False, server_default="[]"))
    op.add_column("interface", sa.Column("addresses", sa.String(), nullable=False, server_default="[]"))
    op.add_column("gateway", sa.Column("checks", sa.String(), nullable=True))
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - for mypy
    move_lists(connection)
    op.drop_table("gateway_check")
    op.drop_table("interface_address")
    op.drop_column("gateway", "own_checks")
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_is_immutable BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
        )


def move_lists(connection: sqlite3.Connection) -> None:
    """Write each list into its row. Old rows may hold anything: what cannot be read is kept, and refused when read."""
    connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    for (row,) in connection.execute("SELECT rowid FROM settings").fetchall():
        connection.execute(
            "UPDATE settings SET failover_checks = ? WHERE rowid = ?", (checks(connection, CHECKS_FOR_ALL, row), row)
        )
    for row, own in connection.execute("SELECT rowid, own_checks FROM gateway").fetchall():
        if own:
            connection.execute(
                "UPDATE gateway SET checks = ? WHERE rowid = ?", (checks(connection, OWN_CHECKS, row), row)
            )
    for (row,) in connection.execute("SELECT rowid FROM interface").fetchall():
        found = listed(written(address) for _, address in in_order(connection.execute(ADDRESSES, (row,))))
        connection.execute("UPDATE interface SET addresses = ? WHERE rowid = ?", (found, row))
    for row, *both in connection.execute("SELECT rowid, ports, source_ports FROM traffic_rule").fetchall():
        connection.execute(
            "UPDATE traffic_rule SET ports = ?, source_ports = ? WHERE rowid = ?", (*map(ports, both), row)
        )
    connection.text_factory = str


def checks(connection: sqlite3.Connection, query: str, row: int) -> str:
    return listed(check(kind, parameters) for _, kind, parameters in in_order(connection.execute(query, (row,))))


def check(kind: object, parameters: object) -> str:
    try:
        return written({**json.loads(str(parameters)), "kind": kind})
    except (ValueError, TypeError, RecursionError):
        return unreadable(parameters)


def ports(text: object) -> str:
    try:
        return written([{"first": first, "last": last} for first, last in json.loads(str(text))])
    except (ValueError, TypeError, RecursionError):
        return unreadable(text)


def unreadable(value: object) -> str:
    return written({"unreadable": str(value)})


def written(value: object) -> str:
    """JSON that people can read, but for what is no text at all: escaped, so that the reader refuses it."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=repr)
    return text


def listed(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def in_order(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: row[0] if isinstance(row[0], int) else 0)
