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
from typing import Final

IPAddress = IPv4Address | IPv6Address
IPInterface = IPv4Interface | IPv6Interface
IPNetwork = IPv4Network | IPv6Network


class Family(IntEnum):
    """A family of addresses; its value is the version in an IP header.

    `af`: its number in netlink (AF_INET, AF_INET6). `bits`: the length of an address. `option`: what `ip` wants to be
    told. `nft`: its name in nftables. `sysctls`: where its settings are. `forwarding`: the one that makes a router.
    `icmp`: the number of its ICMP. `default_metric`: the metric of a route that is made without one.
    """

    IPV4 = 4, 2, 32, "", "ip", "net/ipv4", "net/ipv4/ip_forward", 1, 0
    IPV6 = 6, 10, 128, "-6 ", "ip6", "net/ipv6", "net/ipv6/conf/all/forwarding", 58, 1024

    af: int
    bits: int
    option: str
    nft: str
    sysctls: str
    forwarding: str
    icmp: int
    default_metric: int

    def __new__(cls, version: int, *row: object) -> "Family":
        """Take a row of the table."""
        self = int.__new__(cls, version)
        self._value_ = version
        for name, value in zip(cls.__annotations__, row, strict=True):
            setattr(self, name, value)
        return self

    def address(self, packed: bytes) -> IPAddress:
        """The address in these bytes."""
        return IPv4Address(packed) if self is Family.IPV4 else IPv6Address(packed)

    def network(self, packed: bytes, length: int) -> IPNetwork:
        """The network of this prefix length in these bytes."""
        return IPv4Network((packed, length)) if self is Family.IPV4 else IPv6Network((packed, length))

    def interface(self, packed: bytes, length: int) -> IPInterface:
        """The address in these bytes, with its prefix length."""
        return IPv4Interface((packed, length)) if self is Family.IPV4 else IPv6Interface((packed, length))

    @property
    def everywhere(self) -> IPNetwork:
        """The network that every address of the family is in."""
        return _IPV4_EVERYWHERE if self is Family.IPV4 else _IPV6_EVERYWHERE


_IPV4_EVERYWHERE: Final = IPv4Network("0.0.0.0/0")
_IPV6_EVERYWHERE: Final = IPv6Network("::/0")
# Those that a configuration can use.
CONFIGURABLE: Final = (Family.IPV4,)
# Found in a dictionary, as thousands are decoded in a second.
BY_AF: Final = {one.af: one for one in Family}
_BY_VERSION: Final = {int(one): one for one in Family}


def family_of(one: IPAddress | IPInterface | IPNetwork) -> Family:
    """The family of an address or a network."""
    return _BY_VERSION[one.version]
