"""`which_way`: looks up the path of a new flow from the LAN. It never changes anything.

Traffic rules are matched as nftables matches them. The kernel then says where the packet goes: it knows every route
and, except in one mode, its balancing hash. The question is hostile input until it is a Packet, and limited in size.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.errors import MultihomeError
from app.kernel.contract import Kernel, Routed, RouteQuery
from app.model.choices import Balancing, Snat
from app.model.complaints import field_errors
from app.model.config import EMPTY, Config
from app.model.facts import own_addresses
from app.model.family import Family, IPAddress, family_of
from app.model.way import Packet, Way
from app.plan.rule_matcher import Decision, RuleMatcher, isps_side
from app.plan.selection import NUMBERS
from app.plan.sites import Site, sites, wan_interfaces
from app.plan.traffic import chosen, inside_networks
from app.worker import clock
from app.worker.gateways import Gateways
from app.worker.rate_limit import RateLimit
from app.worker.status import Picture

MOST_IN_WINDOW: Final = 200
WINDOW_S: Final = 1.0

_PACKET: Final = TypeAdapter(Packet)
_WAY: Final = TypeAdapter(Way)


class RouteLookup:
    """Answers `which_way` for the current state of the router."""

    def __init__(self, kernel: Kernel, gateways: Gateways, picture: Callable[[], Picture | None]) -> None:
        self._kernel = kernel
        self._gateways = gateways
        self._picture = picture
        self._judged = EMPTY
        self._judge = RuleMatcher(EMPTY)
        self._quota = RateLimit(MOST_IN_WINDOW, WINDOW_S)

    async def answer(self, request: Mapping[str, object]) -> str:
        """The path as JSON, or `{"error": …}` with a sentence."""
        if not self._quota.take(clock.now().monotonic_s):
            return _error(f"more than {MOST_IN_WINDOW} lookups in {WINDOW_S:g} s: try again later")
        try:
            packet = _PACKET.validate_python(request.get("packet"))
        except ValidationError as error:
            return _error(str(field_errors(error)))
        picture = self._picture()
        if picture is None:
            return _error("the worker has not read the kernel yet")
        try:
            return _WAY.dump_json(await self._way(packet, picture)).decode()
        except MultihomeError as error:
            return _error(str(error))

    async def _way(self, packet: Packet, picture: Picture) -> Way:
        config, facts = picture.config, picture.facts
        family = family_of(packet.source)
        if any(packet.destination in one for one in inside_networks(family, config, facts)):
            return Way(reason=f"{packet.destination} is on the LAN")
        if packet.interface is None and (side := isps_side(packet.source, config, facts)):
            return Way(reason=f"{packet.source} is not on the LAN: {side}")
        found = sites(family, config, facts, self._gateways.verdicts())
        decision = self._rules(config).decision(packet, frozenset(site.number for site in found if site.usable))
        entry = packet.interface or _entry(packet.source, picture)
        routed = await self._kernel.route(_question(packet, entry, decision))
        way = self._told(packet, decision, routed, found, picture)
        unknown = decision.unknown
        if way.gateway is not None and decision.gateway is None:
            unknown = (*unknown, *_unhashed(picture, family, entry))
        if not unknown:
            return way
        hint = f" (known for sure only with: {', '.join(dict.fromkeys(unknown))})"
        return replace(way, exact=False, reason=way.reason + hint)

    def _rules(self, config: Config) -> RuleMatcher:
        """The compiled rules, once for each configuration."""
        if self._judged is not config:
            self._judged, self._judge = config, RuleMatcher(config)
        return self._judge

    def _told(
        self, packet: Packet, decision: Decision, routed: Routed | None, found: tuple[Site, ...], picture: Picture
    ) -> Way:
        """The answer, from the rules' decision and the kernel's route."""
        rule = None if decision.rule is None else decision.rule.number
        if routed is None:
            return Way(rule=rule, reason=f"there is no route to {packet.destination}")
        if routed.interface is None or routed.interface not in wan_interfaces(picture.config):
            where = "this router itself" if routed.interface is None else routed.interface
            return Way(rule=rule, reason=f"{packet.destination} is on the LAN ({where})")
        if decision.refused:
            return Way(rule=rule, refused=True, reason=f"{_led(decision, picture.config)}, which is down: refused")
        if picture.outcome.desired.of(family_of(packet.source)).refusing:
            return Way(rule=rule, refused=True, reason="no ISP works: refused")
        site = _site(routed, found)
        if site is None:
            return Way(rule=rule, reason=f"it leaves through {routed.interface}, which belongs to no ISP")
        source = None if site.attached is None or site.leg.snat is Snat.OFF else site.attached.source
        return Way(rule=rule, gateway=site.number, source=source, reason=_reason(decision, site, picture.config))


def _question(packet: Packet, entry: str | None, decision: Decision) -> RouteQuery:
    return RouteQuery(
        source=packet.source,
        destination=packet.destination,
        protocol=NUMBERS[packet.protocol][0],
        source_port=packet.source_port,
        destination_port=packet.destination_port,
        interface=entry,
        mark=0 if decision.gateway is None else chosen(decision.gateway),
    )


def _entry(source: IPAddress, picture: Picture) -> str | None:
    """The interface behind which this address is, or None if unknown."""
    wans = wan_interfaces(picture.config)
    for link in picture.facts.links:
        networks = (one.address.network for one in own_addresses(link, picture.config))
        if link.name not in wans and any(source in network for network in networks):
            return link.name
    return None


def _unhashed(picture: Picture, family: Family, entry: str | None) -> tuple[str, ...]:
    """The inputs of the kernel's balancing hash that cannot be known.

    When balancing by connection, the kernel uses the hash that a packet already has from the network card or the
    sender's own stack (fib_multipath_hash() in net/ipv4/route.c). Only without one does it compute the hash that a
    route lookup reports.
    """
    if len(picture.outcome.desired.of(family).members) < 2:
        return ()
    by_connection = picture.config.settings.balancing is Balancing.CONNECTION
    return (
        *(() if entry is not None else ("interface",)),
        *(("the hash that the network card gives it",) if by_connection else ()),
    )


def _site(routed: Routed, found: tuple[Site, ...]) -> Site | None:
    """The gateway of this path. If two share an interface, the next hop decides."""
    for site in found:
        if site.gateway.interface == routed.interface:
            hop = None if site.attached is None else site.attached.next_hop
            if not site.shares or hop == routed.next_hop:
                return site
    return None


def _led(decision: Decision, config: Config) -> str:
    rule = decision.rule
    if rule is None:
        return "no rule matches"
    gateway = None if rule.gateway is None else config.gateway(rule.gateway)
    target = "the balancing" if rule.balances else f"tier {rule.tier}" if gateway is None else gateway.name
    return f"rule {rule.number} ({rule.name}) leads to {target}"


def _reason(decision: Decision, site: Site, config: Config) -> str:
    """Why the packet uses this gateway."""
    led, rule = _led(decision, config), decision.rule
    if decision.gateway is not None and decision.gateway != site.number:
        return f"{led}, but a route of this router leads to {site.gateway.name}"
    if decision.gateway is not None or rule is None or rule.balances:
        return led if decision.gateway is not None else f"{led}: balanced"
    return f"{led}, which is down: balanced"


def _error(text: str) -> str:
    return json.dumps({"error": text})
