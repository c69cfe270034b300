"""Provokes silent TCP clients into sending a segment, so that nftables can reset their connections through a dead ISP.

A download waits silently for its server, for hours if necessary. A bare SYN/ACK with random numbers, as if from that
server, makes the client's TCP reply with a challenge ACK (RFC 9293, section 3.10.7.4; RFC 5961), and nftables resets
that ACK. Of all methods tried, only this one also passes a stateful firewall on the client. The SYN/ACK is sent through
an IPPROTO_RAW socket: a segment from the router's own TCP would create a conntrack entry that hides the reply.
"""

import os
import socket
import time
from collections.abc import Callable, Container, Iterator
from struct import Struct, unpack
from typing import Final

from app.errors import KernelUnavailable
from app.kernel.conntrack import (
    TCP,
    TUPLE,
    Entry,
    delete,
    layout,
    looks,
    outbound,
)
from app.kernel.contract import Released
from app.kernel.netlink import attributes
from app.model.family import Family
from app.model.leg import LegId
from app.plan.rule_matcher import FlowKey

CTA_PROTOINFO, CTA_PROTOINFO_TCP, CTA_PROTOINFO_TCP_STATE = 4, 1, 1
# ESTABLISHED, FIN_WAIT and CLOSE_WAIT: at least one side may still wait for the other.
WAITING_STATES: Final = frozenset({3, 4, 5})

# version and length, TOS, total length, id, fragment, TTL, protocol, checksum (filled in by the kernel), two addresses
IPV4_HEADER: Final = Struct(">BBHHHBBH4s4s")
# version, class and label, payload length, next header, hop limit, two addresses
IPV6_HEADER: Final = Struct(">IHBB16s16s")
# two ports, sequence, acknowledgement, data offset and flags, window, checksum, urgent
TCP_HEADER: Final = Struct(">2s2s4s4sHHHH")
# The part of a pseudo header besides the addresses: the order of its words does not matter, so both families share it.
PSEUDO_HEADER: Final = Struct(">HH")
SYN_ACK: Final = 5 << 12 | 0x12
TTL: Final = 64
# 32 segments take a millisecond; an equal pause leaves half of a core and the network to other work.
BURST, PAUSE_S = 32, 0.001


def tell(leg: LegId, own: Container[bytes]) -> int:
    """Provoke the clients of this leg's established outbound TCP flows into sending; returns their number.

    `own`: the router's own addresses, whose flows have no client. Blocks, so it belongs in a thread. Needs
    CAP_NET_RAW. Raises ValueError for a number that no gateway can have.
    """
    told = 0
    try:
        with _speaker(leg.family) as speaker:
            for count, entry in enumerate(_waiting(leg, own), start=1):
                told += _speak(speaker, leg.family, entry)
                if count % BURST == 0:
                    time.sleep(PAUSE_S)
    except PermissionError as error:
        raise KernelUnavailable("resetting TCP connections: a raw socket needs CAP_NET_RAW") from error
    return told


def release(leg: LegId, own: Container[bytes], stays: Callable[[FlowKey], bool]) -> Released:
    """Delete the LAN's outbound flows of this leg, except those that `stays` accepts, and provoke waiting clients.

    The flow is deleted first: the client's reply begins a new one, on the path of new flows. Blocks, needs and raises
    the same as `tell`.
    """
    flows = told = 0
    try:
        with _speaker(leg.family) as speaker:
            for batch in outbound(leg):
                leaving = [one for one in batch if one[layout(one).source] not in own and not stays(looks(one))]
                flows += delete(leaving)
                for count, entry in enumerate(filter(_is_waiting, leaving), start=1):
                    told += _speak(speaker, leg.family, entry)
                    if count % BURST == 0:
                        time.sleep(PAUSE_S)
    except PermissionError as error:
        raise KernelUnavailable("resetting TCP connections: a raw socket needs CAP_NET_RAW") from error
    return Released(flows, told)


def _speaker(family: Family) -> socket.socket:
    """A socket that sends complete packets. Raises PermissionError without CAP_NET_RAW."""
    return socket.socket(family.af, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW)


def _is_waiting(entry: Entry) -> bool:
    return entry[layout(entry).protocol] == TCP and _state(entry) in WAITING_STATES


def _waiting(leg: LegId, own: Container[bytes]) -> Iterator[Entry]:
    for batch in outbound(leg):
        for entry in batch:
            if _is_waiting(entry) and entry[layout(entry).source] not in own:
                yield entry


def _state(entry: Entry) -> int:
    of_tcp = attributes(attributes(entry, TUPLE).get(CTA_PROTOINFO, b"")).get(CTA_PROTOINFO_TCP, b"")
    return attributes(of_tcp).get(CTA_PROTOINFO_TCP_STATE, b"\0")[0]


def _speak(speaker: socket.socket, family: Family, entry: Entry) -> int:
    client = str(family.address(entry[layout(entry).source]))
    try:
        speaker.sendto(syn_ack(family, entry), (client, 0))
    except OSError:  # this client cannot be reached, or a firewall blocks it; the others can
        return 0
    return 1


def syn_ack(family: Family, entry: Entry) -> bytes:
    """A SYN/ACK as if from this flow's server."""
    at = layout(entry)
    client, server = entry[at.source], entry[at.destination]
    ports = entry[at.destination_port], entry[at.source_port]
    numbers = os.urandom(8)
    fields = (*ports, numbers[:4], numbers[4:], SYN_ACK, 0)
    pseudo = server + client + PSEUDO_HEADER.pack(TCP, TCP_HEADER.size)
    segment = TCP_HEADER.pack(*fields, _checksum(pseudo + TCP_HEADER.pack(*fields, 0, 0)), 0)
    if family is Family.IPV6:
        return IPV6_HEADER.pack(6 << 28, len(segment), TCP, TTL, server, client) + segment
    length = IPV4_HEADER.size + len(segment)
    return IPV4_HEADER.pack(0x45, 0, length, 0, 0, TTL, TCP, 0, server, client) + segment


def _checksum(covered: bytes) -> int:
    """The Internet checksum (RFC 1071) of a pseudo header and a segment, an even number of bytes."""
    total: int = sum(unpack(f">{len(covered) // 2}H", covered))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
