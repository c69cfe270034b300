"""Datagrams that need a reply. Each query has its own socket and so its own port, so that no reply can be forged in
advance.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable

from app.model.probing import Failure, Outcome, Refusal
from app.probe.attempts import Attempts
from app.probe.path import Path, Report, gone
from app.probe.timestamp import Sent, receive, stamp_arrivals

RuleMatcher = Callable[[bytes, float], Outcome | None]
"""Says what a datagram that came after so many seconds means; None: it is no answer to this question."""

_LONGEST_BYTES = 65535


class Questions:
    """Sends datagrams through one path and has the replies judged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._attempts = Attempts()

    def ask(
        self,
        host: str,
        address: str,
        port: int,
        *,
        payload: bytes,
        judge: RuleMatcher,
        timeout_s: float,
        report: Report,
    ) -> None:
        """Send `payload` to `address`, which outcomes call `host`; they are reported within `timeout_s`."""
        try:
            opened = self._path.open(socket.SOCK_DGRAM)
        except OSError as error:
            report(Failure(self._path.trouble(error)))
            return
        self._attempts.begin(opened, timeout_s)
        try:
            stamp_arrivals(opened)
            # Connected, so that the kernel accepts datagrams from this address only and reports a closed port.
            opened.connect((address, port))
            sent = Sent.now()
            opened.send(payload)
        except OSError as error:
            self._attempts.end(opened)
            report(Failure(self._path.trouble(error)))
            return

        def readable() -> None:
            outcome = self._outcome(opened, f"{host} port {port}", sent, judge)
            if outcome is not None:
                self._attempts.end(opened)
                report(outcome)

        asyncio.get_running_loop().add_reader(opened, readable)

    def close(self) -> None:
        """Cancel all queries; nothing more is reported. Idempotent."""
        self._attempts.close()

    def _outcome(self, opened: socket.socket, target: str, sent: Sent, judge: RuleMatcher) -> Outcome | None:
        try:
            datagram = receive(opened, _LONGEST_BYTES)
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                return Refusal(f"{target} is closed")
            if gone(error):
                return Failure(self._path.trouble(error))
            return Refusal(f"{target} cannot be reached: {os.strerror(error.errno or 0)}")
        return None if datagram is None else judge(datagram.payload, sent.rtt_s(datagram.arrived_ns))
