"""TCP connection probe. An accepted connection is reset at once, so nothing piles up on either side."""

import asyncio
import errno
import os
import socket
import struct
from typing import TYPE_CHECKING

from app.model.check import TcpCheck
from app.model.probing import Answer, Failure, Outcome, Probe, Refusal
from app.probe.attempts import Attempts
from app.probe.path import Path, Report, gone
from app.probe.timestamp import Sent

if TYPE_CHECKING:
    from app.probe.path_prober import PathProber, Sender

# struct tcp_info (include/uapi/linux/tcp.h): eight bytes, then 32-bit words. tcpi_total_retrans is the 24th word,
# tcpi_rtt (in microseconds) the 16th.
_RTT_OFFSET = 8 + 15 * 4
_RETRANSMITTED_OFFSET = 8 + 23 * 4
_INFO_BYTES = 104
# SO_LINGER with 0 s: close() sends a reset instead of keeping the connection in TIME_WAIT (socket(7)).
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connector:
    """Opens TCP connections through one path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._attempts = Attempts()

    def ask(self, host: str, address: str, port: int, timeout_s: float, report: Report) -> None:
        """Try to connect to `address`, which outcomes call `host`; they are reported within `timeout_s`."""
        try:
            opened = self._path.open(socket.SOCK_STREAM)
        except OSError as error:
            report(Failure(self._path.trouble(error)))
            return
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._attempts.begin(opened, timeout_s)
        sent = Sent.now()
        code = opened.connect_ex((address, port))

        def decided() -> None:
            outcome = self._outcome(opened, f"{host} port {port}", sent)
            self._attempts.end(opened)
            if outcome is not None:
                report(outcome)

        if code in {0, errno.EINPROGRESS}:
            asyncio.get_running_loop().add_writer(opened, decided)
        else:
            self._attempts.end(opened)
            report(Failure(self._path.trouble(OSError(code, os.strerror(code)))))

    def close(self) -> None:
        """Cancel all attempts; nothing more is reported. Idempotent."""
        self._attempts.close()

    def _outcome(self, opened: socket.socket, target: str, sent: Sent) -> Outcome | None:
        match opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            case 0:
                return Answer(_rtt_s(opened, sent))
            case errno.ECONNREFUSED:
                return Refusal(f"{target} refuses connections")
            case errno.ETIMEDOUT:
                return None
            case code if gone(error := OSError(code, os.strerror(code))):
                return Failure(self._path.trouble(error))
            case code:
                return Refusal(f"{target} cannot be reached: {os.strerror(code)}")


def _rtt_s(opened: socket.socket, sent: Sent) -> float:
    """The kernel's time between SYN and SYN/ACK; if the SYN was retransmitted, the time until now."""
    info = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    if len(info) < _INFO_BYTES:
        return sent.rtt_s(None)
    (rtt_us,) = struct.unpack_from("=I", info, _RTT_OFFSET)
    (retransmitted,) = struct.unpack_from("=I", info, _RETRANSMITTED_OFFSET)
    return rtt_us / 1e6 if rtt_us and not retransmitted else sent.rtt_s(None)


class _Connections:
    """The probes of a tcp check."""

    def __init__(self, prober: "PathProber") -> None:
        self._prober = prober
        self._connector = Connector(prober.path)

    def send(self, probe: Probe, report: Report) -> None:
        """See Sender."""
        check, host, timeout_s = probe.check, probe.host, probe.timeout_s
        assert isinstance(check, TcpCheck)  # noqa: S101 - the kind that names this module
        self._prober.at(host, report, lambda at: self._connector.ask(host, at, check.port, timeout_s, report))

    def close(self) -> None:
        """See Sender."""
        self._connector.close()


def sender(prober: "PathProber") -> "Sender":
    """The sender of tcp checks through this prober's path."""
    return _Connections(prober)
