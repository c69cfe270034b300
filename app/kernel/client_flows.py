"""The conntrack entries of one client, read by the kernel's filter on addresses; nothing is changed.

Layout: include/uapi/linux/netfilter/nfnetlink_conntrack.h. The filter is known since Linux 5.8; an older kernel lists
every flow, and what is not the client's is left out here.
"""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from ipaddress import ip_address
from typing import Final

from app.kernel.contract import ClientFlow
from app.kernel.netlink import NETLINK_NETFILTER, NLM_F_DUMP, U32, Channel, attribute, attributes
from app.model.family import IPAddress, family_of
from app.model.layout import MARK_MASK, MARK_SHIFT

_CT_GET: Final = 1 << 8 | 1
_TUPLE_ORIG, _TUPLE_REPLY, _MARK, _FILTER = 1, 2, 8, 25
_IP, _PROTO = 1, 2
_FILTER_ORIG, _FILTER_REPLY = 1, 2
_PROTO_NUMBER, _PROTO_TO = 1, 3
_BY_SOURCE: Final = 1
_NESTED: Final = 0x8000
# nfgenmsg: family, version, resource.
_HEAD_BYTES: Final = 4


def client_flows(client: IPAddress) -> list[ClientFlow]:
    """Flows that this client opened, and those that were opened to it from outside. Blocks; raises KernelUnavailable.

    Of the latter the server is who opened it, and the port the client's own.
    """
    with closing(Channel(NETLINK_NETFILTER)) as channel:
        return [*_opened_by(channel, client), *_opened_to(channel, client)]


def _opened_by(channel: Channel, client: IPAddress) -> Iterator[ClientFlow]:
    for found in _dump(channel, client, _TUPLE_ORIG, _FILTER_ORIG):
        source, destination, protocol, port = _read(found[_TUPLE_ORIG])
        if source == client.packed:
            yield _flow(found, protocol, destination, port)


def _opened_to(channel: Channel, client: IPAddress) -> Iterator[ClientFlow]:
    for found in _dump(channel, client, _TUPLE_REPLY, _FILTER_REPLY):
        answering, _, protocol, _ = _read(found[_TUPLE_REPLY])
        opener, _, _, port = _read(found[_TUPLE_ORIG])
        if answering == client.packed and opener != client.packed:
            yield _flow(found, protocol, opener, port)


def _dump(channel: Channel, client: IPAddress, which: int, flags: int) -> Iterator[dict[int, bytes]]:
    """The attributes of every entry whose tuple `which` has the client as its source."""
    family = family_of(client)
    source = attribute(1 if family.af == socket.AF_INET else 3, client.packed)
    tuples = attribute(which | _NESTED, attribute(_IP | _NESTED, source))
    only = attribute(_FILTER | _NESTED, attribute(flags, U32.pack(_BY_SOURCE)))
    body = bytes([family.af, 0, 0, 0]) + tuples + only
    for message in channel.ask(_CT_GET, NLM_F_DUMP, body):
        with suppress(KeyError, IndexError):
            yield attributes(message.body, _HEAD_BYTES)


def _read(tuples: bytes) -> tuple[bytes, bytes, int, int | None]:
    """Source, destination, protocol and destination port of one direction."""
    parts = attributes(tuples)
    addresses, protocol = attributes(parts[_IP]), attributes(parts[_PROTO])
    source, destination = (addresses[1], addresses[2]) if 1 in addresses else (addresses[3], addresses[4])
    port = protocol.get(_PROTO_TO)
    return source, destination, protocol[_PROTO_NUMBER][0], None if port is None else int.from_bytes(port, "big")


def _flow(found: dict[int, bytes], protocol: int, server: bytes, port: int | None) -> ClientFlow:
    marked = int.from_bytes(found.get(_MARK, b""), "big")
    return ClientFlow((marked & MARK_MASK) >> MARK_SHIFT, protocol, ip_address(server), port)
