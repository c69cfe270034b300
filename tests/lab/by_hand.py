"""A balancer configured by hand, without Multihome: enough to test the lab's own network and measurements."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address

from lab.inside.connections import Pair
from lab.lab import Lab
from lab.measures import pairs
from lab.topology import BALANCER_LAN, CLIENTS, PLACES


def lab_name(suffix: str) -> str:
    """A name no other test run on this machine uses at the same time; `suffix` has at most 8 characters.

    A lab's name may have sixteen, and the number of a process has up to seven digits.
    """
    return f"t{os.getpid():x}-{suffix}"


@contextmanager
def routed_lab(suffix: str, isps: int = 2) -> Iterator[Lab]:
    """A bare lab whose balancer spreads connections over all ISPs, with their addresses as sources."""
    with Lab.up(lab_name(suffix), isps=isps, bare=True, quiet=True) as lab:
        configure(lab)
        yield lab


def configure(lab: Lab) -> None:
    """Addresses, one multipath default route and masquerading."""
    nexthops = " ".join(f"nexthop via {isp.inside.ip} dev {isp.balancer_interface}" for isp in lab.plan.isps)
    lines = [
        f"addr add {BALANCER_LAN} dev eth0",
        *(f"addr add {isp.balancer} dev {isp.balancer_interface}" for isp in lab.plan.isps),
        f"route add default {nexthops}",
    ]
    lab.run("balancer", ["ip", "-batch", "-"], stdin="\n".join(lines) + "\n")
    lab.run("balancer", ["sysctl", "-qw", "net.ipv4.ip_forward=1"])
    script = """
        table ip by_hand {
            chain leave {
                type nat hook postrouting priority srcnat
                oifname != eth0 masquerade
            }
            chain arrive {
                type nat hook prerouting priority dstnat
            }
        }
        """
    lab.run("balancer", ["nft", "-f", "-"], stdin=script)


def pairs_by_isp(lab: Lab, isp: int, count: int) -> list[Pair]:
    """`count` pairs of client and place that go through `isp` now (balancing by source and destination).

    Which they are is the kernel's hash's to say: pairs are tried until there are enough.
    """
    found: list[Pair] = []
    tried, batch = pairs(len(CLIENTS) * len(PLACES)), count * 12
    for start in range(0, len(tried), batch):
        made = lab.connections(tried[start : start + batch])
        found += [Pair(one.client, one.place) for one in made if one.isp == isp]
        if len(found) >= count:
            return found[:count]
    raise AssertionError(f"only {len(found)} of {len(tried)} pairs go through ISP {isp}")


def pings(lab: Lab, machine: str, address: IPv4Address | str, count: int = 1, more: Sequence[str] = ()) -> int:
    """How many of `count` quick pings from `machine` are answered."""
    argv = ["ping", "-n", "-q", "-i", "0.002", "-W", "0.2", "-c", str(count), *more, str(address)]
    words = lab.run(machine, argv, check=False).stdout.split()
    return int(words[words.index("received,") - 1])
