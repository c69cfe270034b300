"""The newest revision and the confirmed one, re-read when config.db changes."""

import asyncio
import contextlib
import logging
import os
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Final

from app.errors import InvalidConfig, StoreUnavailable
from app.store.reader import Newest, read_newest
from app.worker import clock

# File times advance by the timer tick (4 ms at 250 Hz), so a second write within a tick may leave times and size
# unchanged. The file is read again until it has looked the same for this long. Its own times do not say how old it is:
# the clock may have been set back.
FRESH_S: Final = 0.1

# The loop waits for the file at most this long, once. Reading usually takes 10 ms, with a thousand traffic rules 100
# ms.
READ_WITHIN_S: Final = 1.0

_Signature = tuple[tuple[int, int, int], ...]

log = logging.getLogger(__name__)


class Revisions:
    """Follows config.db. Its last good content counts if the file is damaged or lost."""

    def __init__(self, config_db: Path) -> None:
        self._path = config_db
        self._last: Newest | None = None
        self._seen: _Signature | None = None
        self._looks: _Signature | None = None
        self._looks_so_since_s = 0.0
        self._reading: tuple[Future[Newest], _Signature | None] | None = None
        self.problem = ""
        self._told = ""

    def changed(self) -> bool:
        """Whether the files differ from when they were last read. Costs two calls of stat(2)."""
        return self._signature() != self._seen

    async def look(self, in_force: int = 0) -> Newest | None:
        """The newest and the confirmed revision; None while the file could never be read.

        A file that ends before the revision `in_force` was replaced or created again. It is rejected, because an empty
        one would take the router down. `multihome uninstall` is how to start over.
        Afterward `problem` is the reason why this is not the newest one, as a sentence; empty if it is.
        """
        signature, now_s = self._signature(), clock.now().monotonic_s
        if signature == self._seen and not self.problem:
            return self._last
        if signature != self._looks:
            self._looks, self._looks_so_since_s = signature, now_s
        try:
            settled = signature if now_s - self._looks_so_since_s > FRESH_S else None
            newest, seen = await self._read(settled)
            _require_not_older(newest.head.number, in_force)
        except (InvalidConfig, StoreUnavailable) as error:
            self._complain(error)
        else:
            self._last, self._seen = newest, seen
            self.problem = ""
        return self._last

    async def _read(self, settled: _Signature | None) -> tuple[Newest, _Signature | None]:
        """The content of the file, with `settled` from the start of reading. Raises what `read_newest` raises.

        The loop waits for it once. A slow result is fetched in a later pass, and no other read is started until then.
        """
        is_new = self._reading is None
        reading, settled = self._reading = self._reading or (_in_a_thread(self._path), settled)
        if is_new:
            with contextlib.suppress(TimeoutError, InvalidConfig, StoreUnavailable):  # handled below
                await asyncio.wait_for(asyncio.wrap_future(reading), READ_WITHIN_S)
        if not reading.done():
            raise StoreUnavailable(f"{self._path} could not be read within {READ_WITHIN_S:g} s")
        self._reading = None
        return reading.result(), settled

    @property
    def problems(self) -> tuple[str, ...]:
        """The problem as a list of sentences, empty without one."""
        return (self.problem,) if self.problem else ()

    def news(self) -> tuple[str, ...]:
        """How the problem has changed since the last call, in a sentence for the event log."""
        if self.problem == self._told:
            return ()
        self._told = self.problem
        return (self.problem or "the configuration is readable again",)

    def _complain(self, error: InvalidConfig | StoreUnavailable) -> None:
        what = error.brief() if isinstance(error, InvalidConfig) else str(error)
        problem = f"cannot read the configuration, so the current one stays in use: {what}"
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem

    def _signature(self) -> _Signature:
        files = (self._path, self._path.with_name(self._path.name + "-wal"))
        return tuple(_stamp(path) for path in files)


def _require_not_older(number: int, in_force: int) -> None:
    if number < in_force:
        message = (
            f"config.db ends at revision {number}, and {in_force} is in force: it was replaced;"
            " restore the right file, or start over with `multihome uninstall`"
        )
        raise StoreUnavailable(message)


def _in_a_thread(path: Path) -> Future[Newest]:
    """Read the file in a thread, because reading may hang: a bad disk, or a pipe put in its place.

    It is a daemon thread: a thread of an executor would keep the worker from ending.
    """
    found: Future[Newest] = Future()
    found.set_running_or_notify_cancel()  # a caller that gives up waiting does not cancel it

    def read() -> None:
        try:
            found.set_result(read_newest(path))
        except BaseException as error:  # noqa: BLE001 - as an executor's thread does
            found.set_exception(error)

    Thread(target=read, name="config.db", daemon=True).start()
    return found


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - called every second; Path.stat adds nothing here
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)
