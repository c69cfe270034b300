"""HTTP connections with the time of their opening and with timeouts for slow clients.

A new connection proves that its client reaches the router now. uvicorn waits without limit for headers, for bodies and
for a client that does not read: a few slow clients could hold the panel's memory for days.
"""

import asyncio
import math
from typing import Any, Final

import h11
from fastapi import Request
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from app.service.confirming import uptime_s
from app.web.transport.arrival import Arrival, arrival_of
from app.web.transport.headers import HEADERS

# Where a request finds it, in the state that uvicorn copies into every request of a connection.
OPENED_S: Final = "opened_s"
ARRIVAL: Final = "arrival"
# Where the application leaves, when it starts, the question whether the panel is hidden where a connection came in.
IS_HIDDEN_FROM: Final = "is_hidden_from"

# From the handshake, or the first byte of a further request, to the end of its headers.
HEADERS_WITHIN_S: Final = 10.0
# From the headers to the end of the body: 64 KiB for most, a configuration of some MB for logged-in users.
BODY_WITHIN_S: Final = 60.0
# How long a client may leave unread what was sent to it.
UNREAD_FOR_S: Final = 30.0


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 with the time before the TLS handshake and with timeouts."""

    # A browser opens connections that it may never use: one on which nothing was said ends without a word.
    _has_spoken = False
    _deadline: asyncio.TimerHandle | None = None
    _waits_for: type[h11.IDLE | h11.SEND_BODY] | None = None
    _unread: asyncio.TimerHandle | None = None

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Note the time, of this connection alone: the state is shared by all until here.

        The event loop creates this when it accepts; the handshake follows, and a client that completes it has had a
        reply since. The handshake's end would be too late: its bytes can arrive before a change and be read after it.
        """
        super().__init__(config, server_state, {**app_state, OPENED_S: uptime_s()}, _loop)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout: the handshake is over."""
        super().connection_made(transport)
        self.app_state[ARRIVAL] = arrival_of(transport.get_extra_info("socket"))
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Receive data. The deadline for the rest stays, however little arrives at a time."""
        if self._is_hidden():
            self.transport.abort()
            return
        self._has_spoken = True
        super().data_received(data)
        self._wait()

    def on_response_complete(self) -> None:
        """Continue with the next request; uvicorn's own timer covers idle connections."""
        super().on_response_complete()
        if self.conn.trailing_data[0]:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeouts: the connection is closed."""
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start the write timeout: the client does not read."""
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(UNREAD_FOR_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Cancel the write timeout: the client reads again."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; this answer passes no middleware, so it is marked here."""
        self._refuse(400, msg)

    def _is_hidden(self) -> bool:
        """Whether the panel has become blocked on this connection's interface."""
        is_hidden_from = self.app_state.get(IS_HIDDEN_FROM)
        return is_hidden_from is not None and bool(is_hidden_from(self.app_state[ARRIVAL]))

    def _wait(self) -> None:
        """Set the deadline for the headers or the body; it stays while more of the same arrives."""
        state = self.conn.their_state
        owed = state if state in {h11.IDLE, h11.SEND_BODY} and not self.transport.is_closing() else None
        if owed is self._waits_for:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._waits_for, self._deadline = owed, None
        if owed is not None:
            within_s = HEADERS_WITHIN_S if owed is h11.IDLE else BODY_WITHIN_S
            self._deadline = self.loop.call_later(within_s, self._give_up)

    def _give_up(self) -> None:
        """Close a connection whose client is too slow; the application sees a disconnect."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self._has_spoken and self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._refuse(408, "Request timed out.")
        else:
            self.transport.close()

    def _refuse(self, status: int, text: str) -> None:
        headers = [
            *HEADERS.items(),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
        ]
        answer = h11.Response(status_code=status, headers=headers)
        for part in (answer, h11.Data(data=f"{text}\n".encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()


def opened_s(request: Request) -> float:
    """When this request's connection was opened, by `uptime_s`; minus infinity if unknown."""
    known = request.scope.get("state", {}).get(OPENED_S)
    return known if isinstance(known, float) else -math.inf


def arrival(request: Request) -> Arrival:
    """Where this request's connection arrived; only its local address if the interface is unknown."""
    known = request.scope.get("state", {}).get(ARRIVAL)
    return known if isinstance(known, Arrival) else Arrival("", (request.scope.get("server") or ("",))[0])
