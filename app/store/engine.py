"""SQLAlchemy's way to config.db, for migrations: what files.writing() is without an ORM."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from app.store.files import WRITER_PATIENCE_S, uri


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
        connection.execute("PRAGMA synchronous=FULL")  # what was saved outlives a power cut
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
