"""What a traffic rule matches, field by field, as values for nftables and for comparisons."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import product
from typing import Final

from app.model.choices import Protocol
from app.model.rule import PortRange, TrafficRule
from app.plan.ruleset import Key, Range, Value

# https://www.iana.org/assignments/protocol-numbers: as numbers, because a small system has no /etc/protocols.
NUMBERS: Final[Mapping[Protocol, tuple[int, ...]]] = {
    Protocol.TCP: (6,),
    Protocol.UDP: (17,),
    Protocol.TCP_UDP: (6, 17),
    Protocol.ICMP: (1,),
    Protocol.GRE: (47,),
    Protocol.ESP: (50,),
    Protocol.SCTP: (132,),
}
PROTOCOL_NAMES: Final[Mapping[object, str]] = {one[0]: name.value for name, one in NUMBERS.items() if len(one) == 1}

# The order of the fields in a map's key.
FIELDS: Final = (
    Key.INPUT_INTERFACE,
    Key.ETHER_SOURCE,
    Key.DSCP,
    Key.SOURCE,
    Key.DESTINATION,
    Key.L4PROTO,
    Key.SOURCE_PORT,
    Key.DESTINATION_PORT,
)

# An interval of numbers, both ends included; or a name that must be equal.
Span = tuple[int, int] | str
Selection = Mapping[Key, tuple[Value, ...]]


def selection(rule: TrafficRule) -> Selection:
    """The values that the rule matches, for each of its fields, in the order of FIELDS."""
    asked: dict[Key, tuple[Value, ...]] = {
        Key.INPUT_INTERFACE: () if rule.interface is None else (rule.interface,),
        Key.ETHER_SOURCE: () if rule.mac is None else (rule.mac,),
        Key.DSCP: () if rule.dscp is None else (rule.dscp,),
        Key.SOURCE: _network(rule.source),
        Key.DESTINATION: _network(rule.destination),
        Key.L4PROTO: () if rule.protocol is None else NUMBERS[rule.protocol],
        Key.SOURCE_PORT: tuple(map(_ports, rule.source_ports)),
        Key.DESTINATION_PORT: tuple(map(_ports, rule.ports)),
    }
    return {key: values for key, values in asked.items() if values}


def combinations(asked: Selection) -> tuple[tuple[Value, ...], ...]:
    """Every way to satisfy a selection, one value for each field."""
    return tuple(product(*asked.values()))


def span(value: Value) -> Span:
    """The interval or name that a value covers."""
    match value:
        case str():
            return value
        case int():
            return value, value
        case Range():
            return value.first, value.last
        case IPv4Address() | IPv6Address():
            return int(value), int(value)
        case IPv4Network() | IPv6Network():
            return int(value.network_address), int(value.broadcast_address)


def _network(network: IPv4Network | None) -> tuple[Value, ...]:
    """Simplify a network: None for the whole Internet, an address for a single one."""
    if network is None or network.prefixlen == 0:
        return ()
    return (network.network_address if network.prefixlen == network.max_prefixlen else network,)


def _ports(ports: PortRange) -> Value:
    return ports.first if ports.first == ports.last else Range(ports.first, ports.last)
