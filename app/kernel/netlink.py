"""Netlink as bytes: one socket that asks, and the reading of messages and attributes. It knows no kind of object.

Observing is the hot path (every event, every second, 100 gateways), so it is read here and not by pyroute2, whose
decoder takes 60 to 170 µs a message where this takes about 5. Changing is rare and is left to it (requests.py).

A request is answered inside sendmsg() and recvmsg(), by this very thread in the kernel; there is nothing to wait for,
so nothing here is asynchronous. Layout: include/uapi/linux/netlink.h.
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

# The kernel fills at most 32 KiB into one answer; a larger buffer never truncates it.
BUFFER_BYTES: Final = 65536
# A dump that changed underneath is begun anew this often before what there is has to do.
CONSISTENT_ATTEMPTS: Final = 4

# Answers are there when the request has been sent; whoever waits longer has asked what is not even refused.
ANSWER_TIMEOUT_S: Final = 5

# A sequence number has 32 bits; a router that is looked at a hundred times a second has used them up within 17 months.
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
    """The kernel answered a question with an error: its number, and its own sentence where it gave one."""

    def __init__(self, number: int, sentence: str = "") -> None:
        self.number = number
        self.reason = sentence or os.strerror(number)
        super().__init__(f"netlink: {self.reason}")


class Channel:
    """A netlink socket that asks, opened at the first question in the network namespace of the asking thread."""

    def __init__(self, protocol: int) -> None:
        self._protocol = protocol
        self._socket: socket.socket | None = None
        self._sequence = 0

    def dump(self, kind: int, body: bytes) -> list[Message]:
        """Every object of a kind that the kernel has and `body` does not filter out.

        Raises Refused when the kernel does not accept the question.
        """
        for _ in range(CONSISTENT_ATTEMPTS):
            found = list(self.ask(kind, NLM_F_DUMP, body))
            if not any(one.flags & NLM_F_DUMP_INTR for one in found):
                break
        return found

    def ask(self, kind: int, flags: int, body: bytes) -> Iterator[Message]:
        """Send one request and give its answers as they come, up to the acknowledgement.

        Raises Refused for a negative answer and KernelUnavailable for a broken socket. Whoever stops listening early
        must close() the channel.
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
        """Send one request, whose answers receive() is going to bring."""
        self._sequence = (self._sequence + 1) % SEQUENCES
        header = HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | flags, self._sequence, 0)
        self._send(header + body)

    def receive(self) -> bytes:
        """The next answers, packed as the kernel does it."""
        try:
            return self._opened().recv(BUFFER_BYTES)
        except OSError as error:
            raise self._broken(error) from error

    def post(self, requests: list[bytes]) -> list[int]:
        """Send whole requests, in one system call, that are answered only if they fail; with which errors they did."""
        self._send(b"".join(requests))
        refusals = []
        try:
            while True:
                answers = messages(self._opened().recv(BUFFER_BYTES, socket.MSG_DONTWAIT))
                refusals += [-ERROR.unpack_from(one.body)[0] for one in answers]
        except BlockingIOError:  # all have been dealt with before the system call returned
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
        """Let go of the socket; the next question opens another."""
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
            # Only with strict checking does the kernel honor the filters of a dump.
            self._socket.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        return self._socket


def check(end: Message) -> None:
    """Raise Refused if the message that ends an answer is a refusal."""
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
    """The attributes from `start` on, by type; of one that occurs twice the last."""
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
    """Read a 32-bit number in the machine's byte order."""
    number: int = U32.unpack_from(value)[0]
    return number


def text(value: bytes) -> str:
    """Read a string that ends with a zero byte."""
    return value.rstrip(b"\0").decode(errors="replace")
