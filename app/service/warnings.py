"""Warnings about a configuration: settings that are allowed but cannot work. A warning never stops a save. Pure. Those
about checks are in app/health/review.py.
"""

from collections.abc import Iterator

from app.errors import FieldError
from app.health.review import review
from app.model.choices import IfDown, Role
from app.model.config import Config
from app.model.facts import Attachment, Facts, attachment, never_given, own_addresses
from app.model.family import Family, IPNetwork
from app.model.rule import TrafficRule
from app.model.words import joined
from app.plan.shadows import shadows
from app.plan.sites import wan_interfaces
from app.plan.traffic import inside_networks


def warnings(config: Config, facts: Facts) -> tuple[FieldError, ...]:
    """All warnings about a configuration on this machine, each under its field's path."""
    return (
        *review(config, facts),
        *_never_given(config, facts),
        *_unreached(config),
        *_impossible(config, facts),
        *_guarded_lan(config, facts),
    )


def _never_given(config: Config, facts: Facts) -> Iterator[FieldError]:
    """Gateways that wait for a next hop that no program will provide."""
    for gateway, leg in config.legs.values():
        link = facts.link(gateway.interface)
        if leg.address is not None or link is None:
            continue
        if attachment(gateway, leg.family, config, facts) == never_given(link):
            hint = f"`config gateway edit ADDRESS {link.name}`"
            here = f"gateways.{gateway.number}.{leg.field}.address"
            yield FieldError(here, f"{never_given(link)} ({hint}); until then it gets no new connections")


def _unreached(config: Config) -> Iterator[FieldError]:
    """Rules that never match because an earlier one always does."""
    for one in shadows(config.rules):
        first = f"rule {one.covering.number} ({one.covering.name})"
        yield FieldError(
            f"rules.{one.rule.number}", f"{one.rule.name} never matches: {first} matches the same traffic first"
        )


def _impossible(config: Config, facts: Facts) -> Iterator[FieldError]:
    """Rules that no traffic can match, or whose gateways are all disabled."""
    inside = [one for family in Family for one in inside_networks(family, config, facts)]
    for rule in config.rules:
        if not rule.enabled:
            continue
        here = f"rules.{rule.number}"
        if rule.source is not None and not any(rule.source.overlaps(one) for one in inside):
            yield FieldError(f"{here}.source", f"no known LAN contains {rule.source}")
        if rule.destination is not None and any(_is_within(rule.destination, one) for one in inside):
            yield FieldError(
                f"{here}.destination", f"{rule.destination} is on the LAN: rules apply to traffic that leaves"
            )
        if rule.interface is not None and facts.link(rule.interface) is None:
            yield FieldError(f"{here}.interface", f"there is no interface {rule.interface} on this machine")
        if rule.gateway is not None or rule.tier is not None:
            yield from _disabled(config, rule, here)


def _is_within(network: IPNetwork, other: IPNetwork) -> bool:
    """As `subnet_of`, which refuses to compare two families."""
    return network.network_address in other and network.prefixlen >= other.prefixlen


def _disabled(config: Config, rule: TrafficRule, here: str) -> Iterator[FieldError]:
    targets = [one for one in config.gateways if one.number == rule.gateway or one.tier == rule.tier]
    if targets and not any(one.enabled for one in targets):
        follows = "its connections are refused" if rule.if_down is IfDown.REFUSE else "its connections are balanced"
        name, field = (targets[0].name, "gateway") if rule.tier is None else (f"every ISP of tier {rule.tier}", "tier")
        yield FieldError(f"{here}.{field}", f"{name} is disabled: {follows}")


def _guarded_lan(config: Config, facts: Facts) -> Iterator[FieldError]:
    """Guard, where a LAN may be behind an ISP's interface: it could not tell that LAN from the Internet."""
    guard, here = config.settings.guard, "settings.guard.mode"
    wans = wan_interfaces(config)
    if not guard.is_on or guard.trusted or not wans:
        return
    links = [link for link in facts.links if not link.loopback and own_addresses(link, config)]
    remedy = "add its network to the trusted networks, or its new connections are dropped"
    if links and all(link.name in wans for link in links):
        message = f"no interface but {joined(wans)} has an address; if a LAN is behind it, {remedy}"
        yield FieldError(here, message)
        return
    for link in (one for one in links if one.name in wans):
        reached = [attachment(one, Family.IPV4, config, facts) for one in config.gateways if one.interface == link.name]
        near = [one for one in reached if isinstance(one, Attachment)]
        for own in own_addresses(link, config, Family.IPV4) if len(near) == len(reached) else ():
            ends = {end for one in near for end in (one.source, one.next_hop)}
            if not any(end in own.address.network for end in ends if end is not None):
                yield FieldError(
                    here, f"{own.address} on {link.name} is in no ISP's network; if a LAN is there, {remedy}"
                )


def new_warnings(before: Config, after: Config, facts: Facts) -> tuple[FieldError, ...]:
    """The warnings that the change from `before` to `after` adds, and its side effects."""
    known = frozenset(warnings(before, facts))
    brought = (one for one in warnings(after, facts) if one not in known)
    return (*_changed_port(before, after), *_changed_roles(before, after), *brought)


def _changed_port(before: Config, after: Config) -> Iterator[FieldError]:
    """The nftables filter follows the port at once, the panel only after a restart."""
    old, new = before.settings.panel.port, after.settings.panel.port
    if old != new:
        message = (
            f"only port {new} is now blocked on WAN ports: the running panel stays on port {old} until it is restarted"
        )
        yield FieldError("settings.panel.port", f"{message}, and that is open to them")


def _changed_roles(before: Config, after: Config) -> Iterator[FieldError]:
    """Adding or removing a gateway changes the role of its interface, which can make the panel unreachable there."""
    for interface in before.interfaces:
        found = after.interface(interface.name)
        role = Role.UNUSED if found is None else found.role
        carried = any(one.interface == interface.name for one in before.gateways)
        carries = any(one.interface == interface.name for one in after.gateways)
        here = f"interfaces.{interface.name}.role"
        if (
            interface.role is Role.LAN
            and role is Role.WAN
            and carries
            and not after.settings.panel.reachable_from_outside
        ):
            yield FieldError(here, f"{interface.name} changed from LAN to WAN; the panel is no longer reachable on it")
        elif interface.role is Role.WAN and role is Role.UNUSED and carried:
            hint = f"`config addr role {interface.name} lan` if it is a LAN"
            yield FieldError(here, f"{interface.name} no longer has a gateway, so it lost its role; {hint}")
