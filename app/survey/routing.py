"""Rules and routes of others, as rtnetlink tells them to anybody."""

import socket
from collections.abc import Collection, Iterator
from typing import Final

from app.diagnosis.machine import PolicyRule
from app.errors import KernelUnavailable
from app.kernel.links import Names
from app.kernel.netlink import U32, Channel, Refused, attribute, attributes, u32
from app.kernel.routes import RTA_OIF, RTA_TABLE, RTMSG, observe_routes
from app.kernel.rtm import Rtm
from app.kernel.rules import FRA_FWMARK, FRA_FWMASK, FRA_PRIORITY, FRA_PROTOCOL, FRA_SUPPRESS_PREFIXLEN, FRA_TABLE
from app.kernel.rules import NOTHING as SUPPRESSES_NOTHING
from app.model.family import Family
from app.model.layout import MAIN_TABLE, RULE_PROTOCOL

RTA_MULTIPATH: Final = 9
FR_ACT_TO_TBL: Final = 1
# What a rule that looks at nothing of a packet may have besides.
_NO_SELECTOR: Final = frozenset({FRA_PRIORITY, FRA_TABLE, FRA_PROTOCOL, FRA_SUPPRESS_PREFIXLEN, 13})


def strangers_rules(channel: Channel) -> tuple[PolicyRule, ...]:
    """Every IPv4 rule that is not ours. Raises KernelUnavailable, also where the kernel knows no rules."""
    found = channel.dump(Rtm.GETRULE, RTMSG.pack(socket.AF_INET, 0, 0, 0, 0, 0, 0, 0, 0))
    if not found:
        raise KernelUnavailable("policy rules are not supported")
    return tuple(one for message in found if (one := _rule(message.body)) is not None)


def _rule(body: bytes) -> PolicyRule | None:
    found = attributes(body, RTMSG.size)
    if found.get(FRA_PROTOCOL) == bytes([RULE_PROTOCOL]):
        return None
    _, to_length, from_length, tos, short_table, _, _, action, _ = RTMSG.unpack_from(body)
    suppressed = u32(found[FRA_SUPPRESS_PREFIXLEN]) if FRA_SUPPRESS_PREFIXLEN in found else SUPPRESSES_NOTHING
    bare = not (to_length or from_length or tos) and action == FR_ACT_TO_TBL
    return PolicyRule(
        priority=u32(found[FRA_PRIORITY]) if FRA_PRIORITY in found else 0,
        table=u32(found[FRA_TABLE]) if FRA_TABLE in found else short_table,
        mark=u32(found[FRA_FWMARK]) if FRA_FWMARK in found else None,
        mask=u32(found[FRA_FWMASK]) if FRA_FWMASK in found else None,
        plain=bare and found.keys() <= _NO_SELECTOR,
        only_specific=suppressed != SUPPRESSES_NOTHING,
    )


def filled(channel: Channel, families: Collection[Family], tables: Collection[int]) -> frozenset[int]:
    """Those of these tables that hold any route of these families."""
    names = Names()
    return frozenset(table for table in tables if observe_routes(channel, families, [table], names))


def ipv6_defaults(channel: Channel) -> tuple[str, ...]:
    """The interfaces by which IPv6 has a default route in `main`; none where there is no IPv6."""
    wanted = RTMSG.pack(socket.AF_INET6, 0, 0, 0, 0, 0, 0, 0, 0) + attribute(RTA_TABLE, U32.pack(MAIN_TABLE))
    try:
        found = channel.dump(Rtm.GETROUTE, wanted)
    except Refused:
        return ()
    names = Names()
    return tuple(dict.fromkeys(name for message in found for name in _ways(message.body, names)))


def _ways(body: bytes, names: Names) -> Iterator[str]:
    _, prefix_length, _, _, _, _, _, kind, _ = RTMSG.unpack_from(body)
    found = attributes(body, RTMSG.size)
    if prefix_length == 0 and kind == 1:
        if RTA_OIF in found:
            yield names[u32(found[RTA_OIF])]
        elif RTA_MULTIPATH in found:
            yield "several interfaces"
