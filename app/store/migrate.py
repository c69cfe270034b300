"""Upgrades config.db to the version of this program, in a process of its own before worker and panel start."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.errors import StoreUnavailable
from app.resources import resource_directory
from app.store.files import WRITER_PATIENCE_S, create_directory, create_file, uri


def migrate(path: Path) -> None:
    """Create config.db (0660, in a directory of 2770) if it is missing, and run the missing migrations.

    Idempotent. All missing migrations run in one transaction: the file has either the old version or the new one.
    Before a migration changes a database, it is copied to `config-VERSION.db` beside it, for a downgrade. Raises
    StoreUnavailable, also for a database of a newer Multihome.
    """
    create_directory(path.parent)
    create_file(path)
    try:
        _write_ahead(path)
        _keep_aside(path)
        engine = open_engine(path)
        with engine.begin() as connection:
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable(f"{path} was created by a newer Multihome: {error}") from error
    except DBAPIError as error:
        raise StoreUnavailable(f"{path}: {error.orig}") from error
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path}: {error}") from error


def open_engine(path: Path) -> Engine:
    """An engine for config.db, which must exist; it keeps no connection open between transactions.

    Transactions begin with BEGIN IMMEDIATE, as in files.writing().
    """

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri(path, "mode=rw"),
            uri=True,
            timeout=WRITER_PATIENCE_S,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")  # a commit survives a power cut
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(resource_directory("migrations")))
    return config


def _keep_aside(path: Path) -> None:
    """Copy the database as it is, if a migration is about to change it."""
    with closing(sqlite3.connect(path)) as connection:
        version = _version(connection)
        scripts = ScriptDirectory.from_config(_alembic())
        known = {script.revision for script in scripts.walk_revisions()}
        if version not in known - {scripts.get_current_head()}:
            return
        copy = path.with_name(f"{path.stem}-{version}{path.suffix}")
        copy.unlink(missing_ok=True)
        create_file(copy)
        with closing(sqlite3.connect(copy)) as target:
            connection.backup(target)


def _version(connection: sqlite3.Connection) -> str | None:
    """The last migration that ran; None for an empty database."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone():
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _write_ahead(path: Path) -> None:
    """Switch the file permanently to a write-ahead log; files.py says why."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
