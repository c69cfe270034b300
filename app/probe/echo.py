"""ICMP echo on the wire (RFC 792): requests, replies, and the errors of routers that quote a request."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

NONCE_BYTES = 8
ECHO_REPLY, UNREACHABLE, ECHO_REQUEST, TIME_EXCEEDED = 0, 3, 8, 11

_HEADER = struct.Struct("!BBHHH")
_IP_HEADER_BYTES = 20
# RFC 792 and RFC 1812, section 5.2.7.1, worded as in ping(8).
_UNREACHABLE = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    9: "network prohibited",
    10: "host prohibited",
    13: "filtered",
}


@dataclass(frozen=True, slots=True)
class EchoReply:
    """A reply to an echo request, with the fields of the packet."""

    sender: str
    sequence: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class RouterError:
    """A router's error: the request `sequence` to `target` could not be delivered."""

    sender: str
    target: str
    sequence: int
    text: str


def request(identifier: int, sequence: int, nonce: bytes) -> bytes:
    """An echo request with its checksum; `nonce` is its complete payload."""
    body = _HEADER.pack(ECHO_REQUEST, 0, 0, identifier, sequence) + nonce
    return _HEADER.pack(ECHO_REQUEST, 0, _checksum(body), identifier, sequence) + nonce


def parse(packet: bytes, identifier: int) -> EchoReply | RouterError | None:
    """Decode an IPv4 packet with ICMP; None if it is not about a request with `identifier`.

    The kernel has verified the outer header and the checksum (net/ipv4/icmp.c, icmp_rcv).
    """
    start = _header_bytes(packet, 0)
    if start is None or len(packet) < start + _HEADER.size:
        return None
    kind, code, _, found, sequence = _HEADER.unpack_from(packet, start)
    sender = str(IPv4Address(packet[12:16]))
    if kind == ECHO_REPLY:
        nonce = packet[start + _HEADER.size :]
        return EchoReply(sender, sequence, nonce) if found == identifier else None
    if kind not in {UNREACHABLE, TIME_EXCEEDED}:
        return None
    quoted = start + _HEADER.size
    inner = _header_bytes(packet, quoted)
    if inner is None or len(packet) < inner + _HEADER.size:
        return None
    asked, _, _, found, sequence = _HEADER.unpack_from(packet, inner)
    if asked != ECHO_REQUEST or found != identifier:
        return None
    what = "too many hops" if kind == TIME_EXCEEDED else _UNREACHABLE.get(code, f"unreachable, code {code}")
    return RouterError(sender, str(IPv4Address(packet[quoted + 16 : quoted + 20])), sequence, what)


def _header_bytes(packet: bytes, offset: int) -> int | None:
    """The offset of the payload after the IPv4 header at `offset`, or None unless that is a complete header with
    ICMP.
    """
    if len(packet) < offset + _IP_HEADER_BYTES or packet[offset] >> 4 != 4 or packet[offset + 9] != 1:
        return None
    length = (packet[offset] & 0x0F) * 4
    return offset + length if length >= _IP_HEADER_BYTES else None


def _checksum(body: bytes) -> int:
    """The Internet checksum (RFC 1071) of a body with an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(body) // 2}H", body))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
