"""The surroundings of a process in the lab: its machine's network, host name, /sys and resolv.conf, and its code.

They are set up in mount and UTS namespaces of the process, so they are invisible outside and end with the process. Call
this only in a thread that `namespaces.inside` created.
"""

import ctypes
import os
import socket
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lab.errors import LabError

# The directory of `lab` and `app`: the checkout, or site-packages.
CODE: Final = Path(__file__).resolve().parents[1]

# linux/sched.h and linux/mount.h
_CLONE_NEWNS: Final = 0x00020000
_CLONE_NEWUTS: Final = 0x04000000
_MS_RDONLY: Final = 1
_MS_REMOUNT: Final = 32
_MS_BIND: Final = 4096
_MS_REC: Final = 16384
_MS_SLAVE: Final = 1 << 19
_MNT_DETACH: Final = 2
_libc = ctypes.CDLL(None, use_errno=True)


def prepare(hostname: str, resolv_conf: Path, *, unprivileged: bool) -> None:
    """Give this thread the surroundings of a machine; its child processes inherit them.

    With `unprivileged`, every user can read code and interpreter, even below a directory that only root may enter (a
    clone in /root). The rest of that directory stays closed.
    """
    # Does not affect namespaces, working directory and umask of other threads (unshare(2): implies CLONE_FS).
    _check("unshare", _libc.unshare(_CLONE_NEWNS | _CLONE_NEWUTS))
    # Only this thread's by now. Directories created below must be open to all, independent of the caller's umask.
    os.umask(0o022)
    # Slave, not private: what the host unmounts later must not stay mounted here.
    _mount(None, "/", None, _MS_REC | _MS_SLAVE)
    socket.sethostname(hostname)
    # sysfs shows the network namespace of the process that mounted it (ip-netns(8) does the same).
    _libc.umount2(b"/sys", _MNT_DETACH)
    _mount("sysfs", "/sys", "sysfs", 0)
    if Path("/etc/resolv.conf").exists():
        _mount(str(resolv_conf), "/etc/resolv.conf", None, _MS_BIND)
    if unprivileged:
        _reveal({CODE, *_interpreter()})


def _interpreter() -> Iterable[Path]:
    """The directories that the running interpreter needs, under each of their names."""
    for prefix in (sys.prefix, sys.base_prefix):
        yield Path(prefix)
        yield Path(prefix).resolve()


def _reveal(paths: Iterable[Path]) -> None:
    """Let every user reach `paths` read-only, under their own names."""
    barriers: dict[Path, list[tuple[Path, int]]] = {}
    for path in sorted(paths):
        barrier = _barrier(path)
        if barrier is not None:
            barriers.setdefault(barrier, []).extend(_opened(path))
    for barrier, revealed in barriers.items():
        # An empty open directory covers the closed one, for this process only.
        _mount("tmpfs", str(barrier), "tmpfs", 0, "mode=0755")
        for path, descriptor in revealed:
            _bind(descriptor, path)
            os.close(descriptor)


def _barrier(path: Path) -> Path | None:
    """The topmost directory on the way to `path` (which is included) that is not open to every user."""
    for directory in (*reversed(path.parents), path):
        if not directory.stat().st_mode & stat.S_IXOTH:
            return directory
    return None


def _opened(path: Path) -> list[tuple[Path, int]]:
    """`path`, or its entries if it is itself closed, opened before it is covered."""
    closed = not path.stat().st_mode & stat.S_IXOTH
    shown = sorted(path.iterdir()) if closed else [path]
    return [(each, os.open(each, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)) for each in shown]


def _bind(descriptor: int, path: Path) -> None:
    if path.is_symlink() or path.exists():
        return  # already reachable through a directory above
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISLNK(mode):
        path.symlink_to(os.readlink("", dir_fd=descriptor))
        return
    if stat.S_ISDIR(mode):
        path.mkdir()
    else:
        path.touch()
    _mount(f"/proc/self/fd/{descriptor}", str(path), None, _MS_BIND)
    _mount(None, str(path), None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    words = [None if word is None else word.encode() for word in (source, target, kind, data)]
    _check(f"mount {target}", _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]))


def _check(what: str, result: int) -> None:
    if result != 0:
        msg = f"{what}: {os.strerror(ctypes.get_errno())}"
        raise LabError(msg)
