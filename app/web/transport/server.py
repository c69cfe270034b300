"""The HTTPS server: uvicorn with TLS, connection limits and the systemd watchdog."""

import asyncio
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.systemd import Supervisor
from app.web.transport.connection_limiter import ConnectionLimiter, LimitedListener
from app.web.transport.connections import Connection

# Streams end by themselves when the server stops; other requests get this long.
_PARTING_S: Final = 2
_IDLE_CONNECTION_S: Final = 30
# Streams send more often than that, and receive nothing.
_EXPOSURE_FOLLOWED_EVERY_S: Final = 1.0
# What asyncio reads of a connection at a time, and keeps for it as long as it lives: two records of TLS instead of
# 256 KiB, which a handshake costs as well.
_READ_AT_ONCE: Final = 32 * 1024


class Server(uvicorn.Server):
    """uvicorn with counted connections, and streams that end at shutdown."""

    def __init__(
        self,
        app: FastAPI,
        tls: ssl.SSLContext,
        limiter: ConnectionLimiter,
        end_streams: Callable[[], None],
        supervisor: Supervisor,
    ) -> None:
        super().__init__(_config(app, tls))
        self._limiter = limiter
        self._end_streams = end_streams
        self._supervisor = supervisor
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and count connections."""
        for listener in sockets or ():
            if isinstance(listener, LimitedListener):
                listener.limiter = self._limiter
        await super().startup(sockets)
        beating = asyncio.create_task(self._beat(), name="watchdog")
        self._tasks = (beating, asyncio.create_task(self._follow_exposure(), name="exposure"))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: streams first."""
        self._supervisor.end()
        for task in self._tasks:
            task.cancel()
        self._end_streams()
        await super().shutdown(sockets)

    async def _beat(self) -> None:
        """Feed the systemd watchdog while the event loop runs and a worker thread is free."""
        while True:
            await run_in_threadpool(int)
            self._supervisor.beat()
            if self._supervisor.pause_s is None:
                return
            await asyncio.sleep(self._supervisor.pause_s)

    async def _follow_exposure(self) -> None:
        """Close connections from WANs on which the panel has become blocked, until cancelled."""
        while True:
            self._limiter.end_hidden()
            await asyncio.sleep(_EXPOSURE_FOLLOWED_EVERY_S)


def _config(app: FastAPI, tls: ssl.SSLContext) -> uvicorn.Config:
    SSLProtocol.max_size = _READ_AT_ONCE

    def context(_config: uvicorn.Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        return tls

    return uvicorn.Config(
        app,
        ssl_context_factory=context,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE_CONNECTION_S,
        timeout_graceful_shutdown=_PARTING_S,
    )
