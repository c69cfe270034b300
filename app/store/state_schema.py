"""The tables of state.db and how much of each is kept.

The version before is brought to this one where that only adds tables; any other is made anew: it is history.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# PRAGMA user_version; 0 is what an empty file says.
SCHEMA: Final = 4

# A commit writes whole pages, and a router's disk is often an SD card: few of our rows need more than this.
PAGE_BYTES: Final = 1024

KEPT_EVENTS: Final = 20_000
OLDEST_EVENT: Final = timedelta(days=365)
# Samples become means of an hour after a day, and those go after three months: some 100 KB for each gateway.
KEPT_SAMPLES: Final = timedelta(days=1)
KEPT_HOURS: Final = timedelta(days=90)

HOUR_MS: Final = 3_600_000
# The means of every hour in a span of samples: what was not measured counts for nothing.
MEANS: Final = (
    "SELECT at_ms / 3600000 * 3600000 AS hour_ms, gateway,"
    " avg(rtt_ms), avg(loss_percent), avg(rx_bits_per_s), avg(tx_bits_per_s)"
    " FROM sample WHERE at_ms >= ? AND at_ms < ? GROUP BY hour_ms, gateway"
)

_HOURS: Final = """
CREATE TABLE sample_hour (
    at_ms INTEGER NOT NULL,
    gateway INTEGER NOT NULL,
    rtt_ms REAL,
    loss_percent REAL,
    rx_bits_per_s REAL,
    tx_bits_per_s REAL,
    PRIMARY KEY (at_ms, gateway)
) WITHOUT ROWID
"""
_BEFORE: Final = """
CREATE TABLE interface_before (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) WITHOUT ROWID
"""
# What brings a file of an earlier version to the next.
ADDED: Final = {2: _HOURS, 3: _BEFORE}

CREATE: Final = f"""{_HOURS};{_BEFORE};
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
CREATE TABLE verdict (
    gateway INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    layer TEXT,
    carries INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    gateway INTEGER,
    body TEXT NOT NULL
);
CREATE TABLE sample (
    at_ms INTEGER NOT NULL,
    gateway INTEGER NOT NULL,
    rtt_ms REAL,
    loss_percent REAL,
    rx_bits_per_s REAL,
    tx_bits_per_s REAL,
    PRIMARY KEY (at_ms, gateway)
) WITHOUT ROWID;
CREATE TABLE sysctl_before (
    path TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE owned_table (number INTEGER PRIMARY KEY)
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a gateway was like over some seconds up to `at`; None says "not measured"."""

    gateway: int
    at: datetime
    rtt_ms: float | None = None
    loss_percent: float | None = None
    rx_bits_per_s: float | None = None
    tx_bits_per_s: float | None = None


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the file holds exactly what CREATE makes: whoever may write to it could have added a trigger or a
    constraint that keeps each of our writes busy for hours.
    """
    with closing(sqlite3.connect(":memory:")) as new:
        new.executescript(CREATE)
        return _objects(connection) == _objects(new)


def _objects(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    query = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema"
    return {(kind, name, " ".join(str(text).split())) for kind, name, text in connection.execute(query)}
