"""The name servers that resolve the names of checks: this machine's own (resolv.conf(5)).

They are queried through one gateway only, so a server that only this machine, the LAN or another ISP can reach is
useless.
"""

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Final

# If only a local stub is listed (systemd-resolved), its own list of servers counts: a server on the loopback cannot be
# queried through a gateway.
RESOLV_CONF: Final = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
# As many as glibc uses (MAXNS in resolv.h).
_MOST: Final = 3


def nameservers(files: Sequence[Path] = RESOLV_CONF) -> tuple[IPv4Address, ...]:
    """The name servers of the first file that lists any outside this machine; IPv4 only."""
    for file in files:
        try:
            lines = file.read_text(errors="replace").splitlines()
        except OSError:
            continue
        listed = [words[1] for line in lines if len(words := line.split()) >= 2 and words[0] == "nameserver"]
        good = [address for one in listed if (address := _beyond_this_machine(one)) is not None]
        if good:
            return tuple(good[:_MOST])
    return ()


def _beyond_this_machine(server: str) -> IPv4Address | None:
    try:
        address = IPv4Address(server)
    except AddressValueError:
        return None
    return None if address.is_loopback or address.is_unspecified else address
