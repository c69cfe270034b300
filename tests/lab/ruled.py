"""Traffic rules in a lab: saving them, sending single packets, and asking the worker which way they would go."""

import random
import socket
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

from app.errors import WorkerSilent
from app.model.choices import Protocol
from app.model.config import Config
from app.model.rule import PortRange, TrafficRule
from app.model.way import Packet, Way
from app.service.worker_client import which_way
from lab import namespaces
from lab.inside import echo
from lab.lab import Lab
from lab.topology import CLIENTS, PLACES, isp_of
from lab.waiting import wait_until
from tests.lab import routed

# Not to be taken for a LAN host's own: what nobody listens on there.
FIRST_PORT, LAST_PORT = 20_000, 31_999
ECT = 1  # ECN bits beside a DSCP, which must not disturb it (RFC 3168)
ANSWER_WITHIN_S = 1.0
# What is waited for is routing, not probes.
QUICK = {"interval_s": 0.1, "timeout_s": 0.4, "fall": 2, "rise": 1, "hold_s": 0, "standby_interval_s": 1}


def rule(number: int, **asked: Any) -> TrafficRule:
    return TrafficRule(number=number, name=f"rule {number}", **asked)


def network(text: str) -> IPv4Network:
    return IPv4Network(text)


def ports(first: int, last: int) -> tuple[PortRange, ...]:
    return (PortRange(first=first, last=last),)


def with_rules(rules: Iterable[TrafficRule]) -> Callable[[Config], Config]:
    """The edit that makes these the rules."""

    def edit(config: Config) -> Config:
        return replace(config, rules=tuple(rules))

    return edit


def in_tier(config: Config, number: int, tier: int, **fields: Any) -> Config:
    gateways = tuple(replace(one, tier=tier, **fields) if one.number == number else one for one in config.gateways)
    return replace(config, gateways=gateways)


def asked(lab: Lab, packet: Packet) -> Way:
    """What the worker says; it answers so many questions in a second and no more, which a fast machine exceeds."""

    def answer() -> Way | None:
        try:
            return which_way(routed.home(lab).worker_sock, packet)
        except WorkerSilent as silent:
            if "try again later" in str(silent):
                return None
            raise

    return wait_until(answer, "the worker takes another question")


def sent(lab: Lab, packet: Packet) -> int | None:
    """Send the first datagram of a new flow; the ISP that brought its answer, None if none came."""
    line = namespaces.socket_inside(lab.namespace("host"), socket.AF_INET, socket.SOCK_DGRAM)
    with line:
        line.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, (packet.dscp or 0) << 2 | ECT)
        line.settimeout(ANSWER_WITHIN_S)
        line.bind((str(packet.source), packet.source_port or 0))
        line.connect((str(packet.destination), echo.PORT))
        try:
            line.send(b"hello")
            return isp_of(echo.parse(line.recv(100))[0])
        except OSError:
            return None


def mac_of_host(lab: Lab) -> str:
    link = lab.run("host", ["ip", "-o", "link", "show", "dev", "eth0"]).stdout
    words = link.split()
    return words[words.index("link/ether") + 1]


def random_packets(chance: random.Random, count: int, mac: str) -> Iterable[Packet]:
    """Datagrams of new flows, all different, as the office would send them."""
    for port in chance.sample(range(FIRST_PORT, LAST_PORT + 1), count):
        yield Packet(
            source=chance.choice(CLIENTS),
            destination=chance.choice(PLACES),
            protocol=Protocol.UDP,
            source_port=port,
            destination_port=echo.PORT,
            interface="eth0",
            mac=mac,
            dscp=chance.choice([0, 0, 10, 46]),
        )
