"""Conntrack entries for tests, put into the kernel as a packet's journey would have left them."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from struct import pack

from app.kernel.netlink import NETLINK_NETFILTER, NLM_F_ACK, Channel, attribute
from app.model.family import Family, IPAddress, family_of

CT_NEW = 1 << 8
NLM_F_CREATE = 0x400
NESTED = 0x8000
SEEN_REPLY, ASSURED, CONFIRMED = 2, 4, 8
ESTABLISHED, SYN_SENT = 3, 1
TCP, UDP, ICMP, GRE, SCTP, ESP, ICMPV6 = 6, 17, 1, 47, 132, 50, 58
SERVERS: dict[Family, IPAddress] = {Family.IPV4: IPv4Address("203.0.113.5"), Family.IPV6: IPv6Address("2001:db8:f::5")}


class Flows:
    """Makes conntrack entries in the namespace of the calling thread."""

    def __init__(self) -> None:
        self._channel = Channel(NETLINK_NETFILTER)

    def close(self) -> None:
        self._channel.close()

    def make(
        self, protocol: int, ports: range, mark: int, *, client: str = "192.168.7.9", replied: bool = True
    ) -> None:
        """One flow for each port, from `client` to port 80 of SERVERS."""
        near = ip_address(client)
        family, server = family_of(near), SERVERS[family_of(near)].packed
        status = CONFIRMED | (SEEN_REPLY | ASSURED if replied else 0)
        for port in ports:
            body = b"".join(
                (
                    pack("=BBH", family.af, 0, 0),
                    attribute(1 | NESTED, _tuple(protocol, near.packed, server, port, 80)),
                    attribute(2 | NESTED, _tuple(protocol, server, near.packed, 80, port)),
                    attribute(3, pack(">I", status)),
                    attribute(7, pack(">I", 600)),
                    attribute(8, pack(">I", mark)),
                    _protocol_state(protocol, replied=replied),
                )
            )
            list(self._channel.ask(CT_NEW, NLM_F_ACK | NLM_F_CREATE, body))


def _tuple(protocol: int, source: bytes, destination: bytes, source_port: int, destination_port: int) -> bytes:
    first = 1 if len(source) == 4 else 3
    ip = attribute(first, source) + attribute(first + 1, destination)
    here = attribute(1, bytes([protocol]))
    if protocol in {TCP, UDP, SCTP, GRE}:
        here += attribute(2, pack(">H", source_port)) + attribute(3, pack(">H", destination_port))
    elif protocol == ICMP:
        forth = source_port != 80
        number = source_port if forth else destination_port
        here += attribute(4, pack(">H", number)) + attribute(5, b"\x08" if forth else b"\0") + attribute(6, b"\0")
    elif protocol == ICMPV6:
        forth = source_port != 80
        number = source_port if forth else destination_port
        here += attribute(7, pack(">H", number)) + attribute(8, b"\x80" if forth else b"\x81") + attribute(9, b"\0")
    return attribute(1 | NESTED, ip) + attribute(2 | NESTED, here)


def _protocol_state(protocol: int, *, replied: bool) -> bytes:
    if protocol == TCP:
        state = attribute(1, bytes([ESTABLISHED if replied else SYN_SENT]))
        return attribute(4 | NESTED, attribute(1 | NESTED, state))
    if protocol == SCTP:
        state = attribute(1, b"\x03") + attribute(2, pack(">I", 1)) + attribute(3, pack(">I", 2))
        return attribute(4 | NESTED, attribute(3 | NESTED, state))
    return b""
