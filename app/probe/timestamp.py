"""Kernel timestamps of received datagrams: a busy process must not look like latency."""

import socket
import struct
import time
from dataclasses import dataclass

# From include/uapi/asm-generic/socket.h; absent from Python's socket module. The control message is a struct timespec.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_CONTROL_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)


def stamp_arrivals(receiver: socket.socket) -> None:
    """Have the kernel report when each datagram of this socket arrived (wall clock, nanoseconds)."""
    receiver.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def keep_stamping() -> socket.socket:
    """A socket that keeps the kernel's timestamps on while it is open.

    When the first socket of the machine requests timestamps, the kernel starts a moment later (net_enable_timestamp in
    net/core/dev.c defers it). Until then a datagram gets its timestamp when it is read.
    """
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    stamp_arrivals(asking)
    return asking


@dataclass(frozen=True, slots=True)
class Sent:
    """The time of sending, on both clocks."""

    wall_ns: int
    monotonic_ns: int

    @classmethod
    def now(cls) -> "Sent":
        """The current time; call this right before sending."""
        return cls(time.time_ns(), time.monotonic_ns())

    def rtt_s(self, arrived_ns: int | None) -> float:
        """Seconds until `arrived_ns` (wall clock; None: until now).

        The wall clock may have been set in between. If the result would be negative, or longer than the time on the
        monotonic clock until now, that time is used instead.
        """
        counted_ns = time.monotonic_ns() - self.monotonic_ns
        if arrived_ns is None:
            return counted_ns / 1e9
        taken_ns = arrived_ns - self.wall_ns
        return (taken_ns if 0 <= taken_ns <= counted_ns else counted_ns) / 1e9


@dataclass(frozen=True, slots=True)
class Datagram:
    """A received datagram, its sender, and its time of arrival (None if the kernel did not report one)."""

    payload: bytes
    sender: str
    arrived_ns: int | None


def receive(receiver: socket.socket, size: int) -> Datagram | None:
    """The next datagram, or None if there is none now. Raises OSError for an error of the socket."""
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
