"""A traffic rule as a sentence: `TCP 443 to 198.51.100.0/24 from anyone → Orange, refuse if it is down`. Pure."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from app.model.choices import IfDown, Protocol, dscp_name
from app.model.config import Config
from app.model.rule import TrafficRule, ports_text

_PROTOCOLS: Final = {Protocol.TCP_UDP: "TCP and UDP"}
_IF_DOWN: Final = {IfDown.ANOTHER: "another if it is down", IfDown.REFUSE: "refuse if it is down"}


def sentence(rule: TrafficRule, config: Config) -> str:
    """Which traffic, and where it goes."""
    return f"{traffic(rule)} → {leads(rule, config)}"


def traffic(rule: TrafficRule) -> str:
    """What a rule asks of a flow: `TCP 443 to anywhere from 192.168.1.0/24 by eth0`."""
    return " ".join(_asked(rule))


def leads(rule: TrafficRule, config: Config) -> str:
    """Where it sends it, and what happens while that is down."""
    target = towards(rule, config)
    return target if rule.balances else f"{target}, {_IF_DOWN[rule.if_down]}"


def towards(rule: TrafficRule, config: Config) -> str:
    """The ISP's name, the tier, or that it is balanced as if there were no rule."""
    if rule.gateway is not None:
        gateway = config.gateway(rule.gateway)
        return f"ISP {rule.gateway}" if gateway is None else gateway.name
    return "balanced" if rule.tier is None else f"tier {rule.tier}"


def network_text(network: IPv4Network | None) -> str:
    """A network, or the address alone where it has one; empty for all."""
    if network is None:
        return ""
    return str(network.network_address) if network.prefixlen == 32 else str(network)


def _asked(rule: TrafficRule) -> Iterator[str]:
    protocol = rule.protocol
    yield "Everything" if protocol is None else _PROTOCOLS.get(protocol, protocol.value.upper())
    if rule.ports:
        yield ports_text(rule.ports)
    if rule.dscp is not None:
        yield f"marked {dscp_name(rule.dscp)}"
    yield f"to {network_text(rule.destination) or 'anywhere'}"
    sender = network_text(rule.source)
    if rule.mac is not None:
        sender = f"{sender} with {rule.mac}" if sender else rule.mac
    yield f"from {sender or 'anyone'}"
    if rule.source_ports:
        yield f"from port {ports_text(rule.source_ports)}"
    if rule.interface is not None:
        yield f"in by {rule.interface}"
