"""Packets as they reach the Internet host, each with its provider: the paper's tcpdump step."""

import select
import time
from collections import OrderedDict
from collections.abc import Iterator

from lab.namespaces import namespace
from lab.packets import ACK, SYN, Packet, open_tap, waiting_packets
from lab.topology import INTERNET, isp_of

_ECHO_REQUEST = 8
_MOST_KNOWN = 10_000


def arrivals(lab: str) -> Iterator[Packet]:
    """The packets that arrive at the Internet host from now on, without end."""
    with open_tap(namespace(lab, INTERNET), "eth0") as tap:
        while True:
            select.select([tap], [], [])
            yield from (packet for packet in waiting_packets(tap) if not packet.outgoing)


class FlowStarts:
    """Recognizes packets that start a flow, as opposed to those of a recently seen one."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def is_start(self, packet: Packet) -> bool:
        """Whether this packet starts a flow."""
        # A SYN starts a connection even if an earlier one had the same ports.
        starts = packet.tcp_flags is not None and packet.tcp_flags & (SYN | ACK) == SYN
        if packet.flow in self._known:
            self._known.move_to_end(packet.flow)
            return starts
        self._known[packet.flow] = None
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return True


def first_of_flows(packets: Iterator[Packet]) -> Iterator[Packet]:
    """Only the first packet of each flow."""
    flows = FlowStarts()
    return (packet for packet in packets if flows.is_start(packet))


def line(packet: Packet) -> str:
    """A packet as one line: time, provider, source and destination, content."""
    wall_s = time.time() - (time.monotonic_ns() - packet.at_ns) / 1e9
    clock = time.strftime("%H:%M:%S", time.localtime(wall_s)) + f"{wall_s % 1:.6f}"[1:]
    number = isp_of(packet.source)
    isp = f"ISP {number}" if number else "no ISP"
    source = f"{packet.source}{_port(packet.source_port)}"
    destination = f"{packet.destination}{_port(packet.destination_port)}"
    return f"{clock}  {isp:<6}  {source} > {destination}  {_what(packet)}"


def _port(number: int | None) -> str:
    return "" if number is None else f":{number}"


def _what(packet: Packet) -> str:
    name = packet.protocol_name
    if packet.icmp is not None:
        kind, _, identity, sequence = packet.icmp
        return f"{name} {'echo request' if kind == _ECHO_REQUEST else f'type {kind}'} {identity}/{sequence}"
    if packet.tcp_flags is not None:
        names = ((0x02, "SYN"), (0x10, "ACK"), (0x08, "PSH"), (0x01, "FIN"), (0x04, "RST"))
        return f"{name} {'+'.join(word for bit, word in names if packet.tcp_flags & bit)} length {packet.length}"
    return f"{name} length {packet.length}"
