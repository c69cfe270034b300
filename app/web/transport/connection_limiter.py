"""The connection limiter. It counts where connections are accepted: before TLS, so that half a handshake counts too.

When the panel is full, the address with the most connections loses its oldest one. So a client
that opens many ends its own and keeps no other client out. Addresses with a successful login in the past go last.

While the panel is blocked on WAN ports, connections from a WAN are refused, and open ones are closed.
"""

import contextlib
import gc
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from app.web.transport.addresses import parsed
from app.web.transport.arrival import Arrival, arrival_of

# Each costs a tenth of a megabyte in TLS; 64 of them may be streams.
MOST_CONNECTIONS: Final = 128
# A closing connection keeps its memory until the event loop has read its end. No connection is accepted while so many
# are closing: a client that connects faster than they close could use up the memory.
MOST_LEAVING: Final = 32
# A handshake that fails leaves its objects in a circle (the exception, its frames, the connection), and Python looks
# for old circles only when there are a quarter more objects than last time: hundreds of dead connections later.
SWEPT_AFTER: Final = 128


# SO_LINGER: closing answers with a reset, as on a port without a listener.
_AT_ONCE: Final = struct.pack("@ii", 1, 0)


class Sources(Protocol):
    """Sources of connections: which source an address belongs to, and whether it has logged in before."""

    def source_of(self, address: str) -> str:
        """The source that this address is counted for."""

    def knows(self, origin: str) -> bool:
        """Whether this source has logged in before."""


@dataclass(frozen=True, slots=True)
class _Connection:
    """One connection. `source`: the source that it is counted for."""

    source: str
    arrival: Arrival
    socket: socket.socket


class ConnectionLimiter:
    """The connections that are open, in the order they came. Belongs to the event loop."""

    def __init__(self, sources: Sources, is_hidden_from: Callable[[Arrival], bool]) -> None:
        self._sources = sources
        self._is_hidden_from = is_hidden_from
        self._open: list[_Connection] = []
        self._leaving: list[socket.socket] = []
        self._since_sweep = 0

    @property
    def is_full(self) -> bool:
        """Whether too many connections are still closing to accept another one."""
        self._leaving = [one for one in self._leaving if one.fileno() >= 0]
        return len(self._leaving) >= MOST_LEAVING

    def admit(self, connection: socket.socket, host: str) -> bool:
        """Accept a connection unless the panel is blocked on its interface. With too many, another one is closed."""
        arrival = arrival_of(connection)
        if self._is_hidden_from(arrival):
            return False
        self._open = [one for one in self._open if one.socket.fileno() >= 0]
        address = parsed(host)
        source = self._sources.source_of(host if address is None else str(address))
        self._open.append(_Connection(source, arrival, connection))
        if len(self._open) > MOST_CONNECTIONS:
            self._end(self._oldest_of_the_greediest())
        self._since_sweep += 1
        if self._since_sweep >= SWEPT_AFTER:
            self._since_sweep = 0
            gc.collect()
        return True

    def end_hidden(self) -> None:
        """Close connections on interfaces where the panel has become blocked: idle ones and streams as well."""
        for one in [one for one in self._open if self._is_hidden_from(one.arrival)]:
            self._end(one)

    def _oldest_of_the_greediest(self) -> _Connection:
        count: dict[str, int] = {}
        for one in self._open:
            count[one.source] = count.get(one.source, 0) + 1
        greediest = max(count, key=lambda source: (not self._sources.knows(source), count[source]))
        return next(one for one in self._open if one.source == greediest)

    def _end(self, connection: _Connection) -> None:
        self._open.remove(connection)
        self._leaving.append(connection.socket)
        with contextlib.suppress(OSError):
            # Not closed: its descriptor is the event loop's, which reads the end of it and does the rest.
            connection.socket.shutdown(socket.SHUT_RDWR)


class LimitedListener(socket.socket):
    """A listening socket whose connections are counted, once it has a limiter."""

    limiter: ConnectionLimiter | None = None

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection.

        Raises BlockingIOError while the limiter is full, and ConnectionAbortedError for a refused connection. The event
        loop tries again.
        """
        if self.limiter is not None and self.limiter.is_full:
            raise BlockingIOError
        connection, address = super().accept()
        if self.limiter is not None and not self.limiter.admit(connection, str(address[0])):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            connection.close()
            raise ConnectionAbortedError
        return connection, address
