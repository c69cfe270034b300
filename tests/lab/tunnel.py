"""A point-to-point link between the balancer and an ISP, as pppd makes one: two tun devices and who carries between.

The devices belong to this process' descriptors: when it lets go of them they are gone, with their routes.
"""

import fcntl
import os
import select
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address

from lab import namespaces
from lab.lab import Lab

# linux/if_tun.h
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
LONGEST = 65536
NAME = "ppp0"


@contextmanager
def point_to_point(lab: Lab, isp: int, ours: IPv4Address | str, theirs: IPv4Address | str) -> Iterator[None]:
    """`ppp0` on both sides, addressed and set up; no default route is put."""
    ends = {"balancer": (ours, theirs), f"isp{isp}": (theirs, ours)}
    opened = {machine: namespaces.inside(lab.namespace(machine), _open) for machine in ends}
    stop, stopped = os.pipe()
    carrier = threading.Thread(target=_carry, args=(*opened.values(), stop), daemon=True)
    carrier.start()
    try:
        for machine, (own, peer) in ends.items():
            lab.run(machine, ["ip", "address", "add", str(own), "peer", str(peer), "dev", NAME])
            lab.run(machine, ["ip", "link", "set", NAME, "up"])
        yield
    finally:
        os.close(stopped)
        carrier.join()
        for descriptor in (*opened.values(), stop):
            os.close(descriptor)


def _open() -> int:
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", NAME.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


def _carry(one: int, other: int, stop: int) -> None:
    """Hand every packet to the other side until the pipe is closed."""
    ways = {one: other, other: one}
    while True:
        readable, _, _ = select.select([one, other, stop], [], [])
        if stop in readable:
            return
        for end in readable:
            try:
                os.write(ways[end], os.read(end, LONGEST))
            except OSError:
                continue  # not set up yet, or set down: the packet is lost, as on any line
