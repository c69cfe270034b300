"""Addresses of managed interfaces."""

from dataclasses import dataclass
from ipaddress import IPv4Interface

from app.plan.state import KernelObject, Phase


@dataclass(frozen=True, slots=True, order=True)
class Address(KernelObject):
    """An IPv4 address of a managed interface."""

    thing = "address"
    listed = 0
    commands = "ip address add", "ip address del"
    phases = Phase.ADDRESSES, Phase.ADDRESSES_GONE

    interface: str
    address: IPv4Interface

    @property
    def line(self) -> str:
        """What `ip address` takes."""
        return f"{self.address} dev {self.interface}"
