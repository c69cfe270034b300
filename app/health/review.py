"""Warnings about checks that cannot work, or prove less than they seem to."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

from app.errors import FieldError
from app.health.target import worst_detection_s
from app.model.check import Check
from app.model.choices import Role
from app.model.config import Config, Gateway
from app.model.facts import Attachment, Facts, attachments, own_addresses
from app.model.family import IPAddress
from app.model.timing import Timing, TimingOverrides
from app.model.words import either


def unanswered(gateway: Gateway, config: Config, facts: Facts) -> str:
    """Why no name can be resolved through this gateway, as a sentence; empty if one may be, or if that is unknown.

    Probes query this machine's name servers through that gateway only: a server on the LAN or on another ISP's network
    cannot be reached this way, and the check would always fail although the line works.
    """
    if facts.name_servers is None:
        return ""
    if not facts.name_servers:
        return "the only name server of this machine is itself"
    found = attachments(gateway, config, facts).values()
    if not found:
        return ""
    places = [_place(server, gateway, found, config, facts) for server in facts.name_servers]
    if not all(places):
        return ""
    listed = " and ".join(f"{server} ({place})" for server, place in zip(facts.name_servers, places, strict=True))
    which = either(len(places), "name server is", "name servers are")
    return f"this machine's {which} {listed}"


def _place(server: IPAddress, gateway: Gateway, here: Iterable[Attachment], config: Config, facts: Facts) -> str:
    """Where this name server is, if the gateway does not lead to it; empty if it may."""
    if any(server == one.address.ip for link in facts.links for one in own_addresses(link, config)):
        return "this router itself"
    if any(_is_at(server, one) for one in here):
        return ""
    for other in config.gateways:
        there = attachments(other, config, facts).values()
        if other != gateway and any(_is_at(server, one) for one in there):
            return f"on the network of {other.name}"
    for link in facts.links:
        if any(server in one.address.network for one in own_addresses(link, config)):
            return f"behind {link.name}"
    return ""


def _is_at(server: IPAddress, attached: Attachment) -> bool:
    """Whether the server is the next hop or on the subnet shared with it."""
    return server == attached.next_hop or (attached.subnet is not None and server in attached.subnet)


# A slower detection hardly deserves the name failover. mwan3's defaults, the slowest in the field, take 130 s.
_SLOW_S = 60.0
# So many probes in flight at once would flood a dead line.
_MANY_UNDER_WAY = 10
# Replies over satellite and busy mobile lines take this long on a good day.
_SHORT_TIMEOUT_S = 0.2


def review(config: Config, facts: Facts) -> tuple[FieldError, ...]:
    """All warnings about the checks of `config` on a machine with these `facts`, each under its field's path.

    A warning never stops a save. The model refuses what is impossible (a quorum of 3 of 2).
    """
    if not config.settings.failover.enabled:
        return ()
    return tuple(dict.fromkeys(_warnings(config, facts)))


def _warnings(config: Config, facts: Facts) -> Iterator[FieldError]:
    failover = config.settings.failover
    yield from _about_timing("settings.failover.timing", failover.timing)
    for index, check in enumerate(failover.checks):
        yield from _about_check(f"settings.failover.checks.{index}", check)
    for gateway in config.gateways:
        here = f"gateways.{gateway.number}"
        if gateway.timing != TimingOverrides():
            yield from _about_timing(f"{here}.timing", config.timing(gateway))
        for index, check in enumerate(gateway.checks or ()):
            yield from _about_check(f"{here}.checks.{index}", check)
        where = "settings.failover.checks" if gateway.checks is None else f"{here}.checks"
        if not any(check.hosts for check in config.checks(gateway)):
            message = f"only link and address of {gateway.name} are checked: a failure beyond the modem goes unnoticed"
            yield FieldError(where, message)
        for index, check in enumerate(config.checks(gateway)):
            yield from _about_targets(f"{where}.{index}", check, gateway, config, facts)


def _about_timing(here: str, timing: Timing) -> Iterator[FieldError]:
    worst_s = worst_detection_s(timing)
    if worst_s > _SLOW_S:
        yield FieldError(f"{here}.interval_s", f"a failed ISP may go undetected for {worst_s:.0f} s")
    if timing.timeout_s > _MANY_UNDER_WAY * timing.interval_s:
        many = timing.timeout_s / timing.interval_s
        yield FieldError(f"{here}.timeout_s", f"up to {many:.0f} probes of a target are in flight at once")
    if timing.timeout_s < _SHORT_TIMEOUT_S:
        yield FieldError(f"{here}.timeout_s", "replies on a busy line take longer, so the ISP would be marked down")
    if timing.fall == 1:
        yield FieldError(f"{here}.fall", "a single lost packet takes an ISP out")


def _about_check(here: str, check: Check) -> Iterator[FieldError]:
    return (FieldError(f"{here}.{name}", text) for name, text in check.warnings())


def _about_targets(here: str, check: Check, gateway: Gateway, config: Config, facts: Facts) -> Iterator[FieldError]:
    found = attachments(gateway, config, facts).values()
    for index, host in enumerate(check.hosts):
        field, server = f"{here}.{check.path_of(index)}", check.server(host)
        address = _address(server)
        if address is None:
            if why := unanswered(gateway, config, facts):
                yield FieldError(field, f"{server} cannot be looked up through {gateway.name}: {why}")
        elif owner := _owner(address, config, facts):
            yield FieldError(field, f"{address} is {owner}: a probe of it would not leave the router")
        elif any(one.subnet is not None and address in one.subnet for one in found):
            message = f"{address} is on the subnet of {gateway.name} itself: this checks the modem, not the Internet"
            yield FieldError(field, message)
        elif lan := _lan(address, config, facts):
            yield FieldError(field, f"{address} is on the LAN behind {lan}: no ISP reaches it")


def _address(server: str) -> IPv4Address | None:
    """The server as an address, or None for a host name."""
    try:
        return IPv4Address(server)
    except ValueError:
        return None


def _owner(address: IPv4Address, config: Config, facts: Facts) -> str:
    for link in facts.links:
        if any(one.address.ip == address for one in own_addresses(link, config)):
            return f"an address of this router ({link.name})"
    return ""


def _lan(address: IPv4Address, config: Config, facts: Facts) -> str:
    for interface in config.interfaces:
        link = facts.link(interface.name) if interface.role is Role.LAN else None
        if link is not None and any(address in one.address.network for one in own_addresses(link, config)):
            return interface.name
    return ""
