"""A router in a namespace, a machine on its LAN, and a host beside the modem: on the ISPs' own segments.

The host beside the modem has a cable to each ISP interface and knows the way to the LAN, which is what an attacker
there needs. Everybody serves TCP and UDP on any port that is asked for.
"""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from lab.waiting import wait_until
from tests.kernel.namespace import Namespace

# Nothing on these cables takes longer; what is dropped costs a test this much.
PATIENCE_S: Final = 0.5
DROPPED, REFUSED, ANSWERED = "dropped", "refused", "answered"


@dataclass(frozen=True)
class Addresses:
    """The addresses of one family."""

    family: socket.AddressFamily
    router_inside: str
    router_outside: str
    lan: str
    beside: str
    network: str
    elsewhere: str


V4: Final = Addresses(
    socket.AF_INET, "10.0.0.1", "192.168.1.1", "10.0.0.2", "192.168.1.66", "192.168.1.0/24", "198.51.100.9"
)
V6: Final = Addresses(
    *(socket.AF_INET6, "fd00:a::1", "fd00:1::1", "fd00:a::2", "fd00:1::66", "fd00:1::/64", "2001:db8::9"),
)


class Beside:
    """The three machines. `router` has eth0 (LAN), eth1 and eth2 (ISPs), as the paper's has."""

    def __init__(self) -> None:
        self.router, self.lan, self.beside = Namespace(), Namespace(), Namespace()
        for there, port, names in (
            (self.lan, "lan0", "eth0"),
            (self.beside, "isp1", "eth1"),
            (self.beside, "isp2", "eth2"),
        ):
            self.router.ip(f"link add {names} type veth peer name {port} netns {there.name}", f"link set {names} up")
            there.ip(f"link set {port} up")
        loose = (f"net.ipv4.conf.{name}.rp_filter=0" for name in ("all", "eth1", "eth2"))
        self.router.execute("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", *loose)
        self.beside.execute("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.isp2.rp_filter=0")
        self.router.ip(
            *("addr add 10.0.0.1/24 dev eth0", "addr add 192.168.1.1/24 dev eth1", "addr add 172.17.0.1/24 dev eth2"),
            *("addr add fd00:a::1/64 dev eth0 nodad", "addr add fd00:1::1/64 dev eth1 nodad"),
            *("route add 198.51.100.9/32 via 192.168.1.66", "route add 2001:db8::9/128 via fd00:1::66"),
        )
        self.lan.ip(
            *("addr add 10.0.0.2/24 dev lan0", "addr add fd00:a::2/64 dev lan0 nodad"),
            *("route add default via 10.0.0.1", "route add default via fd00:a::1"),
        )
        self.beside.ip(
            *("addr add 192.168.1.66/24 dev isp1", "addr add 172.17.0.66/24 dev isp2"),
            *("addr add fd00:1::66/64 dev isp1 nodad", "addr add 198.51.100.9/32 dev lo"),
            *("addr add 2001:db8::9/128 dev lo nodad", "route add 10.0.0.0/24 via 192.168.1.1"),
            "route add fd00:a::/64 via fd00:1::1",
        )

        machines = (self.router, self.lan, self.beside)
        wait_until(
            lambda: not any(one.execute("ip", "-6", "addr", "show", "tentative") for one in machines),
            "no address is tentative",
        )

    def close(self) -> None:
        for one in (self.router, self.lan, self.beside):
            one.close()

    def tcp(self, source: Namespace, target: Namespace, address: str, port: int, *, served_at: int = 0) -> str:
        """What becomes of a TCP connection to this address, where a server listens at the target."""
        with (
            _server(target, socket.SOCK_STREAM, served_at or port),
            _client(source, socket.SOCK_STREAM, address) as one,
        ):
            try:
                one.connect((address, port))
            except TimeoutError:
                return DROPPED
            except OSError:
                return REFUSED
            return ANSWERED

    def udp(self, source: Namespace, target: Namespace, address: str, port: int, *, sent_from: int = 0) -> str:
        """What becomes of a datagram to this address, and of the reply to it."""
        with _server(target, socket.SOCK_DGRAM, port) as server, _client(source, socket.SOCK_DGRAM, address) as one:
            if sent_from:
                one.bind(("", sent_from))
            one.connect((address, port))
            one.send(b"hello")
            try:
                said, peer = server.recvfrom(16)
                server.sendto(said, peer)
                return ANSWERED if one.recv(16) == b"hello" else REFUSED
            except TimeoutError:
                return DROPPED

    def forget_neighbors(self) -> None:
        """Empty the neighbor tables of the router and of the host beside the modem."""
        for machine in (self.router, self.beside):
            for family in ("-4", "-6"):
                machine.execute("ip", family, "neigh", "flush", "all")

    def pings(self, source: Namespace, address: str, count: int = 1) -> int:
        """How many echo requests are answered, of so many that are sent at once."""
        command = ["ip", "netns", "exec", source.name, "ping", "-qn", f"-c{count}", f"-l{count}", "-W0.5"]
        done = subprocess.run([*command, address], capture_output=True, text=True, check=False)
        found = re.search(r"(\d+) received", done.stdout)
        assert found is not None, done.stderr
        return int(found[1])


@contextmanager
def _server(where: Namespace, kind: socket.SocketKind, port: int) -> Iterator[socket.socket]:
    """A socket that both families reach; the kernel completes a handshake by itself."""

    def made() -> socket.socket:
        one = socket.socket(socket.AF_INET6, kind)
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.settimeout(PATIENCE_S)
        one.bind(("::", port))
        if kind is socket.SOCK_STREAM:
            one.listen()
        return one

    with where.call(made) as server:
        yield server


@contextmanager
def _client(where: Namespace, kind: socket.SocketKind, address: str) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with where.call(lambda: socket.socket(family, kind)) as client:
        client.settimeout(PATIENCE_S)
        yield client
