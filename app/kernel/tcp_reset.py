"""Provokes silent TCP clients into a segment, so that nftables can reset their connections through a dead ISP.

A download waits for its server in silence, for hours if need be. A bare SYN/ACK that seems to come from that server,
with random numbers, makes the client's TCP answer with a challenge ACK (RFC 9293, section 3.10.7.4; RFC 5961), and
that ACK is reset by nftables. Of what was tried only this passes a stateful firewall on the client, too. It goes out by
an IPPROTO_RAW socket: a segment sent through the router's own TCP would leave a conntrack entry that hides the answer.
"""

import os
import socket
import time
from collections.abc import Callable, Container, Iterator
from struct import Struct
from typing import Final

from app.errors import KernelUnavailable
from app.kernel.conntrack import (
    DESTINATION,
    DESTINATION_PORT,
    PROTOCOL,
    SOURCE,
    SOURCE_PORT,
    TCP,
    TUPLE,
    Entry,
    delete,
    looks,
    outbound,
)
from app.kernel.contract import Released
from app.kernel.netlink import attributes
from app.plan.rule_matcher import FlowKey

CTA_PROTOINFO, CTA_PROTOINFO_TCP, CTA_PROTOINFO_TCP_STATE = 4, 1, 1
# ESTABLISHED, FIN_WAIT and CLOSE_WAIT: at least one side may still wait for the other.
WAITING_STATES: Final = frozenset({3, 4, 5})

# version and length, TOS, total length, id, fragment, TTL, protocol, checksum (the kernel's to fill in), two addresses
IP_HEADER: Final = Struct(">BBHHHBBH4s4s")
# two ports, sequence, acknowledgement, data offset and flags, window, checksum, urgent
TCP_HEADER: Final = Struct(">2s2s4s4sHHHH")
PSEUDO_HEADER: Final = Struct(">4s4sBBH")
WORDS: Final = Struct(">16H")
SYN_ACK: Final = 5 << 12 | 0x12
TTL: Final = 64
SEGMENT_BYTES: Final = 40
# 32 segments take a millisecond; a pause as long leaves half of a core, and the network, to others.
BURST, PAUSE_S = 32, 0.001


def tell(number: int, own: Container[bytes]) -> int:
    """Make the clients of this gateway's established outbound TCP flows speak; how many were spoken to.

    `own` are the router's own addresses, whose flows no client has. Blocks, so it belongs in a thread. Needs
    CAP_NET_RAW. Raises ValueError for a number that no gateway can have.
    """
    told = 0
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW) as speaker:
            for count, entry in enumerate(_waiting(number, own), start=1):
                told += _speak(speaker, entry)
                if count % BURST == 0:
                    time.sleep(PAUSE_S)
    except PermissionError as error:
        raise KernelUnavailable("resetting TCP connections: a raw socket needs CAP_NET_RAW") from error
    return told


def release(number: int, own: Container[bytes], stays: Callable[[FlowKey], bool]) -> Released:
    """Delete the LAN's outbound flows of this gateway but for those that `stays`, and make waiting clients speak.

    The flow goes first: what its client answers begins a new one, by the way that new flows go. Blocks, needs and
    raises what `tell` does.
    """
    flows = told = 0
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW) as speaker:
            for batch in outbound(number):
                leaving = [one for one in batch if one[SOURCE : SOURCE + 4] not in own and not stays(looks(one))]
                flows += delete(leaving)
                for count, entry in enumerate(filter(_is_waiting, leaving), start=1):
                    told += _speak(speaker, entry)
                    if count % BURST == 0:
                        time.sleep(PAUSE_S)
    except PermissionError as error:
        raise KernelUnavailable("resetting TCP connections: a raw socket needs CAP_NET_RAW") from error
    return Released(flows, told)


def _is_waiting(entry: Entry) -> bool:
    return entry[PROTOCOL] == TCP and _state(entry) in WAITING_STATES


def _waiting(number: int, own: Container[bytes]) -> Iterator[Entry]:
    for batch in outbound(number):
        for entry in batch:
            if _is_waiting(entry) and entry[SOURCE : SOURCE + 4] not in own:
                yield entry


def _state(entry: Entry) -> int:
    of_tcp = attributes(attributes(entry, TUPLE).get(CTA_PROTOINFO, b"")).get(CTA_PROTOINFO_TCP, b"")
    return attributes(of_tcp).get(CTA_PROTOINFO_TCP_STATE, b"\0")[0]


def _speak(speaker: socket.socket, entry: Entry) -> int:
    client = entry[SOURCE : SOURCE + 4]
    try:
        speaker.sendto(syn_ack(entry), (socket.inet_ntoa(client), 0))
    except OSError:  # this client cannot be reached, or a firewall forbids it; the others can
        return 0
    return 1


def syn_ack(entry: Entry) -> bytes:
    """The packet that seems to come from this flow's server."""
    client, server = entry[SOURCE : SOURCE + 4], entry[DESTINATION : DESTINATION + 4]
    ports = entry[DESTINATION_PORT : DESTINATION_PORT + 2], entry[SOURCE_PORT : SOURCE_PORT + 2]
    numbers = os.urandom(8)
    fields = (*ports, numbers[:4], numbers[4:], SYN_ACK, 0)
    pseudo = PSEUDO_HEADER.pack(server, client, 0, TCP, TCP_HEADER.size)
    checksum = _checksum(pseudo + TCP_HEADER.pack(*fields, 0, 0))
    ip = IP_HEADER.pack(0x45, 0, SEGMENT_BYTES, 0, 0, TTL, TCP, 0, server, client)
    return ip + TCP_HEADER.pack(*fields, checksum, 0)


def _checksum(covered: bytes) -> int:
    """The Internet checksum (RFC 1071) of a pseudo header and a segment without payload: 32 bytes."""
    total: int = sum(WORDS.unpack(covered))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
