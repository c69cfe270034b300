"""Kernel settings."""

from dataclasses import dataclass

from app.plan.state import KernelObject, Phase


@dataclass(frozen=True, slots=True)
class Sysctl(KernelObject):
    """A kernel setting under /proc/sys, `path` with slashes: `net/ipv4/conf/eth1/rp_filter`.

    A setting that is no longer wanted stays as it is: `multihome uninstall` restores the earlier value.
    """

    thing = "setting"
    listed = 1
    commands = "sysctl -w", "sysctl -w"
    phases = Phase.SETTINGS, None

    path: str
    value: str

    @property
    def key(self) -> str:
        """One value for each setting."""
        return self.path

    @property
    def line(self) -> str:
        """The argument of `sysctl -w`."""
        return f"{self.path}={self.value}"
