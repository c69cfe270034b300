"""Allows one worker at a time: two would undo each other's changes and take each other's socket."""

import fcntl
import os
import stat
from typing import Final

from app.paths import StateDirectory
from app.worker.socket import listener, may_be_worker

# Only workers and root may open it. Otherwise a compromised panel could keep every worker from starting.
_MODE: Final = 0o600


def other_worker(home: StateDirectory) -> int | None:
    """The process that is the worker of this directory, or None: then this process is, until it ends.

    If the directory cannot be written there is no lock; then only the listener on worker.sock shows another worker.
    """
    try:
        descriptor = _opened(home)
    except OSError:
        return listener(home.worker_sock)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        noted = os.read(descriptor, 20)
        os.close(descriptor)
        return int(noted) if noted.isdigit() else 0
    other = listener(home.worker_sock)  # a worker that could not lock when it started
    if other is None:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())  # stays open: closing it would release the lock
    else:
        os.close(descriptor)
    return other


def _opened(home: StateDirectory) -> int:
    """worker.lock, created if missing, and replaced if it does not belong to a worker."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(home.worker_lock, flags, _MODE)
        if _is_workers(os.fstat(descriptor)):
            return descriptor
        os.close(descriptor)
    except OSError:  # another user's file, a link, a directory; or a disk error, which is raised again below
        pass
    home.worker_lock.unlink(missing_ok=True)
    return os.open(home.worker_lock, flags | os.O_EXCL, _MODE)


def _is_workers(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == _MODE and may_be_worker(found.st_uid)
