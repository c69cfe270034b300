"""Sockets for one probe each: closed at the reply, at the timeout, or with the path."""

import asyncio
import socket
from typing import Final

# Eight checks of eight targets, four probes of each in flight. A timeout of 60 s at an interval of 0.1 s would be 600
# of each on a dead line, and no file descriptor would be left for other sockets (LimitNOFILE in the worker's unit).
MOST: Final = 256


class Attempts:
    """The open sockets of one kind of check on one path. If there are too many, the oldest is closed and its reply is
    lost.
    """

    def __init__(self) -> None:
        self._timers: dict[socket.socket, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._timers)

    def begin(self, opened: socket.socket, timeout_s: float) -> None:
        """Keep a socket open for this long."""
        if len(self._timers) >= MOST:
            self.end(next(iter(self._timers)))
        self._timers[opened] = asyncio.get_running_loop().call_later(timeout_s, self.end, opened)

    def end(self, opened: socket.socket) -> None:
        """Close a socket. Idempotent."""
        timer = self._timers.pop(opened, None)
        if timer is None:
            return
        timer.cancel()
        loop = asyncio.get_running_loop()
        loop.remove_reader(opened)
        loop.remove_writer(opened)
        opened.close()

    def close(self) -> None:
        """Close every socket. Idempotent."""
        for opened in tuple(self._timers):
            self.end(opened)
