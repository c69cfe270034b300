"""What traffic rules cost a packet: the first of a flow, and every other one; with few rules and with many."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Network

from app.model.choices import Protocol
from app.model.config import Config
from app.model.rule import PortRange, TrafficRule
from lab.lab import Lab
from tests.bench import datagrams
from tests.bench.effort import Effort
from tests.bench.figures import Figure
from tests.lab import routed

COUNTS = (0, 10, 100, 1000)
BATCHES, EACH = 40, 400


def figures(effort: Effort) -> Iterator[Figure]:
    """None of the rules matches what is sent, so all of them are asked. Growth with their number is shown."""
    with routed.routed("b-rules") as lab:
        routed.wait_for_members(lab, 1, 2)
        for count in COUNTS:
            routed.change(lab, partial(_with_rules, count=count))
            for kind, what in (("new", "first packet of a flow"), ("running", "packet of a running flow")):
                took = _sent_us(lab, kind, effort.runs(BATCHES))
                yield Figure(f"{what}, {count:,} traffic rules", "µs", took)


def _sent_us(lab: Lab, kind: str, batches: int) -> tuple[float, ...]:
    said = lab.run("host", [sys.executable, datagrams.__file__, kind, str(batches), str(EACH)]).stdout
    return tuple(float(line) for line in said.split())


def _with_rules(config: Config, count: int) -> Config:
    """Rules of four shapes in turn: by source, by destination, by port, by all of these."""
    return replace(config, rules=tuple(_rule(number) for number in range(1, count + 1)))


def _rule(number: int) -> TrafficRule:
    source = IPv4Network(f"10.90.{number >> 8}.{number & 255}/32")
    destination = IPv4Network(f"10.91.{number >> 8}.{number & 255}/32")
    ports = (PortRange(first=1000 + number, last=1000 + number),)
    shapes = (
        {"source": source},
        {"destination": destination},
        {"protocol": Protocol.TCP, "ports": ports},
        {"source": source, "destination": destination, "protocol": Protocol.UDP, "ports": ports},
    )
    return TrafficRule(number=number, name=f"rule {number}", gateway=1 + number % 2, **shapes[number % len(shapes)])
