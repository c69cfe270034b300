"""Databases to try things on."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.model.config import Config
from app.store.audit import Entry
from app.store.files import writing
from app.store.migrate import migrate
from app.store.reader import Revision
from app.store.writer import Wait, append_revision

AT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def migrated(directory: Path) -> Path:
    """A config.db without revisions; made once for all tests, because Alembic takes its time."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "config.db"
    migrate(path)
    return path


def save(path: Path, number: int, config: Config, wait: Wait | None = None) -> None:
    """Write a revision as it is, without asking whether it makes sense."""
    entry = Entry(actor="ana", at=AT, origin="console", address="", note="a test")
    with writing(path) as connection:
        append_revision(connection, Revision(number, config), entry, wait=wait)


def copy(path: Path, directory: Path) -> Path:
    """A copy of a database that nobody has open."""
    return Path(shutil.copy(path, directory / path.name))


@contextmanager
def by_force(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for what an attacker, or a bug, would do: nothing is checked."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys=OFF")
        yield connection
    finally:
        connection.close()
