"""ISPs that hand out addresses, and the machine's own programs that ask for them: dnsmasq, dhclient and udhcpc.

The clients' scripts write into /etc. Each runs in the mount namespace that the lab gives its processes, with a copy of
/etc in place of the real one, so that nothing outside the lab is touched and nothing has to be cleaned up.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface

from lab import launch, registry
from lab.lab import Lab
from lab.topology import BALANCER_LAN
from lab.waiting import wait_until
from tests.lab import routed

LIMIT_S = 45.0
# What a lease is good for, and after how long a client asks for its renewal. Less than two minutes dnsmasq refuses.
LEASE, RENEWAL_S = "2m", 2
# /mnt, /etc and /dev/log are the process' own from here on; its files go with it.
_PRIVATE = """
mount -t tmpfs -o mode=0755 private /mnt && cp -a /etc /mnt/etc && mount --bind /mnt/etc /etc || exit 1
[ -e /dev/log ] && mount --bind /dev/null /dev/log
echo 'timeout 60; retry 1; reboot 1; initial-interval 1; backoff-cutoff 1;' > /mnt/dhclient.conf
exec "$@"
"""


@dataclass
class Program:
    """A program of the lab that a test starts, and ends by its id."""

    process: "subprocess.Popen[bytes]"

    def tell(self, wish: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, wish)

    def end(self, wish: signal.Signals = signal.SIGTERM) -> None:
        """Have it end, and return when it has. Idempotent."""
        with suppress(ProcessLookupError):
            if self.process.poll() is None:
                self.tell(wish)
        try:
            self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Client:
    """A DHCP client at work on one of the balancer's interfaces."""

    lab: Lab
    interface: str
    program: Program

    def renew(self) -> None:
        """Have udhcpc ask for its lease again now; dhclient does it by itself every RENEWAL_S."""
        self.program.tell(signal.SIGUSR1)

    def release(self) -> None:
        """Have udhcpc give its lease back, and wait until it is told to ask again."""
        self.program.tell(signal.SIGUSR2)

    def stop(self) -> None:
        """End it as a program that watches the cable would: the lease is gone, and the address with it."""
        self.program.end()
        # The device may be gone as well.
        self.lab.run("balancer", ["ip", "-4", "address", "flush", "dev", self.interface], check=False)


@dataclass
class Provider:
    """What one ISP of the lab hands out; changed by `hand_out`."""

    lab: Lab
    number: int
    inside: IPv4Interface
    program: Program | None = field(default=None)

    def move(self, inside: IPv4Interface) -> None:
        """Give the ISP's router another address on its customer's side."""
        self.inside = inside
        self._ip("address", "flush", "dev", "eth1")
        self._ip("address", "add", str(inside), "brd", "+", "dev", "eth1")

    def hand_out(self, address: IPv4Address | str, *, router: IPv4Address | None = None) -> None:
        """Give this address to whoever asks, and refuse every other one from now on. `router`: another next hop."""
        self._serve(f"{address},{address},{self.inside.netmask},{LEASE}", router or self.inside.ip)

    def take_away(self) -> None:
        """Refuse every renewal, and offer nothing."""
        nothing = f"{self.inside.network.network_address},static,{self.inside.netmask},{LEASE}"
        self._serve(nothing, self.inside.ip)

    def _serve(self, addresses: str, router: IPv4Address) -> None:
        self.fall_silent()
        options = [
            f"--dhcp-range={addresses}",
            f"--dhcp-option=option:router,{router}",
            f"--dhcp-option=option:T1,{RENEWAL_S}",
            f"--dhcp-option=option:T2,{RENEWAL_S + 1}",
        ]
        plain = ["--conf-file=/dev/null", "--no-daemon", "--port=0", "--user=root", "--pid-file="]
        here = ["--interface=eth1", "--bind-interfaces", "--leasefile-ro", "--no-ping", "--dhcp-authoritative"]
        self.program = _start(self.lab, f"isp{self.number}", ["dnsmasq", *plain, *here, *options])

    @property
    def renewals(self) -> int:
        """How many leases it has given or renewed so far."""
        log = registry.directory(self.lab.name) / f"isp{self.number}-dhcp.log"
        return log.read_text().count("DHCPACK")

    def fall_silent(self) -> None:
        """Answer no DHCP client any more."""
        if self.program is not None:
            self.program.end()
            self.program = None

    def forward_port(self, protocol: str, port: int, to: IPv4Address | str) -> None:
        """Hand what comes from the Internet for this port to an address behind the cable."""
        rule = f"iifname eth2 {protocol} dport {port} dnat to {to}:{port}"
        self.lab.run(f"isp{self.number}", ["nft", *f"add rule ip provider forwarded_ports {rule}".split()])

    def _ip(self, *words: str) -> None:
        self.lab.run(f"isp{self.number}", ["ip", *words])


def follow(lab: Lab, *interfaces: str, checks: str = "0.2 icmp 10.0.0.3 --timeout 0.4 --hold 0") -> None:
    """Configure a blank router: an ISP behind each interface, with the address that the interface is given."""
    typed = [f"addr edit eth0 {BALANCER_LAN}", *(f"gateway add auto {name}" for name in interfaces)]
    lab.run("balancer", ["config", "batch", "-"], stdin="\n".join([*typed, f"gateway failover {checks}"]) + "\n")
    routed.settled(lab)


@contextmanager
def providers(lab: Lab, *numbers: int) -> Iterator[list[Provider]]:
    """These ISPs, silent as yet; silent again at the end."""
    found = [Provider(lab, number, lab.isp(number).inside) for number in numbers]
    try:
        yield found
    finally:
        for one in found:
            one.fall_silent()


@contextmanager
def dhclient(lab: Lab, interface: str, *, metric: int | None = None) -> Iterator[Client]:
    """ISC's client. `metric`: what its script is told to give its default route."""
    files = ["-cf", "/mnt/dhclient.conf", "-lf", "/mnt/leases", "-pf", "/mnt/pid"]
    told = [] if metric is None else ["-e", f"IF_METRIC={metric}"]
    with _client(lab, interface, ["dhclient", "-4", "-d", *files, *told, interface]) as client:
        yield client


@contextmanager
def udhcpc(lab: Lab, interface: str) -> Iterator[Client]:
    """Busybox's client with Debian's script, which knows no metric."""
    with _client(lab, interface, ["udhcpc", "-f", "-i", interface, "-t", "50", "-T", "1", "-A", "1"]) as client:
        yield client


@contextmanager
def _client(lab: Lab, interface: str, argv: Sequence[str]) -> Iterator[Client]:
    client = Client(lab, interface, _start(lab, "balancer", ["sh", "-c", _PRIVATE, "client", *argv]))
    try:
        yield client
    finally:
        client.program.end()


def _start(lab: Lab, machine: str, argv: Sequence[str]) -> Program:
    with launch.log(lab.name, f"{machine}-dhcp") as log:
        return Program(launch.start(lab.name, machine, argv, stdout=log, stderr=log))


def wait_for_address(lab: Lab, interface: str, address: IPv4Address | str | None) -> None:
    """Return once the balancer's interface has this address, or none."""

    def there() -> bool:
        shown = lab.run("balancer", ["ip", "-4", "-o", "address", "show", "dev", interface]).stdout.split()
        own = [shown[place + 1].split("/")[0] for place, word in enumerate(shown) if word == "inet"]
        return own == ([] if address is None else [str(address)])

    wait_until(there, f"{interface} has {address or 'no address'}", LIMIT_S)
