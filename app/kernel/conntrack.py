"""Lists and deletes a leg's outbound flows in conntrack, with the kernel's filter on mark and protocol.

UDP and ICMP are deleted first and (since Linux 6.12) in bulk, because they may be calls: a pass over the hash table
(262,144 buckets) takes 0.2 ms, and 2 µs for each deleted flow. The rest is read and deleted one by one, because only
that spares established TCP: a reading pass over the same table takes 10 ms. All of this blocks, so it belongs in a
thread.

Layout: include/uapi/linux/netfilter/nfnetlink_conntrack.h, and ctnetlink_fill_info() in the kernel for the order.
"""

import errno
import os
import socket
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Final

from app.errors import KernelUnavailable
from app.kernel.contract import Protocols
from app.kernel.flow_counts import flow_counts
from app.kernel.netlink import (
    HEADER,
    NETLINK_NETFILTER,
    NLM_F_DUMP,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
    U32,
    Channel,
    attribute,
    attributes,
    check,
    messages,
)
from app.model.family import Family
from app.model.layout import FIRST_NUMBER, INBOUND_BIT, LAST_NUMBER, MARK_MASK, mark
from app.model.leg import LegId
from app.plan.rule_matcher import WITH_PORTS, FlowKey

NFNL_SUBSYS_CTNETLINK: Final = 1
CT_GET, CT_DELETE = NFNL_SUBSYS_CTNETLINK << 8 | 1, NFNL_SUBSYS_CTNETLINK << 8 | 2
CTA_TUPLE_ORIG, CTA_STATUS, CTA_MARK, CTA_MARK_MASK, CTA_FILTER = 1, 3, 8, 21, 25
CTA_TUPLE_PROTO, CTA_PROTO_NUM, CTA_FILTER_ORIG_FLAGS = 2, 1, 1
NLA_F_NESTED: Final = 0x8000
# CTA_FILTER_FLAG(CTA_PROTO_NUM): of the tuple, only the protocol counts (nf_conntrack_netlink.c).
BY_PROTOCOL: Final = 1 << 3
IPS_SEEN_REPLY: Final = 0x2
TCP: Final = 6
# Errors of kernels without CTA_FILTER in deletions: missing addresses, or an unknown attribute.
NOT_UNDERSTOOD: Final = {errno.EINVAL, errno.EOPNOTSUPP}
ENTRIES: Final = Path("/proc/sys/net/netfilter/nf_conntrack_count")
# If flows begin and end faster than they are counted, the count misses those of 0.1 ms.
STEADY_ATTEMPTS: Final = 10

# Besides the bits of the number, the bit "came in from outside" must be clear.
OUTBOUND: Final = MARK_MASK | INBOUND_BIT
# The offsets of the family and of the original tuple in an entry.
FAMILY, TUPLE = 16, 20
# The length and the type at the start of every message.
START: Final = Struct("=IH")
BE32: Final = Struct(">I")
LENGTH: Final = Struct("=H")
NFGENMSG: Final = Struct("=BBH")

Entry = bytes


@dataclass(frozen=True, slots=True)
class Layout:
    """The offsets of the parts of a tuple in an entry of a family, which depend on the length of an address.

    `head`: the first bytes of a request about flows of this family. From the second byte (the version) the kernel
    decides whether the family counts when it deletes by a filter.
    """

    head: bytes
    source: slice
    destination: slice
    protocol: int
    source_port: slice
    destination_port: slice


def _layout(family: Family) -> Layout:
    width = family.bits // 8
    source, destination = 32, 36 + width
    protocol = destination + width + 8
    source_port, destination_port = protocol + 8, protocol + 16
    return Layout(
        head=NFGENMSG.pack(family.af, 1, 0),
        source=slice(source, source + width),
        destination=slice(destination, destination + width),
        protocol=protocol,
        source_port=slice(source_port, source_port + 2),
        destination_port=slice(destination_port, destination_port + 2),
    )


_LAYOUTS: Final = {family.af: _layout(family) for family in Family}


def layout(entry: Entry) -> Layout:
    """The offsets of the parts of its tuple."""
    return _LAYOUTS[entry[FAMILY]]


class Sweeper:
    """Deletes a leg's outbound UDP and ICMP flows in bulk, if the kernel can do that (since Linux 6.12).

    An older kernel treats a tuple with nothing but a protocol as an invalid flow. It is tried only once; `forget`
    deletes the same flows one by one.
    """

    def __init__(self, opened: Callable[[int], Channel] = Channel) -> None:
        """`opened` returns a channel for a netlink protocol."""
        self._opened = opened
        self._is_possible = True

    def sweep(self, leg: LegId, counted: Collection[int] | None = None) -> int:
        """Delete these flows of a leg; returns their number, which the kernel does not report itself.

        0 if the kernel cannot do it. `counted`: the gateways with a counter of new flows, if known (see flow_counts).

        Raises ValueError for an impossible number: without a mark all flows would be deleted.
        """
        _require_number(leg)
        if not self._is_possible:
            return 0
        with closing(self._opened(NETLINK_NETFILTER)) as channel:
            before = _stock(channel, counted)
            for protocol in (socket.IPPROTO_UDP, leg.family.icmp):
                self._is_possible = self._is_possible and _sweep(channel, leg, protocol)
            return max(0, before - _stock(channel, counted)) if self._is_possible else 0


def forget(leg: LegId, protocols: Protocols) -> int:
    """Delete this leg's movable outbound flows, or all of its flows, one by one; returns the exact number of deletions.

    Raises ValueError as Sweeper does.
    """
    _require_number(leg)
    flows = _flows(leg, MARK_MASK) if protocols is Protocols.ALL else outbound(leg)
    doomed = _any if protocols is Protocols.ALL else is_movable
    with closing(Channel(NETLINK_NETFILTER)) as deleter:
        return sum(_delete(deleter, filter(doomed, batch)) for batch in flows)


def _sweep(deleter: Channel, leg: LegId, protocol: int) -> bool:
    """Delete this leg's outbound flows of one protocol in one system call; returns whether this kernel can do that."""
    inner = attribute(CTA_TUPLE_PROTO | NLA_F_NESTED, attribute(CTA_PROTO_NUM, bytes([protocol])))
    tuples = attribute(CTA_TUPLE_ORIG | NLA_F_NESTED, inner)
    only = attribute(CTA_FILTER | NLA_F_NESTED, attribute(CTA_FILTER_ORIG_FLAGS, U32.pack(BY_PROTOCOL)))
    body = _LAYOUTS[leg.family.af].head + tuples + _marked(leg.number, OUTBOUND) + only
    refusals = deleter.post([HEADER.pack(HEADER.size + len(body), CT_DELETE, NLM_F_REQUEST, 0, 0) + body])
    if refusals and refusals[0] not in NOT_UNDERSTOOD:
        raise KernelUnavailable(f"conntrack: deleting flows: {os.strerror(refusals[0])}")
    return not refusals


def _stock(channel: Channel, counted: Collection[int] | None) -> int:
    """The number of flows minus all that ever began. A difference of two such values is the number of deletions.

    A deleted flow in use begins again with its next packet, so the size of the table says nothing by itself. Entries
    are counted before and after reading the flows that began, until both counts agree: then both numbers are of one
    moment. Counting the flows themselves would cost a reading pass over the table, 10 ms during a failover.
    """
    entries = _entries()
    for _ in range(STEADY_ATTEMPTS):
        begun = sum(flow_counts(channel, counted).values())
        earlier, entries = entries, _entries()
        if entries == earlier:
            break
    return entries - begun


def _entries() -> int:
    try:
        return int(ENTRIES.read_text())
    except OSError:  # conntrack was never used on this machine
        return 0


def _marked(number: int, mask: int) -> bytes:
    """Match flows by this gateway's number, under `mask`."""
    return attribute(CTA_MARK, BE32.pack(mark(number))) + attribute(CTA_MARK_MASK, BE32.pack(mask))


def _require_number(leg: LegId) -> None:
    if not FIRST_NUMBER <= leg.number <= LAST_NUMBER:
        raise ValueError(f"{leg.number} is not the number of a gateway")


def _delete(deleter: Channel, entries: Iterable[Entry]) -> int:
    """Delete these flows in one system call; returns how many still existed."""
    requests = [_deletion(one) for one in entries]
    refusals = deleter.post(requests) if requests else []
    for number in refusals:
        if number != errno.ENOENT:
            raise KernelUnavailable(f"conntrack: deleting flows: {os.strerror(number)}")
    return len(requests) - len(refusals)


def delete(entries: Iterable[Entry]) -> int:
    """Delete these flows; returns how many still existed."""
    with closing(Channel(NETLINK_NETFILTER)) as deleter:
        return _delete(deleter, entries)


def looks(entry: Entry) -> FlowKey:
    """The fields of this flow's first packet for traffic rules, as far as its entry has them."""
    at = layout(entry)
    protocol = entry[at.protocol]
    ports = protocol in WITH_PORTS
    return FlowKey(
        interface=None,
        mac=None,
        dscp=None,
        source=int.from_bytes(entry[at.source], "big"),
        destination=int.from_bytes(entry[at.destination], "big"),
        protocol=protocol,
        source_port=int.from_bytes(entry[at.source_port], "big") if ports else None,
        destination_port=int.from_bytes(entry[at.destination_port], "big") if ports else None,
    )


def _deletion(entry: Entry) -> bytes:
    """The request that deletes this flow, with the original bytes of its tuple."""
    (length,) = LENGTH.unpack_from(entry, TUPLE)
    return _deletion_head(entry[FAMILY], length) + entry[TUPLE : TUPLE + length]


@cache
def _deletion_head(af: int, tuple_bytes: int) -> bytes:
    head = _LAYOUTS[af].head
    return HEADER.pack(HEADER.size + len(head) + tuple_bytes, CT_DELETE, NLM_F_REQUEST, 0, 0) + head


def is_movable(entry: Entry) -> bool:
    """Whether this flow continues through another gateway with its next packet: all flows except TCP that has had a
    reply.
    """
    return entry[layout(entry).protocol] != TCP or not status(entry) & IPS_SEEN_REPLY


def _any(_: Entry) -> bool:
    return True


def status(entry: Entry) -> int:
    """The flow's IPS_* bits."""
    return int.from_bytes(attributes(entry, TUPLE)[CTA_STATUS], "big")


def outbound(leg: LegId) -> Iterator[list[Entry]]:
    """This leg's outbound flows, selected by the kernel, in batches of one read."""
    return _flows(leg, OUTBOUND)


def _flows(leg: LegId, mask: int) -> Iterator[list[Entry]]:
    _require_number(leg)
    question = _LAYOUTS[leg.family.af].head + _marked(leg.number, mask)
    with closing(Channel(NETLINK_NETFILTER)) as channel:
        channel.begin(CT_GET, NLM_F_DUMP, question)
        ended = False
        while not ended:
            batch, ended = _cut(channel.receive())
            if batch:
                _insist(batch[0], mark(leg.number), mask)
                yield batch


def _cut(datagram: bytes) -> tuple[list[Entry], bool]:
    """Split the result of one read into entries without decoding them; also returns whether it was the last."""
    entries: list[Entry] = []
    start, end = 0, len(datagram)
    while start < end:
        length, kind = START.unpack_from(datagram, start)
        if kind in {NLMSG_ERROR, NLMSG_DONE}:
            check(next(messages(datagram[start:])))
            return entries, True
        entries.append(datagram[start : start + length])
        start += (length + 3) & ~3
    return entries, False


def _insist(entry: Entry, wanted: int, mask: int) -> None:
    """Raise an error if the kernel does not filter: flows of all gateways would be deleted."""
    found = int.from_bytes(attributes(entry, TUPLE).get(CTA_MARK, b""), "big")
    if found & mask != wanted:
        raise KernelUnavailable("conntrack: this kernel cannot filter flows by mark; no flow was changed")
