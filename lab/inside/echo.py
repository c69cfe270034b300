"""Echo over TCP and UDP that first sends the client's address.

Protocol of both: a line `from ADDRESS PORT`, then what was received. TCP sends the line once, at the start of the
connection; UDP puts it before the content of each datagram.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Final

PORT: Final = 7

Reply = Callable[[bytes, tuple[str, int]], bytes | None]

IP_PKTINFO: Final = 8  # linux/in.h; absent from the socket module
_PIECE: Final = 65536
# Datagrams handled before other work continues: enough for a burst, too few to starve a TCP client.
_AT_ONCE: Final = 64
_PKTINFO: Final = struct.Struct("i4s4s")  # struct in_pktinfo: interface, own address, destination (ip(7))


def greeting(address: str, port: int) -> bytes:
    """The line with the client's address."""
    return f"from {address} {port}\n".encode()


def parse(answer: bytes) -> tuple[IPv4Address, int, bytes]:
    """The address and port that the echo saw, and what it sent back. Raises ValueError for another payload."""
    line, separator, rest = answer.partition(b"\n")
    words = line.split()
    if not separator or len(words) != 3 or words[0] != b"from":
        msg = f"not an echo's answer: {answer[:40]!r}"
        raise ValueError(msg)
    return IPv4Address(words[1].decode()), int(words[2]), rest


async def serve_tcp(address: str, port: int) -> asyncio.Server:
    """Serve TCP until the server is closed."""
    return await asyncio.start_server(_converse, address, port, backlog=1024)


def serve_udp(address: str, port: int) -> None:
    """Serve UDP in the running loop, replying from the address that each datagram was sent to."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    listener.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    listener.bind((address, port))
    asyncio.get_running_loop().add_reader(listener, answer_datagrams, listener, _reflect)


def answer_datagrams(listener: socket.socket, reply: Reply) -> None:
    """Reply to the datagrams in `listener` (with IP_PKTINFO on), each from the address it was sent to."""
    for _ in range(_AT_ONCE):
        try:
            content, control, _, client = listener.recvmsg(2048, 64)
        except BlockingIOError:
            return
        answer = reply(content, client)
        if answer is None or not control:
            continue
        own_address = _PKTINFO.unpack(control[0][2])[1]
        info = _PKTINFO.pack(0, own_address, b"")
        try:
            listener.sendmsg([answer], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, client)
        except OSError:
            # No route to the client now (a cut cable): a lost datagram, as in any network.
            continue


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        writer.write(greeting(*writer.get_extra_info("peername")))
        while content := await reader.read(_PIECE):
            writer.write(content)
            await writer.drain()
    except OSError:
        pass  # the client is gone, which is allowed
    finally:
        writer.close()


def _reflect(content: bytes, client: tuple[str, int]) -> bytes:
    return greeting(*client) + content
