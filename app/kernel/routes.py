"""Routes in Multihome's tables (read, put and removed), and the default routes of other programs in `main`.

Layout: include/uapi/linux/rtnetlink.h. Multihome owns its tables completely, so they are read one by one with the
kernel's filter on the table: foreign routes of any protocol are seen, and the routes in `main` cost nothing.
"""

import errno
from collections.abc import Iterable, Iterator
from itertools import product
from struct import Struct
from typing import Any, Final

from app.errors import KernelRejected
from app.kernel.links import Names, index_of
from app.kernel.netlink import NLM_F_DUMP, U32, Channel, Message, Refused, attribute, attributes, u32
from app.kernel.requests import ALREADY_GONE, ALREADY_THERE, Requests
from app.kernel.rtm import Rtm
from app.model.facts import DefaultRoute
from app.model.family import BY_AF, Family, IPNetwork
from app.model.layout import MAIN_TABLE, ROUTE_PROTOCOL
from app.plan.objects.route import Nexthop, Route, RouteKind
from app.plan.state import Scope

# family, dst_len, src_len, tos, table, protocol, scope, type, flags
RTMSG: Final = Struct("=BBBBBBBBI")
# len, flags, hops, ifindex
RTNEXTHOP: Final = Struct("=HBBi")
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_MULTIPATH, RTA_TABLE = 1, 4, 5, 6, 7, 9, 15
RTN_UNICAST, RTN_BLACKHOLE, RTN_UNREACHABLE = 1, 6, 7
REFUSALS: Final = {RTN_BLACKHOLE: RouteKind.BLACKHOLE, RTN_UNREACHABLE: RouteKind.UNREACHABLE}
TYPES: Final = {kind: number for number, kind in REFUSALS.items()} | {RouteKind.UNICAST: RTN_UNICAST}
RTNH_F_ONLINK = 4
SCOPE_UNIVERSE, SCOPE_LINK, SCOPE_NOWHERE = 0, 253, 255
# How many foreign routes are removed before giving up.
STRANGERS: Final = 8

Key = tuple[int, IPNetwork, int]


def observe_routes(channel: Channel, families: Iterable[Family], tables: Iterable[int], names: Names) -> list[Route]:
    """The routes of these tables. Of several with one key only the first, which is the one that the kernel uses."""
    found: dict[Key, Route] = {}
    for family, table in product(families, tables):
        for message in _dumped(channel, family, table):
            one = route(message.body, names)
            found.setdefault(one.key, one)
    return list(found.values())


def _dumped(channel: Channel, family: Family, table: int) -> list[Message]:
    try:
        return channel.dump(Rtm.GETROUTE, _of_table(family, table))
    except Refused as error:
        if error.number == errno.ENOENT:  # this table has never had a route
            return []
        raise


def _of_table(family: Family, table: int) -> bytes:
    return RTMSG.pack(family.af, 0, 0, 0, 0, 0, 0, 0, 0) + attribute(RTA_TABLE, U32.pack(table))


def route(body: bytes, names: Names) -> Route:
    """Decode a route message.

    States that the kernel sets itself (dead, linkdown, offloaded) are ignored. A kind that Multihome never creates
    (prohibit, throw, local) becomes a unicast route without a next hop, which equals no desired route.
    """
    af, prefix_length, _, _, short_table, _, _, kind, flags = RTMSG.unpack_from(body)
    family = BY_AF[af]
    found = attributes(body, RTMSG.size)
    return Route(
        table=u32(found[RTA_TABLE]) if RTA_TABLE in found else short_table,
        destination=_destination(found, family, prefix_length),
        nexthops=tuple(_nexthops(found, flags, names, family)) if kind == RTN_UNICAST else (),
        metric=u32(found[RTA_PRIORITY]) if RTA_PRIORITY in found else 0,
        kind=REFUSALS.get(kind, RouteKind.UNICAST),
        source=family.address(found[RTA_PREFSRC]) if RTA_PREFSRC in found else None,
    )


def _destination(found: dict[int, bytes], family: Family, length: int) -> IPNetwork:
    if not length:
        return family.everywhere
    # 0.0.0.0/1 differs only in its length.
    return family.network((found.get(RTA_DST) or bytes(family.bits // 8), length))


def _nexthops(found: dict[int, bytes], flags: int, names: Names, family: Family) -> Iterator[Nexthop]:
    if RTA_MULTIPATH not in found:
        yield _nexthop(names[u32(found[RTA_OIF])], found, flags, family)
        return
    several, start = found[RTA_MULTIPATH], 0
    while start + RTNEXTHOP.size <= len(several):
        length, own_flags, hops, index = RTNEXTHOP.unpack_from(several, start)
        own = attributes(several[start + RTNEXTHOP.size : start + length])
        yield _nexthop(names[index], own, own_flags, family, weight=hops + 1)
        start += (length + 3) & ~3


def _nexthop(interface: str, found: dict[int, bytes], flags: int, family: Family, weight: int = 1) -> Nexthop:
    gateway = family.address(found[RTA_GATEWAY]) if RTA_GATEWAY in found else None
    return Nexthop(interface, gateway, weight, onlink=bool(flags & RTNH_F_ONLINK))


def default_routes(channel: Channel, families: Iterable[Family], names: Names) -> tuple[DefaultRoute, ...]:
    """The default routes in `main`, in IPv4 at a cost independent of the number of other routes.

    The kernel dumps an IPv4 table in the order of destinations, so the defaults come first, and the dump is aborted at
    the first other destination. (A lookup would follow Multihome's own rules, and no filter covers destinations.) In
    IPv6 the defaults come last, after all more specific routes.
    """
    return tuple(one for family in families for one in _defaults(channel, family, names))


def _defaults(channel: Channel, family: Family, names: Names) -> list[DefaultRoute]:
    found: list[DefaultRoute] = []
    for message in channel.ask(Rtm.GETROUTE, NLM_F_DUMP, _of_table(family, MAIN_TABLE)):
        _, prefix_length, _, _, _, _, _, kind, _ = RTMSG.unpack_from(message.body)
        if family is Family.IPV4 and prefix_length and _first_address(message) != 0:
            break
        if not prefix_length and kind == RTN_UNICAST:
            one = route(message.body, names)
            found += (
                DefaultRoute(
                    interface=way.interface,
                    next_hop=way.gateway,
                    metric=one.metric,
                    source=one.source,
                    family=one.family,
                )
                for way in one.nexthops
            )
    channel.close()
    return found


def _first_address(message: Message) -> int:
    return u32(attributes(message.body, RTMSG.size).get(RTA_DST, b"\0\0\0\0"))


class Routes:
    """The operations of routes in Multihome's tables."""

    def __init__(self, channel: Channel, requests: Requests) -> None:
        self._channel = channel
        self._requests = requests

    async def observe(self, scope: Scope, names: Names) -> list[Route]:
        """See Operations.observe."""
        return observe_routes(self._channel, scope.families, scope.tables, names)

    async def put(self, what: str, one: Route) -> None:
        """`ip route replace`: the route replaces everything with its key. Raises KernelRejected."""
        fields = _fields(one)
        for tos in filter(None, _services(self._channel, one)):
            await self._requests.change(what, "route", "del", ALREADY_GONE, **_by_key(one), tos=tos)
        for _ in range(STRANGERS):
            # EEXIST: another program has added a route with this key before Multihome's; it has to be removed first.
            if not await self._requests.change(what, "route", "replace", ALREADY_THERE, **fields):
                return
            await self._requests.change(what, "route", "del", ALREADY_GONE, **_by_key(one))
        raise KernelRejected(f"{what}: another program keeps inserting a route before it")

    async def remove(self, what: str, one: Route) -> None:
        """`ip route del` of everything with the route's key, of every type."""
        for tos in _services(self._channel, one):
            await self._requests.change(what, "route", "del", ALREADY_GONE, **_by_key(one), tos=tos)


def _services(channel: Channel, one: Route) -> list[int]:
    """The TOS of each route with this key. Multihome never sets a TOS, but for the kernel it is part of the key."""
    names = Names()
    return [
        RTMSG.unpack_from(message.body)[3]
        for message in _dumped(channel, one.family, one.table)
        if route(message.body, names).key == one.key
    ]


def _by_key(one: Route) -> dict[str, Any]:
    fields: dict[str, Any] = {"family": one.family.af, "table": one.table, "scope": SCOPE_NOWHERE}
    if one.destination != one.family.everywhere:
        fields["dst"] = str(one.destination)
    if one.metric:
        fields["priority"] = one.metric
    return {**fields, "type": 0, "proto": 0}


def _fields(one: Route) -> dict[str, Any]:
    fields = {**_by_key(one), "type": TYPES[one.kind], "proto": ROUTE_PROTOCOL, "scope": SCOPE_UNIVERSE}
    if one.source is not None:
        fields["prefsrc"] = str(one.source)
    if one.kind is not RouteKind.UNICAST:
        return fields
    if len(one.nexthops) > 1:
        return {**fields, "multipath": [_way(way) | {"hops": way.weight - 1} for way in one.nexthops]}
    (only,) = one.nexthops
    if only.gateway is None:
        fields["scope"] = SCOPE_LINK
    return {**fields, **_way(only)}


def _way(nexthop: Nexthop) -> dict[str, Any]:
    fields: dict[str, Any] = {"oif": index_of(nexthop.interface)}
    if nexthop.gateway is not None:
        fields["gateway"] = str(nexthop.gateway)
    if nexthop.onlink:
        fields["flags"] = RTNH_F_ONLINK
    return fields
