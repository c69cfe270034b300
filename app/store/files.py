"""Opens the two databases: file modes, locks, and the meaning of their errors.

Both use a write-ahead log. Then a reader never waits for a writer, not even for one that was stopped in a transaction,
and a killed writer leaves nothing that a `mode=ro` reader would have to repair. (With a rollback journal it would leave
a hot journal, which only a process with write access can roll back; until then the worker could read nothing.) The
price is that every reader writes to `-shm`. SQLite gives `-shm` and `-wal` the mode of the database, so 0660 in a 2770
directory lets each user open the files of another one.
"""

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from app.errors import StoreUnavailable

DATABASE_MODE: Final = 0o660
DIRECTORY_MODE: Final = 0o2770
UMASK: Final = 0o007

# With a write-ahead log a reader waits only while another process recovers the log after a crash.
READER_PATIENCE_S: Final = 0.5
WRITER_PATIENCE_S: Final = 5.0

# A reader treats the file as hostile: it limits the length of values and the number of steps of a query.
LONGEST_VALUE: Final = 1_000_000
MOST_STEPS: Final = 20_000_000
_STEPS_AT_A_TIME: Final = 10_000
# Steps say little about time: one can be a search through a megabyte. The largest normal page takes 100 ms.
READ_WITHIN_S: Final = 5.0

_STRANGE_TABLE: Final = (
    "SELECT name FROM sqlite_schema WHERE type = 'view' OR (type = 'table' AND rootpage = 0) LIMIT 1"
)
_STRANGE_COLUMN: Final = (
    "SELECT one.name FROM sqlite_schema AS one, pragma_table_xinfo(one.name) AS field"
    " WHERE one.type = 'table' AND field.hidden <> 0 LIMIT 1"
)

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def create_directory(path: Path) -> None:
    """Create the state directory (2770) unless it exists; an existing one keeps its mode and owner."""
    if path.is_dir():
        return
    try:
        path.mkdir(parents=True)
        path.chmod(DIRECTORY_MODE)
    except OSError as error:
        raise StoreUnavailable(f"cannot create the directory {path}: {error.strerror}") from error


def create_file(path: Path) -> None:
    """Create an empty database file (0660) unless it exists; SQLite by itself would use 0644."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, DATABASE_MODE)
    except FileExistsError:
        return
    except OSError as error:
        raise StoreUnavailable(f"cannot create {path}: {error.strerror}") from error
    try:
        os.fchmod(descriptor, DATABASE_MODE)
    finally:
        os.close(descriptor)


def uri(path: Path, mode: str) -> str:
    """The database as SQLite's URI, with every character of its path taken literally."""
    return f"file:{quote(str(path))}?{mode}"


@contextmanager
def unavailable(path: Path) -> Iterator[None]:
    """Convert SQLite's error about the file to StoreUnavailable."""
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:  # OverflowError: an integer too large for SQLite
        raise StoreUnavailable(f"{path}: {_told(error, path)}") from error


def _told(error: Exception, path: Path) -> str:
    if _is_missing(path):
        return "no such file (create config.db with `multihome migrate`)"
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF == sqlite3.SQLITE_BUSY:
        return f"{error}: another program is writing to it; try again, or see which with `fuser -v {path}`"
    return str(error)


def _is_missing(path: Path) -> bool:
    """Whether the file certainly does not exist; False if that cannot be checked."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def is_damage(error: BaseException | None) -> bool:
    """Whether the error means a damaged file, as opposed to busy, full or not permitted."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return (code & 0xFF) in _DAMAGED


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """One writing transaction: committed at the end of the block, undone by any exception.

    It begins with BEGIN IMMEDIATE, so that two writers queue up; a transaction that starts as a reader would fail when
    it writes after the other one (SQLITE_BUSY_SNAPSHOT). A commit survives a power cut. Raises StoreUnavailable if the
    file is missing, not writable, damaged, or locked for more than five seconds.
    """
    with unavailable(path):
        connection = sqlite3.connect(uri(path, "mode=rw"), uri=True, timeout=WRITER_PATIENCE_S, isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()  # rolls back if not committed


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading, in one transaction, and close it again.

    No content of the file can make this write, run long, or return a value of more than a megabyte.
    Raises StoreUnavailable, also from inside the block.
    """
    with unavailable(path):
        require_file(path)
        connection = _open(path)
        try:
            connection.execute("BEGIN")
            _require_tables(connection, path)
            yield connection
        finally:
            connection.close()


def require_file(path: Path) -> None:
    """Raise StoreUnavailable if this is not a regular file: SQLite would wait for a pipe without end.

    stat(2) and not open(2): closing a descriptor of the file releases all locks that SQLite holds on it in this process
    (sqlite.org/howtocorrupt.html, 2.2).
    """
    for one in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))):
        if _is_strange(one):
            raise StoreUnavailable(f"{one} is not a regular file and is not read: restore the right file")


def _is_strange(path: Path) -> bool:
    """Whether this certainly is not a regular file."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _require_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreUnavailable for objects that Multihome never creates: a view, a virtual table or a computed column
    runs its creator's code in the reader, and a single step can take minutes.
    """
    for query in (_STRANGE_TABLE, _STRANGE_COLUMN):
        if found := connection.execute(query).fetchone():
            raise StoreUnavailable(f"{path}: {found[0]} is not a plain table: the database was tampered with")


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path, "mode=ro")
    except sqlite3.OperationalError:
        # On a read-only or full disk no `-shm` can be created. Without a log the file alone has all data.
        if not _is_missing(path.with_name(f"{path.name}-wal")):
            raise
        return _connect(path, "mode=ro&immutable=1")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri(path, mode), uri=True, timeout=READER_PATIENCE_S, isolation_level=None)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.set_progress_handler(_Patience().over, _STEPS_AT_A_TIME)
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()  # the first access to the file
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class _Patience:
    """Counts the steps and the time of a connection, to interrupt endless queries."""

    def __init__(self) -> None:
        self.left = MOST_STEPS
        self.until_s = time.monotonic() + READ_WITHIN_S

    def over(self) -> bool:
        self.left -= _STEPS_AT_A_TIME
        return self.left < 0 or time.monotonic() > self.until_s
