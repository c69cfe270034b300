"""Traffic rules for tests, and random ones that meet each other often."""

from ipaddress import IPv4Network
from typing import Any

from hypothesis import strategies as st

from app.model.choices import Protocol
from app.model.rule import PortRange, TrafficRule


def rule(number: int, **asked: Any) -> TrafficRule:
    return TrafficRule(number=number, name=f"rule {number}", **asked)


def network(text: str) -> IPv4Network:
    return IPv4Network(text)


_HOSTS = ["10.0.0.1/32", "10.0.0.2/32", "10.0.0.0/30", "10.0.0.0/24", "10.0.0.4/31", "0.0.0.0/0"]
_PORTS = [
    (),
    (PortRange(first=1, last=1),),
    (PortRange(first=1, last=3),),
    (PortRange(first=2, last=2), PortRange(first=4, last=6)),
]


@st.composite
def traffic_rules(draw: st.DrawFn, most: int = 8) -> tuple[TrafficRule, ...]:
    """A few rules over few values, so that they overlap, cover each other and ask for different fields."""
    maybe = st.none() | st.sampled_from(_HOSTS).map(IPv4Network)
    found = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        protocol = draw(st.none() | st.sampled_from(Protocol))
        has_ports = protocol is not None and protocol.has_ports
        found.append(
            rule(
                number,
                enabled=draw(st.sampled_from([True, True, True, False])),
                source=draw(maybe),
                destination=draw(maybe),
                interface=draw(st.sampled_from([None, None, "eth0", "eth9"])),
                dscp=draw(st.sampled_from([None, None, 0, 46])),
                protocol=protocol,
                ports=draw(st.sampled_from(_PORTS)) if has_ports else (),
                source_ports=draw(st.sampled_from(_PORTS)) if has_ports else (),
                gateway=draw(st.sampled_from([None, 1, 2])),
            )
        )
    return tuple(found)
