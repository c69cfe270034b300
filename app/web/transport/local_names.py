"""The names and addresses of this machine, from the system alone: no DNS query."""

import re
import socket
from collections.abc import Iterator
from ipaddress import IPv6Address
from pathlib import Path
from typing import Final

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
