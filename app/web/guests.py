"""Who is connected, counted where connections are accepted: before TLS, so that half a handshake counts too.

When the panel is full, the address with the most connections loses its oldest one. So whoever opens many ends their
own, and nobody can keep anybody else out; addresses with a good login in the past go last.

For whoever comes from an ISP's side while that is closed nobody listens here, and whoever was inside when it was
closed is shown out.
"""

import contextlib
import gc
import socket
import struct
from dataclasses import dataclass
from typing import Any, Final

from app.web.access.addresses import parsed
from app.web.access.arrival import Arrival, arrival_of
from app.web.access.backoff import Backoff
from app.web.access.sides import Sides

# Each costs a tenth of a megabyte in TLS; 64 of them may be streams.
MOST_CONNECTIONS: Final = 128
# Who is shown out holds all of it until the event loop has read the end. Nobody is let in while so many are leaving:
# else whoever connects faster than they leave has the memory of all that ever came.
MOST_LEAVING: Final = 32
# A handshake that fails leaves its objects in a circle (the exception, its frames, the connection), and Python looks
# for old circles only when there are a quarter more objects than last time: hundreds of dead connections later.
SWEPT_AFTER: Final = 128


# SO_LINGER: closing answers with a reset, as where nobody listens.
_AT_ONCE: Final = struct.pack("@ii", 1, 0)


@dataclass(frozen=True, slots=True)
class _Guest:
    """One connection. `source`: whom it is counted for."""

    source: str
    arrival: Arrival
    socket: socket.socket


class Guests:
    """The connections that are open, in the order they came. Belongs to the event loop."""

    def __init__(self, backoff: Backoff, sides: Sides) -> None:
        self._backoff = backoff
        self._sides = sides
        self._inside: list[_Guest] = []
        self._leaving: list[socket.socket] = []
        self._since_sweep = 0

    @property
    def are_too_many(self) -> bool:
        """Whether those who were shown out have to be gone before the next one comes in."""
        self._leaving = [one for one in self._leaving if one.fileno() >= 0]
        return len(self._leaving) >= MOST_LEAVING

    def admit(self, guest: socket.socket, host: str) -> bool:
        """Let one in, unless the panel does not exist where it came in; with too many, another one is shown out."""
        arrival = arrival_of(guest)
        if self._sides.is_hidden_from(arrival):
            return False
        self._inside = [one for one in self._inside if one.socket.fileno() >= 0]
        address = parsed(host)
        source = self._backoff.source_of(host if address is None else str(address))
        self._inside.append(_Guest(source, arrival, guest))
        if len(self._inside) > MOST_CONNECTIONS:
            self._show_out(self._oldest_of_the_greediest())
        self._since_sweep += 1
        if self._since_sweep >= SWEPT_AFTER:
            self._since_sweep = 0
            gc.collect()
        return True

    def show_out_hidden(self) -> None:
        """End what was let in where the panel does not exist any more: idle connections and streams as well."""
        for one in [one for one in self._inside if self._sides.is_hidden_from(one.arrival)]:
            self._show_out(one)

    def _oldest_of_the_greediest(self) -> _Guest:
        count: dict[str, int] = {}
        for one in self._inside:
            count[one.source] = count.get(one.source, 0) + 1
        greediest = max(count, key=lambda source: (not self._backoff.knows(source), count[source]))
        return next(one for one in self._inside if one.source == greediest)

    def _show_out(self, guest: _Guest) -> None:
        self._inside.remove(guest)
        self._leaving.append(guest.socket)
        with contextlib.suppress(OSError):
            # Not closed: its descriptor is the event loop's, which reads the end of it and does the rest.
            guest.socket.shutdown(socket.SHUT_RDWR)


class Door(socket.socket):
    """A listening socket whose connections are counted, once it is told by whom."""

    guests: Guests | None = None

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection.

        Raises BlockingIOError while there is no room, and ConnectionAbortedError where the next one was not let in:
        the event loop comes again.
        """
        if self.guests is not None and self.guests.are_too_many:
            raise BlockingIOError
        guest, address = super().accept()
        if self.guests is not None and not self.guests.admit(guest, str(address[0])):
            guest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            guest.close()
            raise ConnectionAbortedError
        return guest, address
