"""Asks the kernel where it would send a packet: RTM_GETROUTE evaluates rules, tables and multipath hash.

Layout: include/uapi/linux/rtnetlink.h; inet_rtm_getroute() and inet6_rtm_getroute() in the kernel.
"""

import socket
from struct import Struct
from typing import Final

from app.kernel.contract import Routed, RouteQuery
from app.kernel.links import Names, index_of
from app.kernel.netlink import NLM_F_ACK, U32, Channel, Refused, attribute, attributes, u32
from app.kernel.routes import RTA_GATEWAY, RTA_OIF, RTMSG, RTN_UNICAST
from app.kernel.rtm import Rtm
from app.model.family import Family, family_of

RTA_DST, RTA_SRC, RTA_IIF, RTA_MARK, RTA_IP_PROTO, RTA_SPORT, RTA_DPORT = 1, 2, 3, 16, 27, 28, 29
BE16: Final = Struct(">H")
# The protocols that the kernel accepts here; for others it uses only the addresses (rtm_getroute_parse_ip_proto).
IMAGINED: Final = frozenset({socket.IPPROTO_TCP, socket.IPPROTO_UDP, *(family.icmp for family in Family)})


def routed(channel: Channel, question: RouteQuery) -> Routed | None:
    """Where the packet goes, or None if it goes nowhere (no route, a blackhole). Raises KernelUnavailable."""
    family = family_of(question.destination)
    body = RTMSG.pack(family.af, family.bits, family.bits, 0, 0, 0, 0, 0, 0) + b"".join(_fields(question))
    try:
        answers = list(channel.ask(Rtm.GETROUTE, NLM_F_ACK, body))
    except Refused:
        return None
    for answer in answers:
        kind = RTMSG.unpack_from(answer.body)[7]
        found = attributes(answer.body, RTMSG.size)
        if kind == RTN_UNICAST and RTA_OIF in found:
            gateway = family.address(found[RTA_GATEWAY]) if RTA_GATEWAY in found else None
            return Routed(Names()[u32(found[RTA_OIF])], gateway)
        return Routed(None, None)
    return None


def _fields(question: RouteQuery) -> list[bytes]:
    fields = [attribute(RTA_DST, question.destination.packed), attribute(RTA_SRC, question.source.packed)]
    if question.interface is not None:
        fields.append(attribute(RTA_IIF, U32.pack(index_of(question.interface))))
    if question.mark:
        fields.append(attribute(RTA_MARK, U32.pack(question.mark)))
    if question.protocol in IMAGINED:
        fields.append(attribute(RTA_IP_PROTO, bytes([question.protocol])))
        for kind, port in ((RTA_SPORT, question.source_port), (RTA_DPORT, question.destination_port)):
            if port is not None:
                fields.append(attribute(kind, BE16.pack(port)))
    return fields
