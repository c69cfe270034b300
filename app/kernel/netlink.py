"""Netlink as bytes: a socket for requests, and the decoding of messages and attributes. It knows no kinds of objects.

Observing is the hot path (every event, every second, 100 gateways), so it is decoded here and not by pyroute2, which
takes 60 to 170 µs for a message instead of about 5. Changes are rare and use pyroute2 (requests.py).

The kernel handles a request in the same thread, inside sendmsg() and recvmsg(). There is nothing to wait for, so
nothing here is asynchronous. Layout: include/uapi/linux/netlink.h.
"""

import os
import socket
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from app.errors import KernelUnavailable

NETLINK_NETFILTER: Final = 12
SOL_NETLINK: Final = 270
NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 10, 11, 12

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_DUMP, NLM_F_ACK_TLVS = 0x1, 0x4, 0x10, 0x300, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLMSGERR_ATTR_MSG = 1
# The nested and the byte-order bit of an attribute's type are hints, not part of it.
NLA_TYPE_MASK = 0x3FFF

# The kernel puts at most 32 KiB into one reply; a larger buffer never truncates it.
BUFFER_BYTES: Final = 65536
# How often a dump is repeated after a concurrent change, before its result is used as it is.
CONSISTENT_ATTEMPTS: Final = 4

# In seconds. Replies are there when the request has been sent, so a longer wait means that the reply was lost.
ANSWER_TIMEOUT_S: Final = 5

# Sequence numbers have 32 bits: with a hundred observations a second they are used up within 17 months.
SEQUENCES: Final = 2**32

HEADER: Final = Struct("=IHHII")
ATTRIBUTE: Final = Struct("=HH")
U32: Final = Struct("=I")
ERROR: Final = Struct("=i")
TIMEVAL: Final = Struct("@ll")


class Message(NamedTuple):
    """One netlink message: its type, its flags, the port that caused it (0: the kernel itself), and the rest."""

    kind: int
    flags: int
    sequence: int
    port: int
    body: bytes


class Refused(KernelUnavailable):
    """The kernel replied with an error: its number, and its sentence if it sent one."""

    def __init__(self, number: int, sentence: str = "") -> None:
        self.number = number
        self.reason = sentence or os.strerror(number)
        super().__init__(f"netlink: {self.reason}")


class Channel:
    """A netlink socket for requests, opened with the first one in the network namespace of the calling thread."""

    def __init__(self, protocol: int) -> None:
        self._protocol = protocol
        self._socket: socket.socket | None = None
        self._sequence = 0

    def dump(self, kind: int, body: bytes) -> list[Message]:
        """Every object of a kind that passes the filter in `body`.

        Raises Refused if the kernel rejects the request.
        """
        for _ in range(CONSISTENT_ATTEMPTS):
            found = list(self.ask(kind, NLM_F_DUMP, body))
            if not any(one.flags & NLM_F_DUMP_INTR for one in found):
                break
        return found

    def ask(self, kind: int, flags: int, body: bytes) -> Iterator[Message]:
        """Send one request and yield its replies up to the acknowledgement.

        Raises Refused for an error reply and KernelUnavailable for a broken socket. A caller that stops early must
        close() the channel.
        """
        self.begin(kind, flags, body)
        while True:
            for message in messages(self.receive()):
                if message.sequence != self._sequence:
                    continue
                if message.kind in {NLMSG_ERROR, NLMSG_DONE}:
                    check(message)
                    return
                yield message

    def begin(self, kind: int, flags: int, body: bytes) -> None:
        """Send one request; receive() returns its replies."""
        self._sequence = (self._sequence + 1) % SEQUENCES
        header = HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | flags, self._sequence, 0)
        self._send(header + body)

    def receive(self) -> bytes:
        """The next replies, as one datagram of the kernel."""
        try:
            return self._opened().recv(BUFFER_BYTES)
        except OSError as error:
            raise self._broken(error) from error

    def post(self, requests: list[bytes]) -> list[int]:
        """Send requests that are only answered on failure, in one system call; returns their errors."""
        self._send(b"".join(requests))
        refusals = []
        try:
            while True:
                answers = messages(self._opened().recv(BUFFER_BYTES, socket.MSG_DONTWAIT))
                refusals += [-ERROR.unpack_from(one.body)[0] for one in answers]
        except BlockingIOError:  # all were handled before the system call returned
            return refusals
        except OSError as error:
            raise self._broken(error) from error

    def _send(self, request: bytes) -> None:
        try:
            self._opened().sendall(request)
        except OSError as error:
            raise self._broken(error) from error

    def _broken(self, error: OSError) -> KernelUnavailable:
        self.close()
        return KernelUnavailable(f"netlink: {error.strerror}; retrying on a new socket")

    def close(self) -> None:
        """Close the socket; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _opened(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, self._protocol)
            self._socket.bind((0, 0))
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, TIMEVAL.pack(ANSWER_TIMEOUT_S, 0))
            self._socket.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
            self._socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
            # The kernel honors the filters of a dump only with strict checking.
            self._socket.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        return self._socket


def check(end: Message) -> None:
    """Raise Refused if the last message of a reply is an error."""
    number = -ERROR.unpack_from(end.body)[0] if len(end.body) >= ERROR.size else 0
    if number == 0:
        return
    start = ERROR.size
    if end.kind == NLMSG_ERROR:
        start += HEADER.size  # the header of the request it refers to
    sentence = attributes(end.body, start).get(NLMSGERR_ATTR_MSG, b"") if end.flags & NLM_F_ACK_TLVS else b""
    raise Refused(number, text(sentence))


def messages(datagram: bytes) -> Iterator[Message]:
    """Split one datagram of a netlink socket into its messages, up to the first header with an impossible length."""
    start, end = 0, len(datagram)
    while start + HEADER.size <= end:
        length, kind, flags, sequence, port = HEADER.unpack_from(datagram, start)
        if length < HEADER.size:
            return
        yield Message(kind, flags, sequence, port, datagram[start + HEADER.size : start + length])
        start += (length + 3) & ~3


def attributes(body: bytes, start: int = 0) -> dict[int, bytes]:
    """The attributes from `start` on, by type; if a type occurs twice, the last one."""
    found = {}
    end = len(body)
    unpack = ATTRIBUTE.unpack_from
    while start + 4 <= end:
        length, kind = unpack(body, start)
        if length < 4:
            break
        found[kind & NLA_TYPE_MASK] = body[start + 4 : start + length]
        start += (length + 3) & ~3
    return found


def attribute(kind: int, value: bytes) -> bytes:
    """Encode one attribute, padded to four bytes."""
    return ATTRIBUTE.pack(len(value) + 4, kind) + value + bytes(-len(value) % 4)


def u32(value: bytes) -> int:
    """Read a 32-bit number in host byte order."""
    number: int = U32.unpack_from(value)[0]
    return number


def text(value: bytes) -> str:
    """Read a string that ends with a zero byte."""
    return value.rstrip(b"\0").decode(errors="replace")
