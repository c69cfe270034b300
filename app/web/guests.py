"""Who is connected, counted where connections are accepted: before TLS, so that half a handshake counts too.

When the panel is full, the address with the most connections loses its oldest one. So whoever opens many ends their
own, and nobody can keep anybody else out; addresses with a good login in the past go last.
"""

import contextlib
import socket
from typing import Any, Final

from app.web.access.addresses import parsed
from app.web.access.backoff import Backoff

# Each costs half a megabyte of buffers in TLS; 64 of them may be streams.
MOST_CONNECTIONS: Final = 128


class Guests:
    """The connections that are open, in the order they came. Belongs to the event loop."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._inside: list[tuple[str, socket.socket]] = []

    def admit(self, guest: socket.socket, host: str) -> None:
        """Let one in; when there are too many then, another one is shown out."""
        self._inside = [one for one in self._inside if one[1].fileno() >= 0]
        address = parsed(host)
        self._inside.append((self._backoff.source_of(host if address is None else str(address)), guest))
        if len(self._inside) > MOST_CONNECTIONS:
            self._show_out()

    def _show_out(self) -> None:
        count: dict[str, int] = {}
        for host, _ in self._inside:
            count[host] = count.get(host, 0) + 1
        greediest = max(count, key=lambda host: (not self._backoff.knows(host), count[host]))
        at = next(index for index, (host, _) in enumerate(self._inside) if host == greediest)
        _, oldest = self._inside.pop(at)
        with contextlib.suppress(OSError):
            # Not closed: its descriptor is the event loop's, which reads the end of it and does the rest.
            oldest.shutdown(socket.SHUT_RDWR)


class Door(socket.socket):
    """A listening socket whose connections are counted, once it is told by whom."""

    guests: Guests | None = None

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection."""
        guest, address = super().accept()
        if self.guests is not None:
            self.guests.admit(guest, str(address[0]))
        return guest, address
