"""Kernel settings: files under /proc/sys/net, in the network namespace of the process that opens them.

A process with CAP_NET_ADMIN may write them as any user.
"""

from pathlib import Path
from typing import Final

from app.errors import KernelRejected
from app.kernel.last_seen import LastSeen
from app.kernel.links import Names
from app.plan.objects.sysctl import Sysctl
from app.plan.state import Scope

ROOT: Final = Path("/proc/sys")


class Sysctls:
    """The operations of kernel settings."""

    def __init__(self, known: LastSeen) -> None:
        self._known = known

    async def observe(self, scope: Scope, _names: Names) -> list[Sysctl]:
        """See Operations.observe; a setting that does not exist (its interface is absent) is left out."""
        read = ((path, read_sysctl(path)) for path in scope.sysctls)
        found = [Sysctl(path, value) for path, value in read if value is not None]
        self._known.learn_sysctls(found)
        return found

    async def put(self, what: str, one: Sysctl) -> None:
        """Write one setting. Raises KernelRejected if it does not exist or the kernel rejects the value."""
        self._known.learn_sysctls([one])
        try:
            _file(one.path).write_text(one.value)
        except OSError as error:
            raise KernelRejected(f"{what}: {error.strerror}") from error

    async def remove(self, what: str, _one: Sysctl) -> None:
        """Raises KernelRejected: a setting always has a value."""
        raise KernelRejected(f"{what}: a setting cannot be removed")


def read_sysctl(path: str) -> str | None:
    """The value of one setting, or None if there is no such setting."""
    try:
        return _file(path).read_text().strip()
    except OSError:
        return None


def _file(path: str) -> Path:
    """The file of a setting. Raises KernelRejected for a path outside /proc/sys/net."""
    parts = path.split("/")
    if parts[0] != "net" or not {".", "..", ""}.isdisjoint(parts):
        raise KernelRejected(f"{path} is not a network setting")
    return ROOT / path
