"""Listening sockets of the panel: inherited by systemd's protocol (sd_listen_fds(3)), or opened here."""

import os
import re
import socket
from collections.abc import Iterator, MutableMapping, Sequence
from ipaddress import IPv6Address
from pathlib import Path
from typing import Final

from app.errors import MultihomeError
from app.web.transport.connection_limiter import LimitedListener

_FIB_TRIE: Final = Path("/proc/net/fib_trie")
_IF_INET6: Final = Path("/proc/net/if_inet6")
_HOST_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?)*")


def host_names() -> tuple[str, ...]:
    """The host's name, alone and in `.local` (mDNS), and localhost, in lower case."""
    own = socket.gethostname().lower()
    short = own.partition(".")[0]
    found = ("localhost", own, short, f"{short}.local")
    return tuple(dict.fromkeys(name for name in found if _HOST_NAME.fullmatch(name)))


def addresses() -> tuple[str, ...]:
    """Every address of this machine in this network namespace, but for link-local ones."""
    return tuple(dict.fromkeys((*_ipv4(_read(_FIB_TRIE)), *_ipv6(_read(_IF_INET6)))))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _ipv4(trie: str) -> Iterator[str]:
    """The leaves of the kernel's routing trie that are hosts in the table `local`."""
    yield from re.findall(r"\|-- ([\d.]+)\n\s+/32 host LOCAL", trie)


def _ipv6(listing: str) -> Iterator[str]:
    for line in listing.splitlines():
        address = IPv6Address(bytes.fromhex(line.split()[0]))
        if not address.is_link_local:
            yield str(address)


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
