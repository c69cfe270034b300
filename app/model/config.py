"""One revision's content: interfaces, gateways and settings, and what must hold between them."""

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Annotated

from pydantic import Field

from app.errors import FieldError, InvalidConfig
from app.model.base import HostAddress, InterfaceAddress, InterfaceName, Label, Port, at_most, domain
from app.model.check import Check, Timing, TimingOverrides
from app.model.layout import FIRST_NUMBER, LAST_NUMBER
from app.model.rule import LAST_TIER, MOST_RULES, TrafficRule

Number = Annotated[int, Field(ge=FIRST_NUMBER, le=LAST_NUMBER)]
HEAVIEST = 256  # the kernel's rtnh_hops is this minus one, in eight bits
Weight = Annotated[int, Field(ge=1, le=HEAVIEST)]
Tier = Annotated[int, Field(ge=1, le=LAST_TIER)]
# As many as one trunk has VLANs, and some.
MOST_INTERFACES = 4200
Checks = Annotated[tuple[Check, ...], Field(max_length=8)]
# Shorter, and no browser is back in time over a new address; longer, and nobody waits for the old one.
SHORTEST_WINDOW_S, LONGEST_WINDOW_S = 15, 600
ConfirmWindow = Annotated[int, Field(ge=SHORTEST_WINDOW_S, le=LONGEST_WINDOW_S)]


class Role(StrEnum):
    """What an interface is for."""

    LAN = "lan"
    WAN = "wan"
    UNUSED = "unused"


class Snat(StrEnum):
    """What happens to the source address of what leaves by a gateway."""

    ADDRESS = "address"
    MASQUERADE = "masquerade"
    OFF = "off"


class OnReturn(StrEnum):
    """What happens to the flows of a backup when a better tier carries new ones again."""

    STAY = "stay"
    MOVE_BACK = "move-back"


class Balancing(StrEnum):
    """What a new flow's gateway is chosen by (Documentation/networking/ip-sysctl.rst, fib_multipath_hash_policy)."""

    SOURCE_DESTINATION = "source-destination"
    CONNECTION = "connection"
    CLIENT = "client"


class AllDown(StrEnum):
    """What to do when no gateway is usable."""

    KEEP_TRYING = "keep-trying"
    REFUSE = "refuse"


class Clients(StrEnum):
    """What TCP clients of a dead gateway get: a reset, or patience."""

    TELL = "tell"
    WAIT = "wait"


@domain
class Interface:
    """A network device with a role.

    `managed`: its IPv4 addresses are ours to set and to remove, the first one is the primary. Otherwise they are
    somebody else's (ifupdown, a DHCP client) and `addresses` is empty.
    """

    name: InterfaceName
    role: Role = Role.UNUSED
    managed: bool = False
    addresses: Annotated[tuple[InterfaceAddress, ...], Field(max_length=32)] = ()


@domain
class Gateway:
    """One ISP's next hop behind a `wan` interface.

    `address` None: from the interface (what its DHCP or PPP client installed). `far`: the next hop lies outside the
    interface's subnets. `source` None: found by itself. `checks` None: the checks for all. Draining is what a
    disabled gateway does; `cut` makes a disabled gateway dead at once instead. New flows use the usable gateways of the
    lowest `tier` that has any; the others stand by.
    """

    number: Number
    name: Label
    interface: InterfaceName
    address: HostAddress | None
    far: bool = False
    weight: Weight = 1
    tier: Tier = 1
    on_return: OnReturn = OnReturn.STAY
    enabled: bool = True
    cut: bool = False
    source: HostAddress | None = None
    snat: Snat = Snat.ADDRESS
    checks: Checks | None = None
    timing: TimingOverrides = Field(default_factory=TimingOverrides)


@domain
class Failover:
    """How gateways are watched, and what follows. Not `enabled`: every gateway that the kernel can hold is used."""

    enabled: bool = True
    checks: Checks = ()
    timing: Timing = Field(default_factory=Timing)
    all_down: AllDown = AllDown.KEEP_TRYING
    clients: Clients = Clients.TELL


@domain
class Panel:
    """Where the panel listens, whether it answers on the ISPs' side, and how long a change waits to be confirmed."""

    port: Port = 443
    reachable_from_outside: bool = False
    confirm_window_s: ConfirmWindow = 60


@domain
class Settings:
    """What holds for the whole router."""

    failover: Failover = Field(default_factory=Failover)
    balancing: Balancing = Balancing.SOURCE_DESTINATION
    panel: Panel = Field(default_factory=Panel)


@domain
class Config:
    """The whole configuration of one revision; the empty one manages nothing.

    Each part is valid by its type; that the parts fit together is said by `require_consistent`, because a change is
    made step by step and only its end must be whole.
    """

    interfaces: Annotated[tuple[Interface, ...], at_most(MOST_INTERFACES)] = ()
    gateways: Annotated[tuple[Gateway, ...], at_most(LAST_NUMBER)] = ()
    rules: Annotated[tuple[TrafficRule, ...], at_most(MOST_RULES)] = ()
    settings: Settings = Field(default_factory=Settings)

    def interface(self, name: str) -> Interface | None:
        """The interface of this name, or None where the configuration does not mention it."""
        return next((one for one in self.interfaces if one.name == name), None)

    def manages(self, name: str) -> bool:
        """Whether the addresses of this interface are ours to set and to remove."""
        interface = self.interface(name)
        return interface is not None and interface.managed

    def gateway(self, number: int) -> Gateway | None:
        """The gateway with this number, or None."""
        return next((one for one in self.gateways if one.number == number), None)

    def rule(self, number: int) -> TrafficRule | None:
        """The traffic rule with this number, or None."""
        return next((one for one in self.rules if one.number == number), None)

    def timing(self, gateway: Gateway) -> Timing:
        """How this gateway is probed: the settings for all under its own."""
        return self.settings.failover.timing.overridden_by(gateway.timing)

    def checks(self, gateway: Gateway) -> tuple[Check, ...]:
        """What this gateway is asked, beyond link and address: its own checks, or those for all."""
        if not self.settings.failover.enabled:
            return ()
        return self.settings.failover.checks if gateway.checks is None else gateway.checks

    def require_consistent(self, before: "Config | None" = None) -> None:
        """Raise InvalidConfig with every contradiction between the parts.

        Where two interfaces contradict each other, the one that differs from `before` is blamed.
        """
        errors = tuple(_contradictions(self, before or EMPTY))
        if errors:
            raise InvalidConfig(*errors)


EMPTY = Config()


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
    seen: dict[IPv4Address, Interface] = {}
    next_hops = _next_hops(config)
    # What was there before is not to blame: it is looked at first.
    known = frozenset(before.interfaces)
    for interface in sorted(config.interfaces, key=lambda one: one not in known):
        here = f"interfaces.{interface.name}"
        if interface.name in names:
            yield FieldError(f"{here}.name", f"{interface.name} is listed twice")
        names.add(interface.name)
        if interface.addresses and not interface.managed:
            yield FieldError(f"{here}.addresses", "addresses can be set on a managed interface only")
        for address in interface.addresses:
            if address.ip in seen and _must_differ(interface, seen[address.ip]):
                message = f"{address.ip} is already an address of {seen[address.ip].name}"
                yield FieldError(f"{here}.addresses", message)
            seen[address.ip] = interface
            for gateway in next_hops.get(address.ip, ()):
                message = f"{address.ip} is the address of {gateway.name} (gateway {gateway.number}) itself"
                yield FieldError(f"{here}.addresses", message)


def _next_hops(config: Config) -> dict[IPv4Address, list[Gateway]]:
    """The gateways by their address: an interface has up to 32 of its own, and there may be thousands."""
    found: dict[IPv4Address, list[Gateway]] = {}
    for gateway in config.gateways:
        if gateway.address is not None:
            found.setdefault(gateway.address, []).append(gateway)
    return found


def _must_differ(one: Interface, other: Interface) -> bool:
    """Two ISPs may hand out the very same address; within one interface or on a LAN that is a mistake."""
    return one.name == other.name or Role.WAN is not one.role or Role.WAN is not other.role


def _repeated(config: Config) -> Iterator[FieldError]:
    for index, gateway in enumerate(config.gateways):
        here = f"gateways.{gateway.number}"
        for other in config.gateways[:index]:
            if other.number == gateway.number:
                yield FieldError(f"{here}.number", f"number {gateway.number} is taken by {other.name}")
            elif other.name.casefold() == gateway.name.casefold():
                yield FieldError(f"{here}.name", f"gateway {other.number} has this name already")
            if other.interface == gateway.interface and other.address == gateway.address:
                where = gateway.address or "the address from the interface"
                yield FieldError(f"{here}.address", f"{where} on {gateway.interface} is gateway {other.number} already")


def _gateway_contradictions(config: Config, gateway: Gateway) -> Iterator[FieldError]:
    here = f"gateways.{gateway.number}"
    interface = config.interface(gateway.interface)
    if interface is None or interface.role is not Role.WAN:
        yield FieldError(f"{here}.interface", f"{gateway.interface} does not have the role wan")
        return
    if gateway.far and gateway.address is None:
        yield FieldError(f"{here}.far", "a next hop from the interface cannot be far")
    if not interface.managed:
        return
    if gateway.source is not None and gateway.source not in {one.ip for one in interface.addresses}:
        yield FieldError(f"{here}.source", f"{gateway.source} is not an address of {interface.name}")
    subnets = [one.network for one in interface.addresses]
    if gateway.address is not None and not gateway.far and not any(gateway.address in net for net in subnets):
        known = ", ".join(map(str, subnets)) or "it has none"
        message = f'{gateway.address} is outside every subnet of {interface.name} ({known}); is it a "far gateway"?'
        yield FieldError(f"{here}.address", message)


def _rule_contradictions(config: Config, taken: set[int], rule: TrafficRule) -> Iterator[FieldError]:
    here = f"rules.{rule.number}"
    if rule.number in taken:
        yield FieldError(f"{here}.number", f"number {rule.number} is taken by another rule")
    if rule.gateway is not None and rule.tier is not None:
        yield FieldError(f"{here}.tier", "a rule leads to one ISP or to one tier, not to both")
    for name, ports in (("ports", rule.ports), ("source_ports", rule.source_ports)):
        if ports and (rule.protocol is None or not rule.protocol.has_ports):
            yield FieldError(f"{here}.{name}", "ports belong to tcp or udp: say which")
    if rule.gateway is not None and config.gateway(rule.gateway) is None:
        yield FieldError(f"{here}.gateway", f"there is no ISP {rule.gateway}, but the rule {rule.name} leads there")
    if rule.tier is not None and all(gateway.tier != rule.tier for gateway in config.gateways):
        yield FieldError(f"{here}.tier", f"no ISP is in tier {rule.tier}, but the rule {rule.name} leads there")
    interface = None if rule.interface is None else config.interface(rule.interface)
    if interface is not None and interface.role is Role.WAN:
        message = f"{interface.name} is an ISP's side: rules are about what comes from the inside"
        yield FieldError(f"{here}.interface", message)
