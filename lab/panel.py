"""The panel in the lab: it runs inside `balancer` as its own user, and listens there and on this host's loopback.

Both sockets are created here and passed to it by systemd's protocol, so it needs no capability and no access outside
its network namespace.
"""

import http.client
import os
import socket
import ssl
import sys
from typing import Final

from lab import launch, namespaces, processes, registry, stage
from lab.errors import BadRequest, CommandFailed
from lab.launch import Identity
from lab.namespaces import namespace
from lab.processes import Process
from lab.topology import BALANCER
from lab.waiting import wait_until

_INSIDE_PORT: Final = 443
_ANSWER_LIMIT_S: Final = 20.0
_BACKLOG: Final = 128


def loopback_socket(port: int) -> socket.socket:
    """Listen on this host's loopback; `port` 0 takes any free one. Raises BadRequest if the port is in use."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
    except OSError as failure:
        why = os.strerror(failure.errno or 0)
        msg = f"port {port} of this host cannot be had ({why}); choose another one with --port"
        raise BadRequest(msg) from None


def start_panel(lab: str, identity: Identity, outside: socket.socket, umask: int) -> Process:
    """Start the panel on `outside` and on every address of the balancer, and return when it replies."""
    with outside, _inside_socket(lab) as inside, launch.log(lab, "panel") as output:
        sockets = (inside.fileno(), outside.fileno())
        port = outside.getsockname()[1]
        words = ",".join(map(str, sockets))
        child = launch.start(
            lab,
            BALANCER,
            [sys.executable, "-m", "lab.inside.activated", words, sys.executable, "-m", "lab.page"],
            identity=identity,
            env={**launch.plain_environment(lab), "MULTIHOME_LAB_SOCKET": str(registry.control_socket(lab))},
            stdout=output,
            stderr=output,
            cwd=stage.CODE,
            umask=umask,
            pass_fds=sockets,
        )
    panel = processes.adopt("panel", child)
    try:
        wait_until(lambda: not panel.alive or _answers(port), "the panel answers", _ANSWER_LIMIT_S)
    except TimeoutError as timeout:
        raise CommandFailed(str(timeout)) from None
    if not panel.alive:
        words = (registry.directory(lab) / "panel.log").read_text(errors="replace").strip()
        msg = f"the panel ended at once: {words[-1000:]}"
        raise CommandFailed(msg)
    return panel


def setup_token(lab: str) -> str | None:
    """The one-time setup token, which root may read; None once it was used."""
    try:
        return (registry.home(lab) / "setup-token").read_text(encoding="ascii").strip() or None
    except OSError:
        return None


def _inside_socket(lab: str) -> socket.socket:
    def listen() -> socket.socket:
        return socket.create_server(("0.0.0.0", _INSIDE_PORT), backlog=_BACKLOG)  # noqa: S104 - in the lab's own network

    return namespaces.inside(namespace(lab, BALANCER), listen)


def _answers(port: int) -> bool:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # its certificate is self-signed
    line = http.client.HTTPSConnection("127.0.0.1", port, timeout=1, context=trusting)
    try:
        line.request("HEAD", "/", headers={"Host": f"localhost:{port}"})
        return line.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
