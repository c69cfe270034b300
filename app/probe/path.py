"""The path of a probe: every socket is bound to one gateway's device, source address and mark, or it is not opened."""

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

# What a socket says whose device or source address is gone (EINVAL: ip_route_output_key in net/ipv4/route.c). It keeps
# the index of the device it was bound to, so it never recovers by itself.
# Not among them is a table with nothing but its blackhole: the kernel takes a destination that a socket bound to a
# device has no route to for a neighbor on that device. So such a probe is silence, and still leaves nowhere else.
_GONE = {errno.ENODEV, errno.ENXIO, errno.EADDRNOTAVAIL, errno.EINVAL, errno.ENETUNREACH, errno.ENETDOWN}


def gone(error: OSError) -> bool:
    """Whether a socket of a path is of no more use after this error; one bound anew may be."""
    return error.errno in _GONE


@dataclass(frozen=True, slots=True)
class Path:
    """Gateway `number` as a probe leaves by it: through `interface`, from `source`, with the gateway's mark.

    The three together are what keeps a probe from another way (KERNEL.md, "Probes"): the mark chooses the gateway's
    table, which ends in a blackhole; the device and the source hold where somebody else's rules come first.
    """

    number: int
    interface: str
    source: IPAddress

    def open(self, kind: socket.SocketKind, protocol: int = 0) -> socket.socket:
        """A non-blocking socket bound to this path.

        Raises OSError: ENODEV where the device is absent, EADDRNOTAVAIL where the address is not ours any more, EPERM
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
        """What to say when a probe could not be sent by this path."""
        return f"cannot send through {self.interface} from {self.source}: {os.strerror(error.errno or 0)}"
