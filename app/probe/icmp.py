"""Echo requests through one gateway's path: one raw socket for all targets, which receives only its own replies."""

import asyncio
import ctypes
import secrets
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.model.probing import Answer, Failure, Probe, Refusal
from app.probe.echo import ECHO_REPLY, NONCE_BYTES, TIME_EXCEEDED, UNREACHABLE, EchoReply, RouterError, parse, request
from app.probe.path import Path, Report, gone
from app.probe.timestamp import Sent, receive, stamp_arrivals

if TYPE_CHECKING:
    from app.probe.path_prober import PathProber, Sender

# From include/linux/socket.h, uapi/linux/icmp.h and uapi/asm-generic/socket.h; absent from Python's socket module.
_SOL_RAW = 255
_ICMP_FILTER = 1
_SO_ATTACH_FILTER = 26
# No more than a quarter of 65536 sequence numbers can be in flight: the longest timeout is 60 s.
_MOST_UNDER_WAY = 16384
_PACKET_BYTES = 1500
# At most this many packets are read at once before the event loop continues: a flood must not starve the timers.
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class _UnderWay:
    target: str
    nonce: bytes
    sent: Sent
    over_s: float
    report: Report


class Pinger:
    """Sends echo requests through one path. The socket opens with the first request, and again after its device was
    gone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self._identifier = 0
        self._sequence = 0
        self._under_way: dict[int, _UnderWay] = {}

    def ask(self, target: str, timeout_s: float, report: Report) -> None:
        """Send one echo request; its outcome is reported within `timeout_s`."""
        now_s = asyncio.get_running_loop().time()
        self._forget_until(now_s)
        self._sequence = (self._sequence + 1) & 0xFFFF
        nonce = secrets.token_bytes(NONCE_BYTES)
        try:
            opened = self._opened()
            sent = Sent.now()
            opened.sendto(request(self._identifier, self._sequence, nonce), (target, 0))
        except OSError as error:
            if gone(error):
                self.close()
            report(Failure(self._path.trouble(error)))
            return
        self._under_way[self._sequence] = _UnderWay(target, nonce, sent, now_s + timeout_s, report)

    def close(self) -> None:
        """Close the socket and forget all requests; nothing more is reported. Idempotent."""
        self._under_way.clear()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _opened(self) -> socket.socket:
        if self._socket is None:
            self._identifier = secrets.randbelow(65536)
            self._socket = self._path.open(socket.SOCK_RAW, socket.IPPROTO_ICMP)
            _only_for(self._socket, self._identifier)
            stamp_arrivals(self._socket)
            asyncio.get_running_loop().add_reader(self._socket, self._read)
        return self._socket

    def _forget_until(self, now_s: float) -> None:
        """Drop expired requests; they are in order, the oldest first."""
        while self._under_way:
            sequence, oldest = next(iter(self._under_way.items()))
            if oldest.over_s > now_s and len(self._under_way) < _MOST_UNDER_WAY:
                return
            del self._under_way[sequence]

    def _read(self) -> None:
        for _ in range(_AT_ONCE):
            if self._socket is None:
                return
            try:
                datagram = receive(self._socket, _PACKET_BYTES)
            except OSError:
                # The device went away (ENETDOWN): this socket will receive no more replies.
                self.close()
                return
            if datagram is None:
                return
            match parse(datagram.payload, self._identifier):
                case EchoReply() as reply:
                    self._replied(reply, datagram.arrived_ns)
                case RouterError() as error:
                    self._unreachable(error)
                case None:
                    pass

    def _replied(self, reply: EchoReply, arrived_ns: int | None) -> None:
        asked = self._under_way.get(reply.sequence)
        if asked is None or asked.target != reply.sender or asked.nonce != reply.nonce:
            return
        del self._under_way[reply.sequence]
        asked.report(Answer(asked.sent.rtt_s(arrived_ns)))

    def _unreachable(self, error: RouterError) -> None:
        asked = self._under_way.get(error.sequence)
        if asked is None or asked.target != error.target:
            return
        del self._under_way[error.sequence]
        asked.report(Refusal(f"{error.target}: {error.text}, says {error.sender}"))


def _only_for(raw: socket.socket, identifier: int) -> None:
    """Have the kernel drop packets that are not about this socket's requests, so that other ICMP does not wake the
    worker.

    ICMP_FILTER (raw(7)) selects the types. A classic BPF program over the IPv4 packet selects the identifier of a
    reply, or of the request that an error quotes (the worker sent it, so its header has no options).
    """
    wanted = 1 << ECHO_REPLY | 1 << UNREACHABLE | 1 << TIME_EXCEEDED
    raw.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", ~wanted & 0xFFFFFFFF))
    program = (
        (0xB1, 0, 0, 0),  # ldxb 4*([0]&0xf): X = the length of the header
        (0x50, 0, 0, 0),  # ldb [x + 0]: the type
        (0x15, 0, 2, ECHO_REPLY),  # jeq reply, else skip two
        (0x48, 0, 0, 4),  # ldh [x + 4]: the identifier of the reply
        (0x05, 0, 0, 1),  # ja over the next
        (0x48, 0, 0, 32),  # ldh [x + 8 + 20 + 4]: the identifier of the quoted request
        (0x15, 0, 1, identifier),
        (0x06, 0, 0, 0xFFFFFFFF),  # ret: accept the packet
        (0x06, 0, 0, 0),  # ret: drop the packet
    )
    filters = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    # struct sock_fprog: a length, and a pointer that must stay valid only during the call.
    head = struct.pack("@HP", len(program), ctypes.addressof(filters))
    raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)


class _Echoes:
    """The probes of an icmp check."""

    def __init__(self, prober: "PathProber") -> None:
        self._prober = prober
        self._pinger = Pinger(prober.path)

    def send(self, probe: Probe, report: Report) -> None:
        """See Sender."""
        self._prober.at(probe.host, report, lambda address: self._pinger.ask(address, probe.timeout_s, report))

    def close(self) -> None:
        """See Sender."""
        self._pinger.close()


def sender(prober: "PathProber") -> "Sender":
    """The sender of icmp checks through this prober's path."""
    return _Echoes(prober)
