"""The path of a probe: every socket is bound to one gateway's device, source address and mark, or is not opened."""

import errno
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from app.model.family import IPAddress, family_of
from app.model.layout import mark
from app.model.probing import Outcome

Report = Callable[[Outcome], None]
"""Takes what came of one probe, once at most; silence is not reported."""

# Errors of a socket whose device or source address is gone (EINVAL: ip_route_output_key in net/ipv4/route.c). The
# socket keeps the index of its device, so it never recovers by itself.
# A table with only its blackhole gives none of these errors: without a route, the kernel treats the destination of a
# device-bound socket as a neighbor on that device. Such a probe gets no reply, and still leaves nowhere else.
_GONE = {errno.ENODEV, errno.ENXIO, errno.EADDRNOTAVAIL, errno.EINVAL, errno.ENETUNREACH, errno.ENETDOWN}


def gone(error: OSError) -> bool:
    """Whether a socket of a path is useless after this error; a new one may work."""
    return error.errno in _GONE


@dataclass(frozen=True, slots=True)
class Path:
    """The path of probes through gateway `number`: device `interface`, source address `source`, and the gateway's mark.

    All three together keep a probe from taking another path (KERNEL.md, "Probes"). The mark chooses the gateway's
    table, which ends in a blackhole. Device and source hold even if rules of another program come first.
    """

    number: int
    interface: str
    source: IPAddress

    def open(self, kind: socket.SocketKind, protocol: int = 0) -> socket.socket:
        """A non-blocking socket bound to this path.

        Raises OSError: ENODEV if the device is absent, EADDRNOTAVAIL if the router no longer has the address, EPERM
        without CAP_NET_RAW or CAP_NET_ADMIN (socket(7), SO_MARK).
        """
        opened = socket.socket(family_of(self.source).af, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.interface.encode() + b"\0")
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark(self.number))
            opened.bind((str(self.source), 0))
        except OSError:
            opened.close()
            raise
        return opened

    def trouble(self, error: OSError) -> str:
        """The sentence for a probe that could not be sent through this path."""
        return f"cannot send through {self.interface} from {self.source}: {os.strerror(error.errno or 0)}"
