"""IPv4 and IPv6: what differs between the families of addresses, in one place."""

from enum import IntEnum
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Any, Final

IPAddress = IPv4Address | IPv6Address
IPInterface = IPv4Interface | IPv6Interface
IPNetwork = IPv4Network | IPv6Network


class Family(IntEnum):
    """A family of addresses; its value is the version in an IP header.

    `af`: its number in netlink (AF_INET, AF_INET6). `bits`: the length of an address. `option`: its option of `ip`.
    `nft`: its name in nftables. `sysctls`: where its settings are. `forwarding`: the one that makes a router.
    `icmp`: the number of its ICMP. `default_metric`: the metric of a route that is made without one. `address`,
    `interface`, `network`: the types of its values. `everywhere`: the network that all its addresses are in.
    `field`: the name of this family's field in classes that have one for each family.
    """

    IPV4 = (4, 2, 32, "", "ip", "net/ipv4", "net/ipv4/ip_forward", 1, 0, IPv4Address, IPv4Interface, IPv4Network)
    IPV6 = (
        *(6, 10, 128, "-6 ", "ip6", "net/ipv6", "net/ipv6/conf/all/forwarding", 58, 1024),
        *(IPv6Address, IPv6Interface, IPv6Network),
    )

    af: int
    bits: int
    option: str
    nft: str
    sysctls: str
    forwarding: str
    icmp: int
    default_metric: int
    address: type[IPAddress]
    interface: type[IPInterface]
    network: type[IPNetwork]
    everywhere: IPNetwork
    field: str

    def __str__(self) -> str:
        return f"IPv{int(self)}"

    def __new__(cls, version: int, *row: Any) -> "Family":
        """Create a member from a row of the table."""
        self = int.__new__(cls, version)
        self._value_ = version
        for name, value in zip(cls.__annotations__, (*row, row[-1]((0, 0)), f"ipv{version}"), strict=True):
            setattr(self, name, value)
        return self


# Iterating over a tuple is faster than over the class, and each pass reads the legs of a hundred gateways.
FAMILIES: Final = tuple(Family)
# A dictionary, because thousands of addresses are decoded per second.
BY_AF: Final = {one.af: one for one in Family}
_BY_VERSION: Final = {int(one): one for one in Family}


def family_of(one: IPAddress | IPInterface | IPNetwork) -> Family:
    """The family of an address or a network."""
    return _BY_VERSION[one.version]
