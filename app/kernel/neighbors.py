"""Reads the neighbor table (hardware addresses of next hops), and starts a new resolution.

Layout: include/uapi/linux/neighbor.h.
"""

from collections.abc import Collection, Iterable
from struct import Struct
from typing import Final

from app.kernel.links import Names, index_of
from app.kernel.netlink import Channel, attributes
from app.kernel.requests import Requests
from app.kernel.rtm import Rtm
from app.model.facts import Neighbor
from app.model.family import BY_AF, Family, IPAddress, family_of

# family, index, state, flags, type
NDMSG: Final = Struct("=BxxxiHBB")
NDA_DST, NDA_LLADDR = 1, 2
NUD_REACHABLE, NUD_FAILED, NUD_NOARP = 0x02, 0x20, 0x40
NTF_USE: Final = 0x01


def neighbors(
    channel: Channel, families: Iterable[Family], interfaces: Collection[str] | None, names: Names
) -> tuple[Neighbor, ...]:
    """The neighbors on these interfaces (None: on all), without those that need no resolution (multicast, loopback)."""
    questions = (NDMSG.pack(family.af, 0, 0, 0, 0) for family in families)
    found = (neighbor(one.body, names) for asked in questions for one in channel.dump(Rtm.GETNEIGH, asked))
    return tuple(one for one in found if one is not None and (interfaces is None or one.interface in interfaces))


def neighbor(body: bytes, names: Names) -> Neighbor | None:
    """Decode a neighbor message; None for a neighbor that needs no resolution."""
    family, index, state, _, _ = NDMSG.unpack_from(body)
    found = attributes(body, NDMSG.size)
    if state & NUD_NOARP or NDA_DST not in found:
        return None
    return Neighbor(
        interface=names[index],
        address=BY_AF[family].address(found[NDA_DST]),
        mac=found.get(NDA_LLADDR, b"").hex(":"),
        failed=bool(state & NUD_FAILED),
    )


async def resolve(requests: Requests, interface: str, address: IPAddress) -> None:
    """Have the kernel resolve a neighbor as if a packet waited for it (NTF_USE).

    Raises KernelRejected if the interface is absent or down.
    """
    await requests.change(
        f"resolve {address} dev {interface}",
        "neigh",
        "replace",
        family=family_of(address).af,
        ifindex=index_of(interface),
        dst=str(address),
        state=0,
        flags=NTF_USE,
    )
