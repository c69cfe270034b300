"""Checks that the parts of a configuration fit together; types validate each part by itself. Pure."""

from collections.abc import Iterator

from app.errors import FieldError, InvalidConfig
from app.model.choices import Role
from app.model.config import EMPTY, Config, Gateway, Interface
from app.model.family import IPAddress, family_of
from app.model.leg import Leg
from app.model.rule import TrafficRule


def require_consistent(config: Config, before: Config = EMPTY) -> None:
    """Raise InvalidConfig with every contradiction between the parts of `config`.

    If two interfaces contradict each other, the error names the one that differs from `before`.
    """
    errors = tuple(_contradictions(config, before))
    if errors:
        raise InvalidConfig(*errors)


def _contradictions(config: Config, before: Config) -> Iterator[FieldError]:
    yield from _interface_contradictions(config, before)
    yield from _repeated(config)
    for gateway in config.gateways:
        yield from _gateway_contradictions(config, gateway)
    taken: set[int] = set()
    for rule in config.rules:
        yield from _rule_contradictions(config, taken, rule)
        taken.add(rule.number)


def _interface_contradictions(config: Config, before: Config) -> Iterator[FieldError]:
    names: set[str] = set()
    seen: dict[IPAddress, Interface] = {}
    next_hops = _next_hops(config)
    # Unchanged interfaces come first, so that the error names the other one.
    known = frozenset(before.interfaces)
    for interface in sorted(config.interfaces, key=lambda one: one not in known):
        here = f"interfaces.{interface.name}"
        if interface.name in names:
            yield FieldError(f"{here}.name", f"{interface.name} is listed twice")
        names.add(interface.name)
        if interface.addresses and not interface.managed:
            yield FieldError(f"{here}.addresses", "only a managed interface can have addresses set")
        for address in interface.addresses:
            if address.ip in seen and _must_differ(interface, seen[address.ip]):
                message = f"{address.ip} is already an address of {seen[address.ip].name}"
                yield FieldError(f"{here}.addresses", message)
            seen[address.ip] = interface
            for gateway in next_hops.get(address.ip, ()):
                message = f"{address.ip} is the address of {gateway.name} (gateway {gateway.number}) itself"
                yield FieldError(f"{here}.addresses", message)


def _next_hops(config: Config) -> dict[IPAddress, list[Gateway]]:
    """The gateways by next hop, for a fast lookup: there may be thousands of interfaces with 32 addresses each."""
    found: dict[IPAddress, list[Gateway]] = {}
    for gateway in config.gateways:
        for leg in gateway.legs:
            if leg.address is not None:
                found.setdefault(leg.address, []).append(gateway)
    return found


def _must_differ(one: Interface, other: Interface) -> bool:
    """Whether two interfaces must have different addresses. Only two ISPs may hand out the same address."""
    return one.name == other.name or Role.WAN is not one.role or Role.WAN is not other.role


def _repeated(config: Config) -> Iterator[FieldError]:
    for index, gateway in enumerate(config.gateways):
        here = f"gateways.{gateway.number}"
        for other in config.gateways[:index]:
            if other.number == gateway.number:
                yield FieldError(f"{here}.number", f"number {gateway.number} is taken by {other.name}")
            elif other.name.casefold() == gateway.name.casefold():
                yield FieldError(f"{here}.name", f"gateway {other.number} already has this name")
            if other.interface == gateway.interface:
                yield from _repeated_next_hops(gateway, other)


def _repeated_next_hops(gateway: Gateway, other: Gateway) -> Iterator[FieldError]:
    """Errors for two gateways of one interface with the same next hop."""
    for leg in gateway.legs:
        same = other.leg(leg.family)
        if same is not None and same.address == leg.address:
            where = leg.address or "the address from the interface"
            message = f"{where} on {gateway.interface} already belongs to gateway {other.number}"
            yield FieldError(f"gateways.{gateway.number}.{leg.field}.address", message)


def _gateway_contradictions(config: Config, gateway: Gateway) -> Iterator[FieldError]:
    here = f"gateways.{gateway.number}"
    interface = config.interface(gateway.interface)
    if interface is None or interface.role is not Role.WAN:
        yield FieldError(f"{here}.interface", f"{gateway.interface} does not have the role wan")
        return
    for leg in gateway.legs:
        yield from _leg_contradictions(leg, interface, f"{here}.{leg.field}")


def _leg_contradictions(leg: Leg, interface: Interface, here: str) -> Iterator[FieldError]:
    if leg.far and leg.address is None:
        yield FieldError(f"{here}.far", "a next hop from the interface cannot be outside its subnet")
    if not interface.managed:
        return
    if leg.source is not None and leg.source not in {one.ip for one in interface.addresses}:
        yield FieldError(f"{here}.source", f"{leg.source} is not an address of {interface.name}")
    subnets = [one.network for one in interface.addresses if family_of(one) is leg.family]
    if leg.address is not None and not leg.far and not any(leg.address in net for net in subnets):
        known = ", ".join(map(str, subnets)) or "it has none"
        message = f'{leg.address} is outside every subnet of {interface.name} ({known}); is it a "far gateway"?'
        yield FieldError(f"{here}.address", message)


def _rule_contradictions(config: Config, taken: set[int], rule: TrafficRule) -> Iterator[FieldError]:
    here = f"rules.{rule.number}"
    if rule.number in taken:
        yield FieldError(f"{here}.number", f"number {rule.number} is taken by another rule")
    if rule.gateway is not None and rule.tier is not None:
        yield FieldError(f"{here}.tier", "a rule sends traffic to an ISP or to a tier, not both")
    for name, ports in (("ports", rule.ports), ("source_ports", rule.source_ports)):
        if ports and (rule.protocol is None or not rule.protocol.has_ports):
            yield FieldError(f"{here}.{name}", "ports need a protocol: tcp or udp")
    if rule.gateway is not None and config.gateway(rule.gateway) is None:
        yield FieldError(f"{here}.gateway", f"there is no ISP {rule.gateway}, but rule {rule.name} sends traffic there")
    if rule.tier is not None and all(gateway.tier != rule.tier for gateway in config.gateways):
        yield FieldError(f"{here}.tier", f"no ISP is in tier {rule.tier}, but rule {rule.name} sends traffic there")
    interface = None if rule.interface is None else config.interface(rule.interface)
    if interface is not None and interface.role is Role.WAN:
        message = f"{interface.name} is a WAN port: rules apply to traffic from the LAN"
        yield FieldError(f"{here}.interface", message)
