"""Listening sockets of the panel: inherited by systemd's protocol (sd_listen_fds(3)), or opened here."""

import os
import socket
from collections.abc import MutableMapping, Sequence
from typing import Final

from app.errors import MultihomeError
from app.web.transport.connection_limiter import LimitedListener

_FIRST_FD: Final = 3
_BACKLOG: Final = 128


class CannotListen(MultihomeError):
    """Cannot listen on an address; the message says which and why."""


def inherited(environment: MutableMapping[str, str] = os.environ) -> list[LimitedListener]:
    """The sockets that came with this process, if they are meant for it. Children will not inherit them."""
    meant_for = environment.pop("LISTEN_PID", "")
    count = environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if meant_for != str(os.getpid()) or not count.isdecimal():
        return []
    found = []
    for descriptor in range(_FIRST_FD, _FIRST_FD + int(count)):
        os.set_inheritable(descriptor, False)
        found.append(LimitedListener(fileno=descriptor))
    return found


def listening(addresses: Sequence[tuple[str, int]]) -> list[LimitedListener]:
    """Sockets that listen on these addresses. Raises CannotListen."""
    found = []
    for host, port in addresses:
        # The protocol is named, because asyncio sets TCP_NODELAY only where it is: 40 ms of every answer.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = LimitedListener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            made.bind((host, port))
            made.listen(_BACKLOG)
        except OSError as error:
            made.close()
            raise CannotListen(f"cannot listen on {host} port {port}: {error.strerror}") from error
        found.append(made)
    return found


def address_of(listener: socket.socket) -> str:
    """The URL of this socket, as https://…; an unspecified address is left to the reader."""
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return f"https://{name}" if port == 443 else f"https://{name}:{port}"
