"""Warnings about checks that cannot work, or prove less than they seem to."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from app.errors import FieldError
from app.health.lookups import unanswered
from app.health.target import worst_detection_s
from app.model.check import Check
from app.model.choices import Role
from app.model.config import Config, Gateway
from app.model.facts import Facts, attachments, own_addresses
from app.model.timing import Timing, TimingOverrides

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
