"""Processes of a lab: identifying one exactly, checking that it runs, and ending no other.

A process is identified by its id *and* its start time, so that another process with a reused id is never killed.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# A signal, and how long to wait for its effect, in seconds.
Wish = tuple[signal.Signals, float]
AT_ONCE: Final[Sequence[Wish]] = ((signal.SIGKILL, 5.0),)
# The worker needs a moment to finish writing; no process of the lab needs more than three seconds.
POLITELY: Final[Sequence[Wish]] = ((signal.SIGTERM, 3.0), *AT_ONCE)


@dataclass(frozen=True, slots=True)
class Process:
    """One running program. `started` is in clock ticks after boot (proc(5), field 22 of stat)."""

    role: str
    pid: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether exactly this process runs (a zombie does not)."""
        return _start_time(self.pid) == self.started


# This interpreter has to wait for its children, or they stay zombies.
_children: dict[int, subprocess.Popen[bytes]] = {}


def known(role: str, pid: int) -> Process | None:
    """The process with id `pid` now; None if there is none."""
    started = _start_time(pid)
    return None if started is None else Process(role, pid, started)


def adopt(role: str, child: subprocess.Popen[bytes]) -> Process:
    """`child` as a Process that outlives its Popen and is waited for by `end`."""
    _children[child.pid] = child
    # A child that ended at once is a zombie and counts as not running, so its start time does not matter.
    return known(role, child.pid) or Process(role, child.pid, 0)


def end(processes: Iterable[Process], *, wishes: Sequence[Wish] = POLITELY) -> None:
    """Send each signal of `wishes` to all processes until they have ended; returns when none is left.

    Idempotent: processes that are gone are skipped.
    """
    targets = list(processes)
    with ExitStack() as stack:
        waiting: dict[int, Process] = {}
        for process in targets:
            descriptor = _open(process)
            if descriptor is not None:
                stack.callback(os.close, descriptor)
                waiting[descriptor] = process
        for wish, limit_s in wishes:
            for descriptor in waiting:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(descriptor, wish)
            _await_ends(waiting, limit_s)
    for process in targets:
        child = _children.pop(process.pid, None)
        if child is not None:
            child.wait()


def _open(process: Process) -> int | None:
    """A descriptor of exactly this process; None if it is gone."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    # Checked after opening: if this is the right process now, the descriptor cannot refer to another.
    if process.alive:
        return descriptor
    os.close(descriptor)
    return None


def _await_ends(waiting: dict[int, Process], limit_s: float) -> None:
    """Remove from `waiting` what ends within `limit_s`."""
    deadline = time.monotonic() + limit_s
    poll = select.poll()
    for descriptor in waiting:
        poll.register(descriptor, select.POLLIN)
    while waiting and (left_s := deadline - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(left_s * 1000):
            poll.unregister(descriptor)
            del waiting[descriptor]


def _start_time(pid: int) -> int | None:
    try:
        words = (Path("/proc") / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field, the name, may contain spaces and parentheses.
    fields = words.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])
