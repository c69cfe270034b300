"""A running panel: its state directory, its certificate, its sockets, and uvicorn over them."""

import asyncio
import gc
import logging
import os
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable, Sequence
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.errors import MultihomeError
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.service.listening import Ports
from app.store.files import UMASK
from app.systemd import Supervisor
from app.web.access.addresses import parsed
from app.web.application import create_application
from app.web.certificate import Certificate, own_certificate
from app.web.connections import Connection
from app.web.guests import Door, Guests
from app.web.live.lab_link import SOCKET_VARIABLE
from app.web.local_names import addresses, host_names
from app.web.panel import Panel, assemble
from app.web.sockets import address_of, inherited, listening

log = logging.getLogger(__name__)

# Streams end by themselves when the server stops; whatever else is under way gets this long.
_PARTING_S: Final = 2
_IDLE_CONNECTION_S: Final = 30
_USUAL_PORT: Final = 443
# A stream says something more often than that, and asks nothing.
_SIDES_FOLLOWED_EVERY_S: Final = 1.0
# What asyncio reads of a connection at a time, and keeps for it as long as it lives: two records of TLS instead of
# 256 KiB, which a handshake costs as well.
_READ_AT_ONCE: Final = 32 * 1024


class _Server(uvicorn.Server):
    """uvicorn, which counts who connects, and ends our streams when it is told to stop instead of waiting for them."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, supervisor: Supervisor) -> None:
        super().__init__(config)
        self._app = app
        self._supervisor = supervisor
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and count who connects."""
        panel: Panel = self._app.state.panel
        guests = Guests(panel.backoff, panel.sides)
        for door in sockets or ():
            if isinstance(door, Door):
                door.guests = guests
        await super().startup(sockets)
        beating = asyncio.create_task(self._beat(), name="watchdog")
        self._tasks = (beating, asyncio.create_task(_follow_sides(guests), name="sides"))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: streams first."""
        self._supervisor.end()
        for task in self._tasks:
            task.cancel()
        self._app.state.streams.close()
        await super().shutdown(sockets)

    async def _beat(self) -> None:
        """Tell the supervisor, as long as the loop goes round and a thread is to be had for a request."""
        while True:
            await run_in_threadpool(int)
            self._supervisor.beat()
            if self._supervisor.pause_s is None:
                return
            await asyncio.sleep(self._supervisor.pause_s)


async def _follow_sides(guests: Guests) -> None:
    """Show out whoever is where the panel does not exist any more, until cancelled."""
    while True:
        guests.show_out_hidden()
        await asyncio.sleep(_SIDES_FOLLOWED_EVERY_S)


def run(home: StateDirectory, listen: Sequence[tuple[str, int]] = (), say: Callable[[str], None] = print) -> None:
    """Serve the panel until SIGTERM or SIGINT.

    Listens on the sockets that systemd's protocol handed over and on the addresses of `listen`; with neither, on every
    address at the port that the configuration names. config.db must be there (`multihome migrate`).
    Raises MultihomeError when it cannot start.
    """
    os.umask(UMASK)
    certificate = own_certificate(home.path / "tls", (*host_names(), *addresses()))
    sockets = inherited()
    sockets += listening(listen or ([] if sockets else _everywhere(home)))
    lab = os.environ.get(SOCKET_VARIABLE, "")
    panel = assemble(home, certificate.instance(), lab_socket=lab, ports=beyond_loopback(sockets))
    tls = panel.certificate.start(certificate)
    announce(panel, certificate, sockets, say)
    serving = server(create_application(panel, host_names()), tls, Supervisor())
    # All that is here stays: looking for circles among it as well would take a quarter of a second each time.
    gc.collect()
    gc.freeze()
    serving.run([*sockets])


def server(app: FastAPI, tls: ssl.SSLContext, supervisor: Supervisor | None = None) -> uvicorn.Server:
    """What serves this application with this certificate, once it is told on which sockets."""
    return _Server(_config(app, tls), app, Supervisor({}) if supervisor is None else supervisor)


def announce(
    panel: Panel, certificate: Certificate, sockets: Sequence[socket.socket], say: Callable[[str], None]
) -> None:
    """Say where the panel is and how to tell that it is this one; before the first login, how to set it up."""
    for listener in sockets:
        say(f"panel: {address_of(listener)}")
    usual = _configured_port(panel.home)
    for port in beyond_loopback(sockets) - {usual}:
        say(f"warning: port {port} is not the configured one ({usual}), and only that is hidden on the ISPs' side")
    brought = panel.certificate.facts
    say(f"certificate (SHA-256): {certificate.fingerprint() if brought is None else brought.fingerprint}")
    if not panel.users.exist():
        token = panel.setup_token.current() or panel.setup_token.issue()
        say(f"set-up token (30 minutes, also in {panel.setup_token.path}): {token}")


def beyond_loopback(sockets: Sequence[socket.socket]) -> Ports:
    """The ports of those sockets that others than this machine may reach."""
    return Ports(one.getsockname()[1] for one in sockets if not _is_loopback(one))


def _configured_port(home: StateDirectory) -> int:
    try:
        return Configuration(home).head().config.settings.panel.port
    except MultihomeError as error:
        # The panel is how an unreadable configuration gets noticed, so it starts all the same.
        log.warning("the configuration cannot be read, so the panel's port is taken for %d: %s", _USUAL_PORT, error)
        return _USUAL_PORT


def _is_loopback(listener: socket.socket) -> bool:
    address = parsed(listener.getsockname()[0])
    return address is not None and address.is_loopback


def _everywhere(home: StateDirectory) -> list[tuple[str, int]]:
    port = _configured_port(home)
    return [("0.0.0.0", port), *([("::", port)] if _has_ipv6() else [])]  # noqa: S104 - nftables hides it from wans


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


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
