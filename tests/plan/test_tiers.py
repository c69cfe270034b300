"""Tiers: who carries new flows when gateways die and return, in whatever order."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from itertools import permutations

from app.model.choices import Role
from app.model.config import Config, Interface
from app.model.consistency import require_consistent
from app.model.facts import Facts
from app.model.layout import NET_TABLE
from app.model.leg import IPv4Leg
from app.model.verdict import State, Verdict
from app.plan.objects.route import Route
from app.plan.ruleset import NumberSets
from app.plan.state import Desired
from tests.plan import paper
from tests.plan.by_number import desired_state
from tests.plan.strategies import verdict

UP, DOWN = verdict(State.UP), verdict(State.DOWN)
LTE = Interface(name="eth3", role=Role.WAN, managed=True, addresses=(IPv4Interface("192.168.3.1/24"),))
BACKUP = replace(
    paper.GATEWAYS[0], number=3, name="LTE", interface="eth3", ipv4=IPv4Leg(address=IPv4Address("192.168.3.2")), tier=2
)
FACTS = Facts(links=(*paper.FACTS.links, paper.link(LTE, 9)))
ALL_UP = dict.fromkeys((1, 2, 3), UP)


def router() -> Config:
    """The paper's two ISPs in the first tier, LTE in the second."""
    config = replace(paper.config(*paper.GATEWAYS, BACKUP), interfaces=(*paper.INTERFACES, LTE))
    require_consistent(config)
    return config


def desired(verdicts: dict[int, Verdict]) -> Desired:
    return desired_state(router(), FACTS, verdicts)


def dead(state: Desired) -> frozenset[int]:
    (sets,) = state.state.of(NumberSets)
    return sets.dead


def test_a_backup_stands_by_while_the_first_tier_has_anybody() -> None:
    well = desired(ALL_UP)
    assert (well.members, well.standby) == ((1, 2), (3,))
    net = sorted(
        (route.metric, route.nexthops[0].interface) for route in well.state.of(Route) if route.table == NET_TABLE
    )
    assert net == [(1001, "eth1"), (1002, "eth2"), (2003, "eth3")], "behind them, should both cables be cut"
    assert not dead(well)


def test_whoever_dies_and_returns_in_whatever_order_the_best_tier_with_anybody_carries_new_flows() -> None:
    """Every order in which the three can die, and for each every order in which they can return."""
    for falling in permutations(ALL_UP):
        for returning in permutations(ALL_UP):
            verdicts = dict(ALL_UP)
            for turn, number in enumerate((*falling, *returning)):
                verdicts[number] = DOWN if turn < len(ALL_UP) else UP
                up = {n for n, one in verdicts.items() if one is UP}
                expected = tuple(sorted(up & {1, 2} or up or ALL_UP))
                found = desired(verdicts)
                assert found.members == expected, (falling, returning, turn)
                assert dead(found) == (ALL_UP.keys() - up if up else set())
                # Nothing of it depends on how it came about.
                assert found == desired(dict(verdicts))


def test_a_usable_backup_makes_the_dead_of_the_first_tier_dead_and_a_usable_first_tier_a_dead_backup() -> None:
    taken_over = desired({1: DOWN, 2: DOWN, 3: UP})
    assert taken_over.members == (3,)
    assert not taken_over.standby
    assert dead(taken_over) == {1, 2}
    assert dead(desired({1: UP, 2: UP, 3: DOWN})) == {3}


def test_with_none_usable_every_tier_is_tried() -> None:
    assert desired(dict.fromkeys(ALL_UP, DOWN)).members == (1, 2, 3)
