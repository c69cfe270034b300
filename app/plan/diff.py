"""diff: the changes that turn what is observed into what is wanted, in an order that never lets a packet out wrongly.

Leaving comes before everything (a dead gateway gets no new flow), joining after everything (numbers, SNAT and the
sets `dead` and `away` are right before the first flow arrives).
"""

from collections.abc import Iterator
from ipaddress import IPv4Address

from app.model.layout import BALANCED_TABLE, NET_TABLE
from app.plan.state import Change, KernelState, Nexthop, NumberSets, Put, Remove, Route


def diff(want: KernelState, have: KernelState) -> tuple[Change, ...]:
    """What to change, in order; empty exactly when there is nothing to do.

    1. sysctls (without effect on routes that exist), addresses; 2. gateways leave the balanced tables; 3. nftables;
    4. the gateways' own tables, rules; 5. the sets `dead` and `away`; 6. gateways join; 7. what is no longer wanted,
    rules first.
    """
    return tuple(_changes(want, have))


def _changes(want: KernelState, have: KernelState) -> Iterator[Change]:
    yield from (Put(one) for one in sorted(want.sysctls - have.sysctls))
    yield from (Put(one) for one in sorted(want.addresses - have.addresses))
    puts = sorted(want.routes - have.routes, key=lambda route: route.key)
    leaving = [route for route in puts if _leaves(route, have)]
    yield from map(Put, leaving)
    kept = {route.key for route in want.routes}
    gone = sorted((route for route in have.routes if route.key not in kept), key=lambda route: route.key)
    yield from (Remove(route) for route in gone if _is_balanced(route))
    if want.ruleset is not None and want.ruleset != have.ruleset:
        yield Put(want.ruleset)
    yield from (Put(route) for route in puts if not _is_balanced(route))
    yield from (Put(rule) for rule in sorted(want.rules - have.rules, key=repr))
    if want.sets is not None and want.sets != (have.sets or NumberSets()):
        yield Put(want.sets)
    yield from (Put(route) for route in puts if _is_balanced(route) and route not in leaving)
    yield from (Remove(rule) for rule in sorted(have.rules - want.rules, key=repr))
    yield from (Remove(route) for route in gone if not _is_balanced(route))
    if want.ruleset is None and have.ruleset is not None:
        yield Remove(have.ruleset)
    yield from (Remove(one) for one in sorted(have.addresses - want.addresses))


def _is_balanced(route: Route) -> bool:
    return route.table in {BALANCED_TABLE, NET_TABLE}


def _leaves(route: Route, have: KernelState) -> bool:
    """Whether this route takes the place of one that has all its next hops and more."""
    if not _is_balanced(route):
        return False
    before = next((one for one in have.routes if one.key == route.key), None)
    if before is None:
        return False
    return {_way(one) for one in route.nexthops} < {_way(one) for one in before.nexthops}


def _way(nexthop: Nexthop) -> tuple[str, IPv4Address | None]:
    return nexthop.interface, nexthop.gateway
