"""Reads network devices, their addresses and traffic counters over rtnetlink. It changes nothing.

Layout: include/uapi/linux/if_link.h, if.h, if_addr.h.
"""

import socket
from collections import defaultdict
from collections.abc import Iterable, Mapping
from struct import Struct
from typing import Final

from app.errors import KernelRejected
from app.kernel.contract import Traffic
from app.kernel.netlink import U32, Channel, attribute, attributes, text, u32
from app.kernel.rtm import Rtm
from app.model.facts import AddressFact, Link
from app.model.family import BY_AF, Family, IPAddress, IPInterface

IFINFO: Final = Struct("=BxHiII")
IFADDR: Final = Struct("=BBBBI")
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_STATS64, IFLA_EXT_MASK, IFLA_CARRIER = 1, 3, 4, 23, 29, 33
IFA_ADDRESS, IFA_LOCAL = 1, 2
IFF_UP, IFF_LOOPBACK, IFF_POINTOPOINT = 0x1, 0x8, 0x10
# Counters are half of a link message, so they are only requested if needed.
RTEXT_FILTER_SKIP_STATS: Final = 8
# rx_packets, tx_packets, rx_bytes, tx_bytes: the first members of struct rtnl_link_stats64.
STATS64: Final = Struct("=QQQQ")

_WITHOUT_COUNTERS = IFINFO.pack(0, 0, 0, 0, 0) + attribute(IFLA_EXT_MASK, U32.pack(RTEXT_FILTER_SKIP_STATS))
_ALL = IFINFO.pack(0, 0, 0, 0, 0)


def links(channel: Channel, families: Iterable[Family]) -> tuple[Link, ...]:
    """Every device with its addresses, those in the kernel's order (the first of a subnet is its primary)."""
    own: dict[int, list[AddressFact]] = defaultdict(list)
    for message in (one for family in families for one in channel.dump(Rtm.GETADDR, addresses_of(family))):
        index, near, far = address(message.body)
        own[index].append(AddressFact(address=near, peer=far))
    found = (link(message.body) for message in channel.dump(Rtm.GETLINK, _WITHOUT_COUNTERS))
    return tuple(_with_addresses(one, tuple(own.get(one.index, ()))) for one in found)


def _with_addresses(one: Link, own: tuple[AddressFact, ...]) -> Link:
    if not own:
        return one
    return Link(
        name=one.name,
        index=one.index,
        up=one.up,
        carrier=one.carrier,
        addresses=own,
        point_to_point=one.point_to_point,
        loopback=one.loopback,
        mac=one.mac,
        mtu=one.mtu,
    )


def link(body: bytes) -> Link:
    """Decode a link message, which has no addresses."""
    _, _, index, flags, _ = IFINFO.unpack_from(body)
    found = attributes(body, IFINFO.size)
    up = bool(flags & IFF_UP)
    return Link(
        name=text(found.get(IFLA_IFNAME, b"")),
        index=index,
        up=up,
        carrier=up and found.get(IFLA_CARRIER, b"\0") != b"\0",
        point_to_point=bool(flags & IFF_POINTOPOINT),
        loopback=bool(flags & IFF_LOOPBACK),
        mac=found.get(IFLA_ADDRESS, b"").hex(":"),
        mtu=u32(found[IFLA_MTU]) if IFLA_MTU in found else 0,
    )


def addresses_of(family: Family) -> bytes:
    """The request for all addresses of a family."""
    return IFADDR.pack(family.af, 0, 0, 0, 0)


def address(body: bytes) -> tuple[int, IPInterface, IPAddress | None]:
    """Decode an address message: the index of its device, the address, and the other end of the link if it has one."""
    af, prefix_length, _, _, index = IFADDR.unpack_from(body)
    family = BY_AF[af]
    found = attributes(body, IFADDR.size)
    far = found.get(IFA_ADDRESS) or bytes(family.bits // 8)
    near = found.get(IFA_LOCAL, far)
    return index, family.interface((near, prefix_length)), None if near == far else family.address(far)


class Names:
    """The devices' names by index, each requested once. Create a new one for each observation."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def __getitem__(self, index: int) -> str:
        """The name, or `if7` for a device that has just disappeared."""
        if index not in self._known:
            try:
                self._known[index] = socket.if_indextoname(index)
            except OSError:
                self._known[index] = f"if{index}"
        return self._known[index]


def index_of(name: str) -> int:
    """The index of a device. Raises KernelRejected if there is none of that name."""
    try:
        return socket.if_nametoindex(name)
    except OSError as error:
        raise KernelRejected(f"there is no interface {name}") from error


def traffic(channel: Channel) -> Mapping[str, Traffic]:
    """The traffic of every device since it was created, by name."""
    carried = {}
    for message in channel.dump(Rtm.GETLINK, _ALL):
        found = attributes(message.body, IFINFO.size)
        if IFLA_STATS64 in found:
            _, _, rx_bytes, tx_bytes = STATS64.unpack_from(found[IFLA_STATS64])
            carried[text(found[IFLA_IFNAME])] = Traffic(rx_bytes=rx_bytes, tx_bytes=tx_bytes)
    return carried
