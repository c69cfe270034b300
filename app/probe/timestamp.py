"""Kernel timestamps of received datagrams: a busy process must not read as latency."""

import socket
import struct
import time
from dataclasses import dataclass

# include/uapi/asm-generic/socket.h; Python has no name for them. The control message carries a struct timespec.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_CONTROL_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)


def stamp_arrivals(receiver: socket.socket) -> None:
    """Have the kernel tell when each datagram of this socket arrived (wall clock, nanoseconds)."""
    receiver.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def keep_stamping() -> socket.socket:
    """A socket that has arrivals stamped in time as long as it is open.

    With the first socket of the whole machine that asks for stamps the kernel begins a moment later
    (net_enable_timestamp in net/core/dev.c defers it); until then a datagram is stamped when it is read.
    """
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    stamp_arrivals(asking)
    return asking


@dataclass(frozen=True, slots=True)
class Sent:
    """When something was sent, on both clocks."""

    wall_ns: int
    monotonic_ns: int

    @classmethod
    def now(cls) -> "Sent":
        """This instant; take it right before the send."""
        return cls(time.time_ns(), time.monotonic_ns())

    def rtt_s(self, arrived_ns: int | None) -> float:
        """Seconds until `arrived_ns` (wall clock; None: until now).

        The wall clock may have been set in between. A round trip is neither negative nor longer than what the monotonic
        clock has counted until now; one that would be is reckoned by that clock instead.
        """
        counted_ns = time.monotonic_ns() - self.monotonic_ns
        if arrived_ns is None:
            return counted_ns / 1e9
        taken_ns = arrived_ns - self.wall_ns
        return (taken_ns if 0 <= taken_ns <= counted_ns else counted_ns) / 1e9


@dataclass(frozen=True, slots=True)
class Datagram:
    """What arrived, from whom, and when (None where the kernel did not say)."""

    payload: bytes
    sender: str
    arrived_ns: int | None


def receive(receiver: socket.socket, size: int) -> Datagram | None:
    """The next datagram, or None when there is none now. Raises OSError with an error of the socket's own."""
    try:
        payload, control, _, sender = receiver.recvmsg(size, _CONTROL_BYTES)
    except BlockingIOError:
        return None
    arrived_ns = None
    for level, kind, content in control:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(content) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(content)
            arrived_ns = seconds * 1_000_000_000 + nanoseconds
    return Datagram(payload, sender[0], arrived_ns)
