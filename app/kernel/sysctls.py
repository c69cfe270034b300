"""Kernel settings: files under /proc/sys/net, which show the network namespace of whoever opens them.

The kernel lets a process with CAP_NET_ADMIN write them, whatever user it runs as.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from app.errors import KernelRejected
from app.plan.state import Sysctl

ROOT: Final = Path("/proc/sys")


def observe_sysctls(paths: Iterable[str]) -> frozenset[Sysctl]:
    """The values that these settings have; one that does not exist (its interface is absent) is left out."""
    found = ((path, read_sysctl(path)) for path in paths)
    return frozenset(Sysctl(path, value) for path, value in found if value is not None)


def read_sysctl(path: str) -> str | None:
    """The value of one setting, or None if there is no such setting."""
    try:
        return _file(path).read_text().strip()
    except OSError:
        return None


def put_sysctl(what: str, one: Sysctl) -> None:
    """Write one setting. Raises KernelRejected when it does not exist or the kernel does not accept the value."""
    try:
        _file(one.path).write_text(one.value)
    except OSError as error:
        raise KernelRejected(f"{what}: {error.strerror}") from error


def _file(path: str) -> Path:
    """The file of a setting. Raises KernelRejected for a path that is not one of the network's."""
    parts = path.split("/")
    if parts[0] != "net" or not {".", "..", ""}.isdisjoint(parts):
        raise KernelRejected(f"{path} is not a setting of the network")
    return ROOT / path
