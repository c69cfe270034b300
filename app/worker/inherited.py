"""The state that an earlier worker left in the kernel. Pure.

The kernel empties a gateway's table when the address of its interface disappears. So a table that still holds the
desired route proves that nothing was missed: verdict and flows are current.
"""

from dataclasses import dataclass, replace

from app.model.config import Config, Gateway
from app.model.facts import DefaultRoute, Facts, with_lasting_defaults
from app.model.family import Family, IPAddress
from app.model.layout import BALANCED_TABLE, table
from app.model.leg import Leg, LegId
from app.plan.objects.route import Route, RouteKind
from app.plan.routing import own_routes
from app.plan.sites import Site, sites
from app.plan.state import KernelState, Scope


@dataclass(frozen=True, slots=True)
class Inherited:
    """`facts` includes next hops that only Multihome's own tables still know. `in_use`: the legs in the balanced
    tables. `changed`: the legs attached differently than when their tables were written.
    """

    facts: Facts
    in_use: frozenset[LegId]
    changed: frozenset[LegId]


def scope(config: Config) -> Scope:
    """What to observe for `inherited`."""
    tables = frozenset({BALANCED_TABLE, *(table(one.number) for one in config.gateways)})
    return Scope(tables=tables, families=config.families)


def inherited(config: Config, facts: Facts, have: KernelState) -> Inherited:
    """Read the state that is in the kernel before the first change."""
    routes = {leg: _own(leg, have) for leg in config.legs}
    told = tuple(
        DefaultRoute(interface=gateway.interface, next_hop=way.gateway, family=leg.family)
        for one, (gateway, leg) in config.legs.items()
        if leg.address is None
        for route in routes[one]
        for way in route.nexthops
    )
    known = with_lasting_defaults(facts, replace(facts, defaults=told))
    ways = {
        (route.family, one.interface, one.gateway)
        for route in have.of(Route)
        if _is_balanced(route)
        for one in route.nexthops
    }
    standing = (site for family in config.families for site in sites(family, config, known, {}))
    return Inherited(
        facts=known,
        in_use=frozenset(one for one, (gateway, leg) in config.legs.items() if _is_among(gateway, leg, ways)),
        changed=frozenset(site.leg_id for site in standing if _has_changed(site, routes[site.leg_id])),
    )


def _own(leg: LegId, have: KernelState) -> frozenset[Route]:
    return frozenset(
        one for one in have.of(Route) if (one.table, one.family) == (table(leg.number), leg.family) and _is_default(one)
    )


def _is_default(route: Route) -> bool:
    return route.destination == route.family.everywhere and route.kind is RouteKind.UNICAST


def _is_balanced(route: Route) -> bool:
    return route.table == BALANCED_TABLE


def _is_among(gateway: Gateway, leg: Leg, ways: set[tuple[Family, str, IPAddress | None]]) -> bool:
    here = (leg.family, gateway.interface)
    return any(here == (family, name) and leg.address in {via, None} for family, name, via in ways)


def _has_changed(site: Site, routes: frozenset[Route]) -> bool:
    """Whether the gateway is attached differently. One that is not attached now counts as unchanged: its address may
    come back.
    """
    wanted = next((one for one in own_routes(site.family, site) if _is_default(one)), None)
    return wanted is not None and wanted not in routes
