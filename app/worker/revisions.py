"""The newest revision and the confirmed one, re-read when config.db changes."""

import logging
import os
from pathlib import Path
from typing import Final

from app.errors import InvalidConfig, StoreUnavailable
from app.store.reader import Newest, read_newest
from app.worker import clock

# File times advance by the timer tick (4 ms at 250 Hz): of a file that was written just now, a second write may leave
# the same times and size. It is read again until it has looked the same for this long. How old it says it is does not
# count: a clock that was set back makes files of the future.
FRESH_S: Final = 0.1

_Signature = tuple[tuple[int, int, int], ...]

log = logging.getLogger(__name__)


class Revisions:
    """Follows config.db. What it said last counts through anything that happens to the file."""

    def __init__(self, config_db: Path) -> None:
        self._path = config_db
        self._last: Newest | None = None
        self._seen: _Signature | None = None
        self._looks: _Signature | None = None
        self._looks_so_since_s = 0.0
        self.problem = ""
        self._told = ""

    def changed(self) -> bool:
        """Whether the files look different from when they were read last; as cheap as two stat(2)."""
        return self._signature() != self._seen

    def look(self, in_force: int = 0) -> Newest | None:
        """The newest revision and the confirmed one; None while the file could never be read.

        A file that ends before the revision `in_force` was replaced or made anew: it is not believed, because an empty
        one would take the router down. `multihome uninstall` is how to begin anew.
        `problem` says afterwards, in a sentence, why it is not the newest one; empty if it is.
        """
        signature, now_s = self._signature(), clock.now().monotonic_s
        if signature == self._seen and not self.problem:
            return self._last
        if signature != self._looks:
            self._looks, self._looks_so_since_s = signature, now_s
        try:
            newest = read_newest(self._path)
            _require_not_older(newest.head.number, in_force)
        except (InvalidConfig, StoreUnavailable) as error:
            self._complain(error)
        else:
            self._last = newest
            self.problem = ""
            self._seen = signature if now_s - self._looks_so_since_s > FRESH_S else None
        return self._last

    @property
    def problems(self) -> tuple[str, ...]:
        """The problem, if there is one."""
        return (self.problem,) if self.problem else ()

    def news(self) -> tuple[str, ...]:
        """What has changed about the problem since this was asked last, in a sentence for the timeline."""
        if self.problem == self._told:
            return ()
        self._told = self.problem
        return (self.problem or "the configuration can be read again",)

    def _complain(self, error: InvalidConfig | StoreUnavailable) -> None:
        what = error.brief() if isinstance(error, InvalidConfig) else str(error)
        problem = f"the configuration cannot be read, so what was in force stays: {what}"
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
            " put the right one back, or begin anew with `multihome uninstall`"
        )
        raise StoreUnavailable(message)


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - called every second; Path.stat adds nothing here
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)
