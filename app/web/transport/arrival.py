"""On which interface a TCP connection arrived, as the kernel noted it from the connection's first segment.

Its local address says less: Linux answers at each of its addresses on every interface, so a client on an ISP's side
reaches the LAN address as well.
"""

import fcntl
import socket
import struct
from asyncio.trsock import TransportSocket
from dataclasses import dataclass
from typing import Final

# linux/in.h, linux/in6.h: what Python has no names for. Each gives the control messages that a datagram would have
# brought; for TCP the kernel fills them from the socket (ip(7) knows IP_PKTOPTIONS only by name).
_IP_PKTINFO: Final = 8
_IP_PKTOPTIONS: Final = 9
_IPV6_2292PKTOPTIONS: Final = 6
_HEADER: Final = struct.Struct("@Nii")  # struct cmsghdr
_IN_PKTINFO: Final = struct.Struct("@i4s4s")
_IN6_PKTINFO: Final = struct.Struct("@16si")
_LONGEST: Final = 128
# linux/sockios.h. Asked of the connection itself, so that the answer is of its own network namespace: the lab's panel
# has a socket of another one.
_SIOCGIFNAME: Final = 0x8910
_IFREQ: Final = struct.Struct("@16si20x")

LOOPBACK: Final = "lo"

Connected = socket.socket | TransportSocket


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a connection arrived: the interface (empty: unknown), and the local address."""

    interface: str
    local: str


def arrival_of(connection: Connected) -> Arrival:
    """Where this connection arrived. Connections of this machine to itself arrive on the loopback interface."""
    local = ""
    try:
        local, peer = connection.getsockname()[0], connection.getpeername()[0]
        if local == peer:
            # The kernel notes the interface that has the address. Another machine with it would get no reply.
            return Arrival(LOOPBACK, local)
        return Arrival(_name(connection, _index(connection)), local)
    except (OSError, struct.error, IndexError):  # another kernel, or the interface or the connection is gone
        return Arrival("", local)


def _index(connection: Connected) -> int:
    if connection.family == socket.AF_INET6:
        asked = (socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, _IPV6_2292PKTOPTIONS)
        return int(_IN6_PKTINFO.unpack_from(_message(connection, *asked))[1])
    asked = (socket.IPPROTO_IP, _IP_PKTINFO, _IP_PKTOPTIONS)
    return int(_IN_PKTINFO.unpack_from(_message(connection, *asked))[0])


def _message(connection: Connected, level: int, switch: int, option: int) -> bytes:
    """The first control message. The switch is on for no longer than that: IPv6 would copy every segment for it."""
    connection.setsockopt(level, switch, 1)
    try:
        found = connection.getsockopt(level, option, _LONGEST)
    finally:
        connection.setsockopt(level, switch, 0)
    return found[_HEADER.size :]


def _name(connection: Connected, index: int) -> str:
    """The name of the interface. Raises OSError when there is none of this index."""
    answer = fcntl.ioctl(connection.fileno(), _SIOCGIFNAME, _IFREQ.pack(b"", index))
    return str(_IFREQ.unpack(answer)[0].rstrip(b"\0").decode())
