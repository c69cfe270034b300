"""Network namespaces: their names, and running code inside one.

A namespace is entered in a thread created for that purpose, because namespaces belong to threads. So the calling thread
always keeps its own namespace, and what the new thread opened or started (a socket, a child process) stays in the one
where it was created.
"""

import ctypes
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from lab.errors import BadRequest, LabError

T = TypeVar("T")

# Where `ip netns` keeps its names (ip-netns(8)).
NETNS: Final = Path("/run/netns")
CLOSET: Final = "closet"
_LAB_NAME: Final = re.compile(r"[a-z0-9-]{1,16}")
_MACHINE: Final = r"(host|balancer|internet|closet|isp[0-9]{1,2})"

_CLONE_NEWNET: Final = 0x40000000  # linux/sched.h
_libc = ctypes.CDLL(None, use_errno=True)


def checked_lab_name(name: str) -> str:
    """`name`, or BadRequest when it could not be a lab's."""
    if not _LAB_NAME.fullmatch(name):
        msg = f"a lab cannot be called {name!r}: 1 to 16 of a-z, 0-9 and -"
        raise BadRequest(msg)
    return name


def namespace(lab: str, machine: str) -> str:
    """The name of the namespace of `machine` in `lab`."""
    return f"mh-{lab}-{machine}"


def namespaces_of(lab: str) -> list[str]:
    """The names of all existing namespaces of `lab`."""
    # Machine names have no hyphen, so a namespace of lab `a-b` is never taken for one of lab `a`.
    ours = re.compile(f"mh-{re.escape(lab)}-{_MACHINE}")
    return sorted(path.name for path in _existing() if ours.fullmatch(path.name))


def labs_with_namespaces() -> set[str]:
    """The names of all labs with at least one namespace."""
    shape = re.compile(f"mh-({_LAB_NAME.pattern})-{_MACHINE}")
    return {match[1] for path in _existing() if (match := shape.fullmatch(path.name))}


def processes_in(names: list[str]) -> list[int]:
    """The ids of all processes inside these namespaces, except this one."""
    inside = set()
    for name in names:
        try:
            found = (NETNS / name).stat()
        except FileNotFoundError:
            continue
        inside.add((found.st_dev, found.st_ino))
    return [pid for pid, where in _process_namespaces() if where in inside and pid != os.getpid()]


def inside(name: str, action: Callable[[], T]) -> T:
    """The result of `action`, run in a thread of its own inside namespace `name`.

    Raises what `action` raises, and BadRequest when there is no such namespace.
    """
    results: list[T] = []
    failures: list[BaseException] = []

    def enter_and_act() -> None:
        try:
            _enter(name)
            results.append(action())
        except BaseException as failure:  # noqa: BLE001 handed to the caller's thread below, nothing is lost
            failures.append(failure)

    thread = threading.Thread(target=enter_and_act, name=f"inside {name}")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def socket_inside(name: str, family: int, kind: int, protocol: int = 0) -> socket.socket:
    """A socket that belongs to namespace `name` and can be used from anywhere."""
    return inside(name, lambda: socket.socket(family, kind, protocol))


def write_sysctls(name: str, values: dict[str, str]) -> None:
    """Set `net.` sysctls (path below /proc/sys/net → value) in namespace `name`."""

    def write() -> None:
        # /proc/sys/net shows the namespace of the thread that opens it, unlike /proc/net.
        for path, value in values.items():
            (Path("/proc/sys/net") / path).write_text(value)

    inside(name, write)


def _enter(name: str) -> None:
    try:
        descriptor = os.open(NETNS / name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        msg = f"there is no namespace {name}"
        raise BadRequest(msg) from None
    try:
        # os.setns exists only since Python 3.12.
        if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
            msg = f"cannot enter namespace {name}: {os.strerror(ctypes.get_errno())}"
            raise LabError(msg)
    finally:
        os.close(descriptor)


def _existing() -> Iterator[Path]:
    return NETNS.iterdir() if NETNS.is_dir() else iter(())


def _process_namespaces() -> Iterator[tuple[int, tuple[int, int]]]:
    for directory in Path("/proc").iterdir():
        if not directory.name.isdigit():
            continue
        try:
            found = (directory / "ns/net").stat()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has ended meanwhile
        yield int(directory.name), (found.st_dev, found.st_ino)
