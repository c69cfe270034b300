"""The routing part of the kernel contract: policy rules, the gateways' tables, the balanced default, and the fallback
routes.

For two gateways this is exactly the paper's section IV, with two additions. `suppress_prefixlength 0` on the first rule
keeps a default route in `main` from bypassing balancing. `fwmark 0` on the source rules makes them and the mark rules
exclude each other.
"""

from collections.abc import Iterator

from app.model.config import Config
from app.model.facts import Facts
from app.model.family import Family
from app.model.layout import (
    BALANCED_PRIORITY,
    BALANCED_TABLE,
    BLACKHOLE_METRIC,
    MAIN_PRIORITY,
    MAIN_TABLE,
    MARK_MASK,
    NET_METRIC,
    NET_PRIORITY,
    NET_TABLE,
    mark,
    priority,
    table,
)
from app.plan.objects.route import Nexthop, Route, RouteKind
from app.plan.objects.rule import Rule
from app.plan.sites import Site, source_networks


def rules(family: Family, sites: tuple[Site, ...], config: Config, facts: Facts) -> Iterator[Rule]:
    """The policy rules. A gateway that is not attached keeps its mark rule: its packets must not leave through another
    ISP.
    """
    yield Rule(priority=MAIN_PRIORITY, table=MAIN_TABLE, suppress_prefixlength=0, family=family)
    networks = source_networks(sites, config, facts)
    for site in sites:
        here, there = priority(site.number), table(site.number)
        network = networks.get(site.number)
        if network is not None:
            yield Rule(priority=here, table=there, source=network, mark=0, mask=MARK_MASK, family=family)
        if not site.shares:
            device = site.gateway.interface
            yield Rule(priority=here, table=there, output_interface=device, mark=0, mask=MARK_MASK, family=family)
        yield Rule(priority=here, table=there, mark=mark(site.number), mask=MARK_MASK, family=family)
    yield Rule(priority=BALANCED_PRIORITY, table=BALANCED_TABLE, family=family)
    yield Rule(priority=NET_PRIORITY, table=NET_TABLE, family=family)


def own_routes(family: Family, site: Site) -> Iterator[Route]:
    """A gateway's own table, for its probes and its flows, also while it is down. The last route is a blackhole."""
    there = table(site.number)
    if site.attached is not None:
        if site.attached.subnet is not None:
            device = Nexthop(interface=site.gateway.interface)
            yield Route(table=there, destination=site.attached.subnet, nexthops=(device,))
        yield Route(
            table=there, destination=family.everywhere, nexthops=(_nexthop(site, weight=1),), source=site.leg.source
        )
    yield Route(
        table=there, destination=family.everywhere, nexthops=(), metric=BLACKHOLE_METRIC, kind=RouteKind.BLACKHOLE
    )


def balanced_routes(family: Family, members: tuple[Site, ...], standby: tuple[Site, ...] = ()) -> Iterator[Route]:
    """The balanced default over these gateways, then the same as single defaults, then those of standby gateways.

    When a device of a multipath route is unregistered, the kernel deletes the complete route without an event. When the
    cables of all members are cut, it uses none of them. Then the single defaults carry the traffic until the next pass.
    The reverse path filter needs them too: without them, replies to a backup's own flows were dropped.
    """
    if not members:
        return
    alone = len(members) == 1
    nexthops = tuple(_nexthop(site, weight=1 if alone else site.gateway.weight) for site in members)
    yield Route(table=BALANCED_TABLE, destination=family.everywhere, nexthops=nexthops)
    for site in (*members, *standby):
        metric = NET_METRIC * site.gateway.tier + site.number
        yield Route(table=NET_TABLE, destination=family.everywhere, nexthops=(_nexthop(site, weight=1),), metric=metric)


def _nexthop(site: Site, weight: int) -> Nexthop:
    if site.attached is None:
        raise ValueError(f"gateway {site.number} is not attached")
    far = site.attached.next_hop is not None and site.attached.subnet is None
    return Nexthop(interface=site.gateway.interface, gateway=site.attached.next_hop, weight=weight, onlink=far)
