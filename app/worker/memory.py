"""What the worker stores in state.db, written on a thread of its own so that the loop never waits.

The router works without it: with a full, read-only or damaged disk it continues, logs that once, and keeps the
essential parts in memory. A file that had to be created again gets them back at once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from app.errors import StoreUnavailable
from app.health.adoption import Remembered
from app.model.countdown import OnTrial, Returned
from app.model.events.event import LoggedEvent
from app.model.facts import Before
from app.model.layout import FIRST_NUMBER, LAST_NUMBER, table
from app.model.leg import LegId
from app.model.probing import Moment
from app.model.verdict import Verdict
from app.store.history import (
    read_confirmed,
    read_in_force,
    read_in_force_since,
    read_interfaces_before,
    read_owned_tables,
    read_returned,
    read_sysctls_before,
    read_trial,
    read_verdicts,
)
from app.store.reader import Revision
from app.store.state import StateWriter
from app.store.state_schema import Sample
from app.worker import clock

log = logging.getLogger(__name__)


class Memory:
    """The worker's access to state.db. What decisions need is held in memory as well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state.db")
        self._writer: StateWriter | None = None
        self._silent = False
        self._news: deque[str] = deque()
        self._tables: set[int] = set()
        self._sysctls: dict[str, str] = {}
        self._interfaces: dict[str, Before] = {}
        self.in_force: Revision | None = None
        self.in_force_since: datetime | None = None
        self.confirmed: Revision | None = None
        self.trial: OnTrial | None = None
        self.returned: Returned | None = None

    def open(self) -> None:
        """Open or create state.db and read what an earlier worker stored. A bad file never raises."""
        try:
            self._writer = StateWriter(self._path)
            self._tables = set(read_owned_tables(self._path))
            self._sysctls = read_sysctls_before(self._path)
            self._interfaces = read_interfaces_before(self._path)
            self.in_force, self.in_force_since = read_in_force(self._path), read_in_force_since(self._path)
            self.confirmed = read_confirmed(self._path)
            self.trial, self.returned = read_trial(self._path), read_returned(self._path)
        except StoreUnavailable as error:
            self._complain(error)

    def check(self) -> None:
        """Create the file again if it is gone, even with nothing to write. Call this every second."""
        if not self._silent:
            self._write(lambda _: None)

    def news(self) -> tuple[str, ...]:
        """What has happened to the file since the last call, in sentences for the event log."""
        return tuple(self._news.popleft() for _ in range(len(self._news)))

    async def close(self) -> None:
        """Write what is pending, then close the file."""
        await asyncio.to_thread(self._thread.shutdown)
        if self._writer is not None:
            self._writer.close()

    def remembered(self, now: Moment) -> dict[LegId, Remembered]:
        """The verdicts that the last worker wrote, by leg, with their age."""
        try:
            found = read_verdicts(self._path)
        except StoreUnavailable as error:
            self._complain(error)
            return {}
        return {one.leg: Remembered(one.verdict, one.boot_id, (now.wall - one.at).total_seconds()) for one in found}

    @property
    def owned_tables(self) -> frozenset[int]:
        """The routing tables that Multihome owns because it filled them."""
        return frozenset(self._tables)

    @property
    def numbers(self) -> frozenset[int]:
        """The gateways that have an owned table, including removed ones."""
        return frozenset(number for number in range(FIRST_NUMBER, LAST_NUMBER + 1) if table(number) in self._tables)

    def own_table(self, number: int) -> None:
        """Record that Multihome now owns a routing table."""
        if number not in self._tables:
            self._tables.add(number)
            self._write(lambda writer: writer.own_tables([number]))

    def disown_table(self, number: int) -> None:
        """Record that a routing table is no longer owned: its gateway is gone and it is empty."""
        self._tables.discard(number)
        self._write(lambda writer: writer.disown_table(number))

    def remember_sysctl(self, path: str, value: str, at: datetime) -> None:
        """Store the value of a sysctl from before Multihome first set it, for `multihome uninstall`."""
        if path not in self._sysctls:
            self._sysctls[path] = value
            self._write(lambda writer: writer.remember_sysctls({path: value}, at))

    def is_remembered(self, path: str) -> bool:
        """Whether the former value of this sysctl is stored."""
        return path in self._sysctls

    @property
    def interfaces(self) -> frozenset[str]:
        """The interfaces whose former state is stored."""
        return frozenset(self._interfaces)

    def remember_interface(self, before: Before) -> None:
        """Store the state of an interface from before Multihome managed its addresses, for `multihome uninstall`."""
        if before.name not in self._interfaces:
            self._interfaces[before.name] = before
            self._write(lambda writer: writer.remember_interface(before))

    def forget_interface(self, name: str) -> None:
        """Forget the former state of an interface whose addresses are no longer managed."""
        self._interfaces.pop(name, None)
        self._write(lambda writer: writer.forget_interface(name))

    def remember_in_force(self, revision: Revision, at: datetime) -> None:
        """Store the complete revision in force: the worker starts from it if config.db cannot be read."""
        if self.in_force != revision:
            self.in_force, self.in_force_since = revision, at
            self._write(lambda writer: writer.remember_in_force(revision, at))

    def remember_confirmed(self, revision: Revision, at: datetime) -> None:
        """Store the complete revision that a rollback restores."""
        if self.confirmed != revision:
            self.confirmed = revision
            self._write(lambda writer: writer.remember_confirmed(revision, at))

    async def note_trial(self, trial: OnTrial | None) -> None:
        """Store which revision is on trial. Returns when that outlives this process, or cannot be written at all.

        A few milliseconds later it also outlives a power cut; a click does not wait for the disk.
        """
        await asyncio.wrap_future(self._write(lambda writer: writer.write_trial(trial)))
        self._write(StateWriter.flush)
        self.trial = trial

    async def note_returned(self, returned: Returned | None) -> None:
        """Store which revision was rolled back, and that none is on trial. Returns as `note_trial` does."""
        await asyncio.wrap_future(self._write(lambda writer: writer.write_returned(returned)))
        self._write(StateWriter.flush)
        self.trial, self.returned = None, returned

    def write_down(
        self, verdicts: Mapping[LegId, Verdict], samples: tuple[Sample, ...], boot_id: str, at: datetime
    ) -> None:
        """Store the current verdicts, so that a restart moves no flow, and append samples."""
        known = dict(verdicts)

        def write(writer: StateWriter) -> None:
            with writer.batch():
                writer.write_verdicts(known, boot_id, at)
                writer.add_samples(samples)

        self._write(write)

    def roll_up(self, now: datetime) -> None:
        """Compute hourly means and delete what is too old."""
        self._write(lambda writer: writer.roll_up(now))

    def add_event(self, event: LoggedEvent) -> None:
        """Append to the event log."""
        self._write(lambda writer: writer.add_events([event]))

    def _write(self, write: Callable[[StateWriter], None]) -> Future[None]:
        return self._thread.submit(self._guarded, write)

    def _guarded(self, write: Callable[[StateWriter], None]) -> None:
        try:
            try:
                write(self._ready())
            except StoreUnavailable:
                if self._writer is None or not self._writer.loss:
                    raise
                write(self._ready())  # the damaged file was set aside and replaced
        except StoreUnavailable as error:
            self._complain(error)
        else:
            if self._silent:
                self._news.append("history is recorded again")
            self._silent = False

    def _ready(self) -> StateWriter:
        """The connection to the current file, after a new file got the essential parts of the earlier one."""
        if self._writer is None:
            self._writer = StateWriter(self._path)
        self._writer.follow()
        if self._writer.loss:
            self._fill(self._writer)
            self._news.append(f"the history starts over, {self._path.name} was created again: {self._writer.loss}")
            self._writer.loss = ""
        return self._writer

    def _fill(self, writer: StateWriter) -> None:
        """Write everything that is known and is not history, so that the next worker knows it too."""
        at = clock.now().wall
        with writer.batch():
            writer.own_tables(self._tables.copy())
            writer.remember_sysctls(self._sysctls.copy(), at)
            for before in self._interfaces.copy().values():
                writer.remember_interface(before)
            if self.in_force is not None:
                writer.remember_in_force(self.in_force, self.in_force_since or at)
            if self.confirmed is not None:
                writer.remember_confirmed(self.confirmed, at)
        writer.write_returned(self.returned)
        writer.write_trial(self.trial)

    def _complain(self, error: StoreUnavailable) -> None:
        if not self._silent:
            sentence = f"history is not being recorded: {error}"
            log.warning("%s", sentence)
            self._news.append(sentence)
        self._silent = True
