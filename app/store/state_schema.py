"""The tables of state.db, and how long events and samples are kept.

Versions from 2 on are upgraded to this one; any other file is replaced, because it is only history.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.model.family import Family
from app.model.leg import LegId

# PRAGMA user_version; an empty file has 0.
SCHEMA: Final = 5

# A commit writes complete pages, and a router's disk is often an SD card: few rows need more than this.
PAGE_BYTES: Final = 1024

KEPT_EVENTS: Final = 20_000
OLDEST_EVENT: Final = timedelta(days=365)
# After a day samples become hourly means, which are deleted after three months: 100 KB for each gateway.
KEPT_SAMPLES: Final = timedelta(days=1)
KEPT_HOURS: Final = timedelta(days=90)

HOUR_MS: Final = 3_600_000
# The hourly means of a span of samples; NULL (not measured) does not count.
MEANS: Final = (
    "SELECT at_ms / 3600000 * 3600000 AS hour_ms, gateway, family,"
    " avg(rtt_ms), avg(loss_percent), avg(rx_bits_per_s), avg(tx_bits_per_s)"
    " FROM sample WHERE at_ms >= ? AND at_ms < ? GROUP BY hour_ms, gateway, family"
)


def _samples(name: str, leg: str = "gateway, family") -> str:
    """What makes a table of samples, by the columns that say whose they are."""
    whose = " ".join(f"{column} INTEGER NOT NULL," for column in leg.split(", "))
    return f"""
CREATE TABLE {name} (
    at_ms INTEGER NOT NULL,
    {whose}
    rtt_ms REAL,
    loss_percent REAL,
    rx_bits_per_s REAL,
    tx_bits_per_s REAL,
    PRIMARY KEY (at_ms, {leg})
) WITHOUT ROWID
"""


_BEFORE: Final = """
CREATE TABLE interface_before (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) WITHOUT ROWID
"""
_VERDICTS: Final = """
CREATE TABLE verdict (
    gateway INTEGER NOT NULL,
    family INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    layer TEXT,
    carries INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    unproven TEXT NOT NULL,
    PRIMARY KEY (gateway, family)
) WITHOUT ROWID
"""


def _of_legs(create: str, name: str, columns: str) -> str:
    """Make a table anew whose rows were those of gateways, which were reached in IPv4 alone."""
    with_family = columns.replace("gateway", f"gateway, {int(Family.IPV4)}")
    return ";".join(
        (
            f"ALTER TABLE {name} RENAME TO former",
            create,
            f"INSERT INTO {name} SELECT {with_family} FROM former",  # noqa: S608 - constants
            "DROP TABLE former",
        )
    )


_MEASURED: Final = "at_ms, gateway, rtt_ms, loss_percent, rx_bits_per_s, tx_bits_per_s"
# The upgrades of a file from each version to the next.
UPGRADES: Final = {
    2: _samples("sample_hour", "gateway"),
    3: _BEFORE,
    4: ";".join(
        (
            _of_legs(_samples("sample"), "sample", _MEASURED),
            _of_legs(_samples("sample_hour"), "sample_hour", _MEASURED),
            _of_legs(_VERDICTS, "verdict", "gateway, state, reason, since_ms, layer, carries, boot_id, at_ms, '[]'"),
        )
    ),
}

CREATE: Final = f"""{_samples("sample")};{_samples("sample_hour")};{_BEFORE};{_VERDICTS};
CREATE TABLE revision (
    role TEXT PRIMARY KEY CHECK (role IN ('in force', 'confirmed')),
    number INTEGER NOT NULL,
    config TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE countdown (
    role TEXT PRIMARY KEY CHECK (role IN ('on trial', 'returned')),
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    gateway INTEGER,
    body TEXT NOT NULL
);
CREATE TABLE sysctl_before (
    path TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE owned_table (number INTEGER PRIMARY KEY)
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """Measurements of a gateway in one family over the seconds up to `at`; None means "not measured".

    Traffic is that of its interface.
    """

    leg: LegId
    at: datetime
    rtt_ms: float | None = None
    loss_percent: float | None = None
    rx_bits_per_s: float | None = None
    tx_bits_per_s: float | None = None


class OtherFile(sqlite3.DatabaseError):
    """A file that SQLite can read but Multihome does not use."""

    sqlite_errorcode = sqlite3.SQLITE_NOTADB


def upgrade(connection: sqlite3.Connection) -> int:
    """Set the file up and bring one of an earlier version to this; which version it has then. Raises DatabaseError."""
    connection.execute(f"PRAGMA page_size={PAGE_BYTES}")  # only effective while the file is empty
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("PRAGMA legacy_alter_table=ON")  # a table is renamed whatever else is in the file
    while version in UPGRADES:
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {UPGRADES[version]}; PRAGMA user_version={version + 1}; COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
                raise OtherFile(f"not a whole state.db of version {version}") from error
            raise
        version += 1
    return version


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the file has exactly the tables of CREATE: a program with write access could have added a trigger or
    constraint that makes each write take hours.
    """
    with closing(sqlite3.connect(":memory:")) as new:
        new.executescript(CREATE)
        return _objects(connection) == _objects(new)


def _objects(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    query = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema"
    return {(kind, name, " ".join(str(text).split())) for kind, name, text in connection.execute(query)}
