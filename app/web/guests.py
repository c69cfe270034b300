"""Who is connected, counted where connections are accepted: before TLS, so that half a handshake counts too.

When the panel is full, the address with the most connections loses its oldest one. So whoever opens many ends their
own, and nobody can keep anybody else out; addresses with a good login in the past go last.
"""

import contextlib
import gc
import socket
from typing import Any, Final

from app.web.access.addresses import parsed
from app.web.access.backoff import Backoff

# Each costs a tenth of a megabyte in TLS; 64 of them may be streams.
MOST_CONNECTIONS: Final = 128
# Who is shown out holds all of it until the event loop has read the end. Nobody is let in while so many are leaving:
# else whoever connects faster than they leave has the memory of all that ever came.
MOST_LEAVING: Final = 32
# A handshake that fails leaves its objects in a circle (the exception, its frames, the connection), and Python looks
# for old circles only when there are a quarter more objects than last time: hundreds of dead connections later.
SWEPT_AFTER: Final = 128


class Guests:
    """The connections that are open, in the order they came. Belongs to the event loop."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._inside: list[tuple[str, socket.socket]] = []
        self._leaving: list[socket.socket] = []
        self._since_sweep = 0

    @property
    def are_too_many(self) -> bool:
        """Whether those who were shown out have to be gone before the next one comes in."""
        self._leaving = [one for one in self._leaving if one.fileno() >= 0]
        return len(self._leaving) >= MOST_LEAVING

    def admit(self, guest: socket.socket, host: str) -> None:
        """Let one in; when there are too many then, another one is shown out."""
        self._inside = [one for one in self._inside if one[1].fileno() >= 0]
        address = parsed(host)
        self._inside.append((self._backoff.source_of(host if address is None else str(address)), guest))
        if len(self._inside) > MOST_CONNECTIONS:
            self._show_out()
        self._since_sweep += 1
        if self._since_sweep >= SWEPT_AFTER:
            self._since_sweep = 0
            gc.collect()

    def _show_out(self) -> None:
        count: dict[str, int] = {}
        for host, _ in self._inside:
            count[host] = count.get(host, 0) + 1
        greediest = max(count, key=lambda host: (not self._backoff.knows(host), count[host]))
        at = next(index for index, (host, _) in enumerate(self._inside) if host == greediest)
        _, oldest = self._inside.pop(at)
        self._leaving.append(oldest)
        with contextlib.suppress(OSError):
            # Not closed: its descriptor is the event loop's, which reads the end of it and does the rest.
            oldest.shutdown(socket.SHUT_RDWR)


class Door(socket.socket):
    """A listening socket whose connections are counted, once it is told by whom."""

    guests: Guests | None = None

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection. Raises BlockingIOError while there is no room: the event loop comes again."""
        if self.guests is not None and self.guests.are_too_many:
            raise BlockingIOError
        guest, address = super().accept()
        if self.guests is not None:
            self.guests.admit(guest, str(address[0]))
        return guest, address
