"""`python -m app.web [HOST:PORT …]`: the panel of the state directory that MULTIHOME_HOME names, as a process.

Puts certificate, sockets, panel, application and server together.
"""

import gc
import logging
import os
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from typing import Final

from fastapi import FastAPI

from app.errors import MultihomeError
from app.journal import log_to
from app.paths import StateDirectory, state_directory
from app.service.configuration import Configuration
from app.service.listening import Ports
from app.store.files import UMASK
from app.systemd import Supervisor
from app.web.application import create_application
from app.web.extension import Extension
from app.web.panel import Panel, assemble
from app.web.transport.addresses import parsed
from app.web.transport.certificate import Certificate, own_certificate
from app.web.transport.connection_limiter import ConnectionLimiter
from app.web.transport.server import Server
from app.web.transport.sockets import address_of, addresses, host_names, inherited, listening

log = logging.getLogger(__name__)

_USUAL_PORT: Final = 443


def main(arguments: list[str], extension: Extension | None = None) -> int:
    """Run the panel, with `extension` for one page more; 1 when it cannot start."""
    log_to(os.environ, "multihome-panel", logging.WARNING)
    listen = [(host.strip("[]"), int(port)) for host, _, port in (one.rpartition(":") for one in arguments)]
    try:
        run(state_directory(), listen, extension=extension)
    except MultihomeError as error:
        print(f"multihome panel: {error}", file=sys.stderr)
        return 1
    return 0


def run(
    home: StateDirectory,
    listen: Sequence[tuple[str, int]] = (),
    say: Callable[[str], None] = print,
    extension: Extension | None = None,
) -> None:
    """Serve the panel until SIGTERM or SIGINT.

    Listens on the sockets that systemd's protocol handed over and on the addresses of `listen`; with neither, on every
    address at the port that the configuration names. config.db must be there (`multihome migrate`).
    Raises MultihomeError when it cannot start.
    """
    os.umask(UMASK)
    certificate = own_certificate(home.path / "tls", (*host_names(), *addresses()))
    sockets = inherited()
    sockets += listening(listen or ([] if sockets else _everywhere(home)))
    panel = assemble(home, certificate.instance(), extension=extension, ports=beyond_loopback(sockets))
    tls = panel.certificate.start(certificate)
    announce(panel, certificate, sockets, say)
    serving = server(create_application(panel, host_names()), tls, Supervisor())
    # All that is here stays: looking for circles among it as well would take a quarter of a second each time.
    gc.collect()
    gc.freeze()
    serving.run([*sockets])


def server(app: FastAPI, tls: ssl.SSLContext, supervisor: Supervisor | None = None) -> Server:
    """The server for this application with this certificate; it still needs its sockets."""
    panel: Panel = app.state.panel
    limiter = ConnectionLimiter(panel.login_backoff, panel.exposure.is_hidden_from)
    return Server(app, tls, limiter, app.state.streams.close, Supervisor({}) if supervisor is None else supervisor)


def announce(
    panel: Panel, certificate: Certificate, sockets: Sequence[socket.socket], say: Callable[[str], None]
) -> None:
    """Say where the panel is and how to tell that it is this one; before the first login, how to set it up."""
    for listener in sockets:
        say(f"panel: {address_of(listener)}")
    usual = _configured_port(panel.home)
    for port in beyond_loopback(sockets) - {usual}:
        say(f"warning: port {port} is not the configured one ({usual}), and only that one is blocked on WAN ports")
    installed = panel.certificate.facts
    say(f"certificate (SHA-256): {certificate.fingerprint() if installed is None else installed.fingerprint}")
    if not panel.users.exist():
        token = panel.setup_token.current() or panel.setup_token.issue()
        say(f"setup token (valid for 30 minutes, also in {panel.setup_token.path}): {token}")


def beyond_loopback(sockets: Sequence[socket.socket]) -> Ports:
    """The ports of those sockets that others than this machine may reach."""
    return Ports(one.getsockname()[1] for one in sockets if not _is_loopback(one))


def _configured_port(home: StateDirectory) -> int:
    try:
        return Configuration(home).head().config.settings.panel.port
    except MultihomeError as error:
        # The panel is how an unreadable configuration gets noticed, so it starts all the same.
        log.warning("cannot read the configuration, using panel port %d: %s", _USUAL_PORT, error)
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
