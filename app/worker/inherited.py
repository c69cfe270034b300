"""The state that an earlier worker left in the kernel. Pure.

The kernel empties a gateway's table when the address of its interface goes, so a table that still holds what is wanted
says that nothing was missed: its verdict and its flows are of today.
"""

from dataclasses import dataclass, replace

from app.model.config import Config, Gateway
from app.model.facts import DefaultRoute, Facts, with_lasting_defaults
from app.model.family import Family, IPAddress
from app.model.layout import BALANCED_TABLE, table
from app.plan.objects.route import Route, RouteKind
from app.plan.routing import own_routes
from app.plan.sites import Site, sites
from app.plan.state import KernelState, Scope


@dataclass(frozen=True, slots=True)
class Inherited:
    """`facts` with the next hops that only our own tables still know; `in_use`: the numbers that the balanced table
    holds; `changed`: those that are attached otherwise than when their tables were written.
    """

    facts: Facts
    in_use: frozenset[int]
    changed: frozenset[int]


def scope(config: Config) -> Scope:
    """What has to be observed for `inherited`."""
    return Scope(tables=frozenset({BALANCED_TABLE, *(table(one.number) for one in config.gateways)}))


def inherited(config: Config, facts: Facts, have: KernelState) -> Inherited:
    """Read what is in the kernel before anything is changed there."""
    routes = {number: _own(number, have) for number in (one.number for one in config.gateways)}
    told = tuple(
        DefaultRoute(interface=gateway.interface, next_hop=way.gateway)
        for gateway in config.gateways
        if gateway.ipv4.address is None
        for route in routes[gateway.number]
        for way in route.nexthops
    )
    known = with_lasting_defaults(facts, replace(facts, defaults=told))
    ways = {(one.interface, one.gateway) for route in have.of(Route) if _is_balanced(route) for one in route.nexthops}
    return Inherited(
        facts=known,
        in_use=frozenset(one.number for one in config.gateways if _is_among(one, ways)),
        changed=frozenset(
            site.number for site in sites(Family.IPV4, config, known, {}) if _has_changed(site, routes[site.number])
        ),
    )


def _own(number: int, have: KernelState) -> frozenset[Route]:
    return frozenset(one for one in have.of(Route) if one.table == table(number) and _is_default(one))


def _is_default(route: Route) -> bool:
    return route.destination == route.family.everywhere and route.kind is RouteKind.UNICAST


def _is_balanced(route: Route) -> bool:
    return route.table == BALANCED_TABLE


def _is_among(gateway: Gateway, ways: set[tuple[str, IPAddress | None]]) -> bool:
    return any(gateway.interface == name and gateway.ipv4.address in {via, None} for name, via in ways)


def _has_changed(site: Site, routes: frozenset[Route]) -> bool:
    """A gateway that cannot be attached now is not another one: its address may come back."""
    wanted = next((one for one in own_routes(Family.IPV4, site) if _is_default(one)), None)
    return wanted is not None and wanted not in routes
