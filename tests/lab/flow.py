"""One UDP flow of a client, made by the test itself: a process for each would cost more than what is measured."""

import socket
from types import TracebackType
from typing import Self

from lab import namespaces
from lab.inside import echo
from lab.inside.connections import Pair
from lab.lab import Lab
from lab.topology import isp_of


class Flow:
    """A flow between this pair. Ask for its `isp` again and again: each time is a datagram."""

    def __init__(self, lab: Lab, pair: Pair) -> None:
        self._line = namespaces.socket_inside(lab.namespace("host"), socket.AF_INET, socket.SOCK_DGRAM)
        self._line.setblocking(False)
        self._line.bind((str(pair.client), 0))
        self._line.connect((str(pair.place), echo.PORT))
        self._isp: int | None = None

    def isp(self) -> int | None:
        """The ISP that carried the newest answer; None before the first."""
        try:
            self._line.send(b"hello")
            while True:
                self._isp = isp_of(echo.parse(self._line.recv(100))[0])
        except OSError:
            return self._isp  # no more for now, or an ICMP error for an earlier one

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
