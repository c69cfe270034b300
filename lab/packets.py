"""Packets on a machine's interface: capturing and parsing them.

Only IPv4 is parsed; everything else (ARP, IPv6) is ignored.
"""

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from types import TracebackType
from typing import Final, Self

from lab import namespaces
from lab.clocks import monotonic_less_wall_ns

_ETH_P_ALL: Final = 0x0003  # linux/if_ether.h; only this protocol gets outgoing packets too
_SO_TIMESTAMPNS: Final = 35  # asm-generic/socket.h; absent from the socket module
_SO_RCVBUFFORCE: Final = 33
_TIMESPEC: Final = struct.Struct("qq")
_BUFFER_BYTES: Final = 64 << 20
_SNAP_BYTES: Final = 2048
_FRAGMENT_OFFSET: Final = 0x1FFF

SYN: Final = 0x02
RST: Final = 0x04
ACK: Final = 0x10


@dataclass(frozen=True, slots=True)
class Packet:
    """One IPv4 packet. `at_ns`: its kernel timestamp on the monotonic clock. Ports and ICMP fields are None if the
    packet has none. `icmp`: (type, code, id, sequence).
    """

    at_ns: int
    outgoing: bool
    source: IPv4Address
    destination: IPv4Address
    protocol: int
    length: int
    source_port: int | None = None
    destination_port: int | None = None
    tcp_flags: int | None = None
    icmp: tuple[int, int, int, int] | None = None

    @property
    def protocol_name(self) -> str:
        """`tcp`, `udp`, `icmp`, or the protocol's number."""
        names = {socket.IPPROTO_TCP: "tcp", socket.IPPROTO_UDP: "udp", socket.IPPROTO_ICMP: "icmp"}
        return names.get(self.protocol, str(self.protocol))

    @property
    def flow(self) -> tuple[object, ...]:
        """The fields that all packets of one flow in one direction share."""
        echo_id = self.icmp[2] if self.icmp else None
        return (self.protocol, self.source, self.source_port, self.destination, self.destination_port, echo_id)


def parse(content: bytes, at_ns: int, *, outgoing: bool) -> Packet | None:
    """The packet whose IP header starts `content`; None if it is truncated."""
    if len(content) < 20 or content[0] >> 4 != 4:
        return None
    start = (content[0] & 0xF) * 4
    length, fragment, protocol = struct.unpack_from("!2xH2xHxB", content)
    packet = Packet(at_ns, outgoing, IPv4Address(content[12:16]), IPv4Address(content[16:20]), protocol, length)
    if fragment & _FRAGMENT_OFFSET or len(content) < start + 8:
        return packet
    return _with_upper_layer(packet, content, start)


def _with_upper_layer(packet: Packet, content: bytes, start: int) -> Packet:
    if packet.protocol == socket.IPPROTO_ICMP:
        kind, code, identity, sequence = struct.unpack_from("!BB2xHH", content, start)
        return replace(packet, icmp=(kind, code, identity, sequence))
    if packet.protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
        source_port, destination_port = struct.unpack_from("!HH", content, start)
        has_flags = packet.protocol == socket.IPPROTO_TCP and len(content) > start + 13
        flags = content[start + 13] if has_flags else None
        return replace(packet, source_port=source_port, destination_port=destination_port, tcp_flags=flags)
    return packet


def open_tap(namespace: str, interface: str) -> socket.socket:
    """A socket that captures every packet in and out of `interface` from now on."""
    # Protocol 0 receives nothing until the socket is bound to the interface.
    tap = namespaces.socket_inside(namespace, socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    tap.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    tap.setblocking(False)
    tap.bind((interface, _ETH_P_ALL))
    return tap


def waiting_packets(tap: socket.socket) -> Iterator[Packet]:
    """The unread packets of `tap`; ends when there are no more for now."""
    # Kernel timestamps are of the wall clock. The difference is taken at the same moment, so steps of the clock do not
    # matter.
    monotonic_less_wall = monotonic_less_wall_ns()
    while True:
        try:
            content, control, _, sender = tap.recvmsg(_SNAP_BYTES, 64)
        except BlockingIOError:
            return
        seconds, nanoseconds = _TIMESPEC.unpack(control[0][2])
        at_ns = seconds * 1_000_000_000 + nanoseconds + monotonic_less_wall
        packet = parse(content, at_ns, outgoing=sender[2] == socket.PACKET_OUTGOING)
        if packet is not None:
            yield packet


class Capture:
    """The packets on one interface that a predicate accepts, from the creation of this object until `stop`."""

    def __init__(self, namespace: str, interface: str, wanted: Callable[[Packet], bool]) -> None:
        self._tap = open_tap(namespace, interface)
        self._wanted = wanted
        self._packets: list[Packet] = []
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._listen, name=f"capture {namespace} {interface}", daemon=True)
        self._thread.start()

    @property
    def packets(self) -> list[Packet]:
        """The packets so far."""
        return list(self._packets)

    def stop(self) -> list[Packet]:
        """All packets, including those still unread in the kernel. Idempotent."""
        if self._thread.is_alive():
            self._stop.close()
            self._thread.join()
        return list(self._packets)

    def _listen(self) -> None:
        with self._tap, self._stopped:
            stopping = False
            while not stopping:
                readable, _, _ = select.select([self._tap, self._stopped], [], [])
                stopping = self._stopped in readable
                self._packets += filter(self._wanted, waiting_packets(self._tap))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
