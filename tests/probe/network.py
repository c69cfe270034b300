"""A router with two ISPs, in namespaces of the test's own; the test itself runs inside the router.

    router eth1 192.168.1.1 ── 192.168.1.2 isp1 (10.0.0.3)      gateway 1: table 241, chosen by its mark alone
           eth2 172.17.0.1  ── 172.17.0.2  isp2 (10.0.0.3 too)  the default in `main`: where a stray probe would go

Both ISPs have the target, so a probe that strays is answered, and only a capture tells where it went.
"""

import asyncio
import ctypes
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path as File

from app.probe.path import Path

TARGET = "10.0.0.3"
FIRST = Path(1, "eth1", IPv4Address("192.168.1.1"))
_CLONE_NEWNET = 0x40000000
_ETH_P_IP = 0x0800
_libc = ctypes.CDLL(None, use_errno=True)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _enter(namespace: File) -> None:
    opened = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(opened, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(opened)


class Network:
    """The three machines; made by `start`, gone after `stop`."""

    def __init__(self) -> None:
        self._names = {name: f"probe-{os.getpid()}-{name}" for name in ("router", "isp1", "isp2")}

    def start(self) -> None:
        for name in self._names.values():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        router = self._names["router"]
        for number in (1, 2):
            self.plug_in(number)
            isp = self._names[f"isp{number}"]
            ip("-n", isp, "address", "add", f"{TARGET}/32", "dev", "lo")
            ip("-n", router, "rule", "add", "fwmark", f"{number << 24:#x}/0x7f000000", "lookup", str(240 + number))
            ip("-n", router, "route", "add", "blackhole", "default", "metric", "4000000000", "table", str(240 + number))
        ip("-n", router, "route", "add", "default", "via", "172.17.0.2")

    def plug_in(self, number: int) -> None:
        """Give the router its device towards an ISP, with address and table."""
        router, isp = self._names["router"], self._names[f"isp{number}"]
        subnet, device = {1: "192.168.1", 2: "172.17.0"}[number], f"eth{number}"
        ip("-n", router, "link", "add", device, "type", "veth", "peer", "name", "eth1", "netns", isp)
        ip("-n", router, "address", "add", f"{subnet}.1/24", "dev", device)
        ip("-n", isp, "address", "add", f"{subnet}.2/24", "dev", "eth1")
        ip("-n", isp, "link", "set", "eth1", "up")
        ip("-n", router, "link", "set", device, "up")
        self.default_route(number)

    def default_route(self, number: int) -> None:
        """Fill the gateway's table, which the kernel empties when device or address go."""
        next_hop = {1: "192.168.1.2", 2: "172.17.0.2"}[number]
        where = ("dev", f"eth{number}", "table", str(240 + number))
        ip("-n", self._names["router"], "route", "replace", "default", "via", next_hop, *where)

    def no_route(self, number: int) -> None:
        """Leave nothing but the blackhole in the gateway's table."""
        where = ("dev", f"eth{number}", "table", str(240 + number))
        ip("-n", self._names["router"], "route", "delete", "default", *where)

    def cut(self, number: int) -> None:
        """Let the router lose the carrier towards an ISP."""
        ip("-n", self._names[f"isp{number}"], "link", "set", "eth1", "down")

    def pull_out(self, number: int) -> None:
        """Let the router's device towards an ISP vanish."""
        ip("-n", self._names["router"], "link", "delete", f"eth{number}")

    def stop(self) -> None:
        for name in self._names.values():
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)

    @contextmanager
    def inside(self, machine: str) -> Iterator[None]:
        """Open sockets and set sysctls on a machine; a socket stays where it was opened."""
        back = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(File("/run/netns") / self._names[machine])
            yield
        finally:
            _libc.setns(back, _CLONE_NEWNET)
            os.close(back)

    def deaf(self, machine: str) -> None:
        """Let a machine answer no echo request any more."""
        with self.inside(machine):
            File("/proc/sys/net/ipv4/icmp_echo_ignore_all").write_text("1")

    def hearing(self, machine: str) -> None:
        """Let it answer again."""
        with self.inside(machine):
            File("/proc/sys/net/ipv4/icmp_echo_ignore_all").write_text("0")

    def listen(self, machine: str, kind: socket.SocketKind, port: int) -> socket.socket:
        """A socket of a server on a machine, on the target's address."""
        with self.inside(machine):
            server = socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((TARGET, port))
            if kind is socket.SOCK_STREAM:
                server.listen()
            return server

    def raw_icmp(self, machine: str) -> socket.socket:
        """Hears every ICMP packet to a machine, and sends any as it likes."""
        with self.inside(machine):
            return socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)

    def capture(self, machine: str) -> "Capture":
        with self.inside(machine):
            return Capture(socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, _ETH_P_IP))


class Capture:
    """Every IPv4 packet that reaches a machine from its cable."""

    def __init__(self, opened: socket.socket) -> None:
        opened.bind(("eth1", _ETH_P_IP))
        self._socket = opened
        self._packets: list[bytes] = []

    def __enter__(self) -> "Capture":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def packets(self) -> list[bytes]:
        """All so far that came in (those the machine sent itself are left out)."""
        while True:
            try:
                packet, where = self._socket.recvfrom(2048)
            except BlockingIOError:
                return self._packets
            if where[2] != socket.PACKET_OUTGOING:
                self._packets.append(packet)

    def sources(self) -> set[str]:
        """From whom they came."""
        return {str(IPv4Address(packet[12:16])) for packet in self.packets()}


async def until(condition: Callable[[], object], limit_s: float = 30.0) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - the world outside has no Event to wait for
            await asyncio.sleep(0.002)
