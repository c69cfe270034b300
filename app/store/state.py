"""state.db, written only by the worker: the revision in force, verdicts, events, samples, and former values for
uninstalling.

Losing it loses history and never configuration. So a damaged file is set aside, and a damaged or deleted one is created
again. A full or read-only disk raises StoreUnavailable, which the worker survives: routing does not need this file.
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from app.errors import StoreUnavailable
from app.model.config import Config
from app.model.countdown import OnTrial, Returned
from app.model.events.event import LOGGED, LoggedEvent
from app.model.facts import Before
from app.model.leg import LegId
from app.model.verdict import Verdict
from app.store.files import create_directory, create_file, is_damage, unavailable
from app.store.reader import Revision
from app.store.state_schema import (
    CREATE,
    HOUR_MS,
    KEPT_EVENTS,
    KEPT_HOURS,
    KEPT_SAMPLES,
    MEANS,
    OLDEST_EVENT,
    SCHEMA,
    OtherFile,
    Sample,
    is_ours,
    upgrade,
)
from app.store.utc import epoch_ms

_BEFORE: Final = TypeAdapter(Before)
_CONFIG: Final = TypeAdapter(Config)
_TRIAL: Final = TypeAdapter(OnTrial)
_RETURNED: Final = TypeAdapter(Returned)

# The worker's loop must not wait long for a reader that recovers the log.
_PATIENCE_S: Final = 0.2
# In seconds. A longer transaction is interrupted, because a countdown waits for it. Rolling up a day of 127 gateways
# takes 3.
WRITE_WITHIN_S: Final = 10.0
# Once, on the first start of another version: a day of 127 gateways takes 4, and several times that from an SD card.
UPGRADE_WITHIN_S: Final = 60.0
_STEPS_AT_A_TIME: Final = 10_000


@dataclass(frozen=True, slots=True)
class _File:
    """The identity and size of a file."""

    id: tuple[int, int]
    size: int


class StateWriter:
    """The worker's access to state.db. Every method is one transaction; a `batch` combines several.

    A commit costs a write but no flush to the disk (synchronous=NORMAL): a power cut may cost the last seconds of
    history, never the file. Every method raises StoreUnavailable; nothing of its transaction is written then.
    """

    def __init__(self, path: Path) -> None:
        """Open state.db; create it (0660) if it is missing, damaged or of another version.

        `loss` says why the file has no earlier content, until the caller has filled it again and clears this.
        """
        self.path = path
        self.loss = ""
        self._file: _File | None = None
        self._until_s = 0.0
        self._schema = 0
        create_directory(path.parent)
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise StoreUnavailable(f"{path}: {error}") from error
            self._connection = self._anew("it was damaged")
        self._file = _file(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def follow(self) -> None:
        """Create the file again if it was deleted, replaced or truncated.

        SQLite does not notice that: it would keep writing to a file without a name, or one whose beginning exists only
        in its memory, and no program could read it. By itself the file never shrinks.
        """
        now = _file(self.path)
        if now is not None and self._file is not None and now.id == self._file.id and now.size >= self._file.size:
            self._file = now
            return
        self._connection.close()
        self._connection = self._anew("it was deleted" if now is None else "it was replaced or cut short")

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Combine all writes of this block into one transaction."""
        if self._connection.in_transaction:
            yield
            return
        with self._guarded():
            self._until_s = time.monotonic() + WRITE_WITHIN_S
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._require_unaltered()
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._undo()
                raise

    def remember_in_force(self, revision: Revision, at: datetime) -> None:
        """Store the revision in force with its complete content."""
        self._remember("in force", revision, at)

    def remember_confirmed(self, revision: Revision, at: datetime) -> None:
        """Store the revision that a rollback restores, with its complete content."""
        self._remember("confirmed", revision, at)

    def write_trial(self, trial: OnTrial | None) -> None:
        """Store which revision is on trial, or that none is. It survives a power cut only after a `flush`."""
        with self.batch():
            self._write_countdown("on trial", None if trial is None else _TRIAL.dump_json(trial))

    def write_returned(self, returned: Returned | None) -> None:
        """Store which revision was rolled back, or that none was; its trial is over."""
        with self.batch():
            self._write_countdown("on trial", None)
            self._write_countdown("returned", None if returned is None else _RETURNED.dump_json(returned))

    def write_verdicts(self, verdicts: Mapping[LegId, Verdict], boot_id: str, at: datetime) -> None:
        """Store the current verdicts on all legs; those on other legs are deleted."""
        rows = [
            (
                *leg,
                one.state,
                one.reason,
                epoch_ms(one.since),
                one.layer,
                one.carries,
                boot_id,
                epoch_ms(at),
                json.dumps(one.unproven),
            )
            for leg, one in verdicts.items()
        ]
        with self.batch():
            self._connection.execute("DELETE FROM verdict")
            self._connection.executemany("INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def add_events(self, events: Iterable[LoggedEvent]) -> None:
        """Append to the event log; only the newest 20,000 are kept."""
        rows = [(epoch_ms(one.at), one.kind, one.number, _body(one)) for one in events]
        with self.batch():
            self._connection.executemany("INSERT INTO event (at_ms, kind, gateway, body) VALUES (?, ?, ?, ?)", rows)
            oldest = "(SELECT max(id) FROM event) - ?"
            self._connection.execute(f"DELETE FROM event WHERE id <= {oldest}", (KEPT_EVENTS,))  # noqa: S608

    def add_samples(self, samples: Iterable[Sample]) -> None:
        """Append samples; a second one of the same leg and time replaces the first."""
        rows = [(epoch_ms(s.at), *s.leg, s.rtt_ms, s.loss_percent, s.rx_bits_per_s, s.tx_bits_per_s) for s in samples]
        if rows:
            with self.batch():
                self._connection.executemany("INSERT OR REPLACE INTO sample VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def roll_up(self, now: datetime) -> None:
        """Replace samples older than a day by hourly means, and delete what is too old.

        Not at every write, because each touched page is written to the disk. Only complete hours are rolled up, so that
        none is counted twice.
        """
        before_ms = _hour_ms(now - KEPT_SAMPLES)
        with self.batch():
            self._connection.execute(f"INSERT OR REPLACE INTO sample_hour {MEANS}", (0, before_ms))
            self._connection.execute("DELETE FROM sample WHERE at_ms < ?", (before_ms,))
            self._connection.execute("DELETE FROM sample_hour WHERE at_ms < ?", (epoch_ms(now - KEPT_HOURS),))
            self._connection.execute("DELETE FROM event WHERE at_ms < ?", (epoch_ms(now - OLDEST_EVENT),))

    def remember_sysctls(self, values: Mapping[str, str], at: datetime) -> None:
        """Store the former values of sysctls. The first value stays, because later ones are Multihome's own."""
        rows = [(path, value, epoch_ms(at)) for path, value in values.items()]
        with self.batch():
            self._connection.executemany("INSERT OR IGNORE INTO sysctl_before VALUES (?, ?, ?)", rows)

    def remember_interface(self, before: Before) -> None:
        """Store the state of an interface from before Multihome set its addresses. The first one stays."""
        with self.batch():
            row = (before.name, _BEFORE.dump_json(before).decode())
            self._connection.execute("INSERT OR IGNORE INTO interface_before VALUES (?, ?)", row)

    def forget_interface(self, name: str) -> None:
        """Delete the former state of an interface whose addresses are no longer managed."""
        with self.batch():
            self._connection.execute("DELETE FROM interface_before WHERE name = ?", (name,))

    def own_tables(self, tables: Iterable[int]) -> None:
        """Record that Multihome owns these routing tables, so that their routes are not taken for foreign ones
        later.
        """
        with self.batch():
            rows = [(table,) for table in tables]
            self._connection.executemany("INSERT OR IGNORE INTO owned_table VALUES (?)", rows)

    def disown_table(self, table: int) -> None:
        """Record that a routing table is no longer owned."""
        with self.batch():
            self._connection.execute("DELETE FROM owned_table WHERE number = ?", (table,))

    def forget_all(self) -> None:
        """Delete the data that refers to the kernel (after all objects were removed from it); history stays."""
        with self.batch():
            for table in ("revision", "countdown", "verdict", "sysctl_before", "interface_before", "owned_table"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - constants

    def _remember(self, role: str, revision: Revision, at: datetime) -> None:
        row = (role, revision.number, _CONFIG.dump_json(revision.config).decode(), epoch_ms(at))
        with self.batch():
            self._connection.execute("INSERT OR REPLACE INTO revision VALUES (?, ?, ?, ?)", row)

    def _write_countdown(self, role: str, body: bytes | None) -> None:
        self._connection.execute("DELETE FROM countdown WHERE role = ?", (role,))
        if body is not None:
            self._connection.execute("INSERT INTO countdown VALUES (?, ?)", (role, body.decode()))

    def flush(self) -> None:
        """Flush writes to the disk; usually takes 10 to 50 ms."""
        log = self.path.with_name(f"{self.path.name}-wal")
        try:
            descriptor = os.open(log, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreUnavailable(f"{log} cannot be flushed: {error.strerror}") from error

    def _require_unaltered(self) -> None:
        """Raise DatabaseError if the tables were altered since the file was opened (by a trigger, for example)."""
        if _schema_version(self._connection) != self._schema:
            raise OtherFile("its tables were altered")

    def _undo(self) -> None:
        """End the transaction, unless SQLite has ended it already (as it does on a full disk)."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with unavailable(self.path):
                yield
        except StoreUnavailable as error:
            if is_damage(error.__cause__):
                self._connection.close()
                self._connection = self._anew("it was damaged")
            raise

    def _anew(self, loss: str) -> sqlite3.Connection:
        """Set the file aside, if there is one (only the newest is kept), and create another.

        If this fails, `follow` tries again.
        """
        self._file = None
        try:
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                self.path.replace(self.path.with_name(f"{self.path.name}.damaged"))
        except OSError as error:
            raise StoreUnavailable(f"{self.path} is damaged and cannot be renamed: {error.strerror}") from error
        with unavailable(self.path):
            connection = self._open()
        self._file = _file(self.path)
        self.loss = loss
        return connection

    def _open(self) -> sqlite3.Connection:
        """Open the file with the tables of SCHEMA in it. Raises sqlite3.DatabaseError, also for another version."""
        create_file(self.path)
        if not self.path.is_file():
            raise OtherFile("it is not a regular file")
        connection = sqlite3.connect(self.path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
        self._until_s = time.monotonic() + UPGRADE_WITHIN_S
        connection.set_progress_handler(lambda: time.monotonic() > self._until_s, _STEPS_AT_A_TIME)
        try:
            version = upgrade(connection)
            self._until_s = time.monotonic() + WRITE_WITHIN_S
            _make_ready(connection, version)
            self._schema = _schema_version(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _make_ready(connection: sqlite3.Connection, version: int) -> None:
    """Give a new file its tables. An old one that is not whole raises DatabaseError."""
    if version == 0 and not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        connection.executescript(f"BEGIN IMMEDIATE; {CREATE}; PRAGMA user_version={SCHEMA}; COMMIT")
    elif (
        version != SCHEMA
        or not is_ours(connection)
        or connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"
    ):
        raise OtherFile(f"not a whole state.db of version {SCHEMA}")


def _schema_version(connection: sqlite3.Connection) -> int:
    """A number that SQLite increases whenever the tables are altered."""
    version: int = connection.execute("PRAGMA schema_version").fetchone()[0]
    return version


def _body(event: LoggedEvent) -> str:
    return LOGGED.dump_json(event, exclude_defaults=True, round_trip=True).decode()


def _hour_ms(at: datetime) -> int:
    """The start of the hour of this moment."""
    return epoch_ms(at) // HOUR_MS * HOUR_MS


def _file(path: Path) -> _File | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - called at every write; Path.stat adds nothing here
    except OSError:
        return None
    return _File((found.st_dev, found.st_ino), found.st_size)
