"""What a configuration means for the kernel, in the words of `ip`."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

import pytest
from hypothesis import given

from app.model.choices import AllDown, Balancing, Role
from app.model.config import EMPTY, Config, Failover, Gateway, Interface, Settings
from app.model.consistency import require_consistent
from app.model.facts import AddressFact, DefaultRoute, Facts, Link
from app.model.layout import BALANCED_TABLE, MARK_MASK, NET_TABLE, NOBODY, mark, priority, table
from app.model.leg import IPv4Leg
from app.model.verdict import State, Verdict
from app.plan.objects.route import Route, RouteKind
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.render import render
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.state import Desired, KernelState
from tests.plan import paper
from tests.plan.by_number import desired_state
from tests.plan.strategies import routers, verdict

UP, DOWN, UNKNOWN = verdict(State.UP), verdict(State.DOWN), verdict(State.UNKNOWN)
BOTH_UP = {1: UP, 2: UP}


def rules(desired: Desired) -> list[str]:
    return [one for one in render(desired.state) if one.startswith("priority")]


def routes(desired: Desired, number: int) -> list[str]:
    return [one for one in render(desired.state) if f" table {number} " in one]


def test_the_papers_router_has_the_papers_rules_and_ours_beside_them() -> None:
    assert rules(desired_state(paper.config(), paper.FACTS, BOTH_UP)) == [
        "priority 240 from all lookup main suppress_prefixlength 0 protocol 243",
        "priority 241 from 192.168.1.0/24 fwmark 0/0x7f000000 lookup 241 protocol 243",
        "priority 241 from all fwmark 0x1000000/0x7f000000 lookup 241 protocol 243",
        "priority 241 from all oif eth1 fwmark 0/0x7f000000 lookup 241 protocol 243",
        "priority 242 from 172.17.0.0/24 fwmark 0/0x7f000000 lookup 242 protocol 243",
        "priority 242 from all fwmark 0x2000000/0x7f000000 lookup 242 protocol 243",
        "priority 242 from all oif eth2 fwmark 0/0x7f000000 lookup 242 protocol 243",
        "priority 243 from all lookup 243 protocol 243",
        "priority 244 from all lookup 244 protocol 243",
    ]


def test_the_papers_router_has_the_papers_tables() -> None:
    desired = desired_state(paper.config(), paper.FACTS, BOTH_UP)
    assert routes(desired, 241) == [
        "default via 192.168.1.2 dev eth1 table 241 proto static",
        "blackhole default table 241 proto static metric 4000000000",
        "192.168.1.0/24 dev eth1 table 241 proto static",
    ]
    assert routes(desired, 243) == [
        (
            "default table 243 proto static nexthop via 192.168.1.2 dev eth1 weight 1"
            " nexthop via 172.17.0.2 dev eth2 weight 1"
        )
    ]
    assert routes(desired, 244) == [
        "default via 192.168.1.2 dev eth1 table 244 proto static metric 1001",
        "default via 172.17.0.2 dev eth2 table 244 proto static metric 1002",
    ]


def test_revision_zero_manages_nothing() -> None:
    assert desired_state(EMPTY, paper.FACTS, {}).state == KernelState()


def test_a_dead_gateway_leaves_the_balanced_tables_and_keeps_its_own() -> None:
    desired = desired_state(paper.config(), paper.FACTS, {1: DOWN, 2: UP})
    assert routes(desired, 243) == ["default via 172.17.0.2 dev eth2 table 243 proto static"]
    assert len(routes(desired, 244)) == 1
    assert len(routes(desired, 241)) == 3
    assert [one.dead for one in desired.state.of(NumberSets)] == [{1}]


def test_an_unproven_gateway_takes_no_traffic_and_is_not_dead() -> None:
    desired = desired_state(paper.config(), paper.FACTS, {1: UNKNOWN, 2: UP})
    assert desired.usable == (2,)
    assert [one.dead for one in desired.state.of(NumberSets)] == [frozenset()]


def test_a_restarted_worker_keeps_an_unknown_gateway_where_it_was() -> None:
    adopted = verdict(State.UNKNOWN, adopted=True)
    assert desired_state(paper.config(), paper.FACTS, {1: adopted, 2: UP}).usable == (1, 2)


@pytest.mark.parametrize(("all_down", "refused"), [(AllDown.KEEP_TRYING, False), (AllDown.REFUSE, True)])
def test_with_all_down_the_routes_stay_and_only_refuse_rejects(all_down: AllDown, refused: bool) -> None:
    config = paper.config(settings=Settings(failover=Failover(all_down=all_down)))
    desired = desired_state(config, paper.FACTS, {1: DOWN, 2: DOWN})
    assert desired.usable == ()
    assert desired.members == (1, 2)
    assert len(routes(desired, 243)) == 1
    (sets,) = desired.state.of(NumberSets)
    assert not sets.dead
    assert (NOBODY in sets.away) is refused
    assert any("no gateway is usable" in one for one in render(desired.state)) is refused
    well = desired_state(config, paper.FACTS, BOTH_UP)
    assert well.state.only(Ruleset) == desired.state.only(Ruleset)
    assert well.state.only(NumberSets) == NumberSets()


RETURNING = replace(DOWN, answers=True, risen=True)


@pytest.mark.parametrize("all_down", list(AllDown))
def test_where_nothing_works_what_answers_again_is_used_before_its_hold_is_over(all_down: AllDown) -> None:
    config = paper.config(settings=Settings(failover=Failover(all_down=all_down)))
    desired = desired_state(config, paper.FACTS, {1: DOWN, 2: RETURNING})
    assert desired.usable == desired.members == (2,)
    assert desired.state.only(NumberSets) == NumberSets(dead=frozenset({1}), away=frozenset({1}))


@pytest.mark.parametrize("one", [RETURNING, replace(DOWN, answers=True)])
def test_where_something_works_what_answers_again_waits_and_resets_nobody(one: Verdict) -> None:
    desired = desired_state(paper.config(), paper.FACTS, {1: one, 2: UP})
    assert desired.usable == desired.members == (2,)
    assert desired.state.only(NumberSets) == NumberSets(dead=frozenset(), away=frozenset({1}))


def test_a_disabled_gateway_drains_and_a_cut_one_is_dead() -> None:
    drained, cut = (replace(paper.GATEWAYS[0], enabled=False, cut=value) for value in (False, True))
    for gateway, dead in ((drained, frozenset[int]()), (cut, frozenset({1}))):
        desired = desired_state(paper.config(gateway, paper.GATEWAYS[1]), paper.FACTS, BOTH_UP)
        assert desired.usable == (2,)
        assert len(routes(desired, 241)) == 3
        assert [one.dead for one in desired.state.of(NumberSets)] == [dead]


def test_a_gateway_whose_interface_is_set_down_is_pending_and_its_packets_go_nowhere_else() -> None:
    down = replace(paper.FACTS.links[1], up=False, carrier=False)
    facts = Facts(links=(paper.FACTS.links[0], down, paper.FACTS.links[2]))
    desired = desired_state(paper.config(), facts, BOTH_UP)
    assert [(one.subject, one.reason) for one in desired.pending] == [("gateways.1", "eth1 is set down")]
    assert routes(desired, 241) == ["blackhole default table 241 proto static metric 4000000000"]
    assert "priority 241 from all fwmark 0x1000000/0x7f000000 lookup 241 protocol 243" in rules(desired)
    assert desired.members == (2,)


def test_a_gateway_from_the_interface_follows_its_default_route() -> None:
    gateway = Gateway(number=1, name="Cable", interface="eth1", ipv4=IPv4Leg(address=None))
    wan = Interface(name="eth1", role=Role.WAN)
    leased = Link(
        name="eth1", index=3, up=True, carrier=True, addresses=(AddressFact(address=IPv4Interface("100.64.3.9/22")),)
    )
    given = DefaultRoute(interface="eth1", next_hop=IPv4Address("100.64.0.1"), metric=100)
    config = Config(interfaces=(wan,), gateways=(gateway,))
    desired = desired_state(config, Facts(links=(leased,), defaults=(given,)), {1: UP})
    assert routes(desired, 243) == ["default via 100.64.0.1 dev eth1 table 243 proto static"]
    assert desired_state(config, Facts(links=(leased,)), {1: UP}).members == ()


def test_a_far_next_hop_is_onlink_and_is_known_by_its_address_alone() -> None:
    far = replace(paper.GATEWAYS[0], ipv4=IPv4Leg(address=IPv4Address("10.9.9.9"), far=True))
    desired = desired_state(paper.config(far, paper.GATEWAYS[1]), paper.FACTS, BOTH_UP)
    assert "default via 10.9.9.9 dev eth1 onlink table 241 proto static" in routes(desired, 241)
    assert "priority 241 from 192.168.1.1/32 fwmark 0/0x7f000000 lookup 241 protocol 243" in rules(desired)


def test_two_isps_with_one_subnet_are_known_by_address_and_with_one_address_not_by_source_at_all() -> None:
    def router(second: str) -> Desired:
        own = IPv4Interface(second)
        interfaces = (paper.INTERFACES[1], Interface(name="eth2", role=Role.WAN, managed=True, addresses=(own,)))
        twin = replace(paper.GATEWAYS[1], ipv4=IPv4Leg(address=IPv4Address("192.168.1.2")))
        config = Config(interfaces=interfaces, gateways=(paper.GATEWAYS[0], twin))
        require_consistent(config)
        return desired_state(config, Facts(links=tuple(map(paper.link, interfaces, (2, 3)))), BOTH_UP)

    assert "priority 242 from 192.168.1.7/32 fwmark 0/0x7f000000 lookup 242 protocol 243" in rules(
        router("192.168.1.7/24")
    )
    assert not any("from 192.168.1" in one for one in rules(router("192.168.1.1/24")))


def test_two_gateways_behind_one_interface_have_no_device_rule_and_are_told_apart_by_next_hop() -> None:
    twin = replace(paper.GATEWAYS[1], interface="eth1", ipv4=IPv4Leg(address=IPv4Address("192.168.1.3")))
    desired = desired_state(paper.config(paper.GATEWAYS[0], twin), paper.FACTS, BOTH_UP)
    assert not any("oif" in one for one in rules(desired))
    assert any("rt ip nexthop 192.168.1.3" in one for one in render(desired.state))


@pytest.mark.parametrize(("balancing", "policy"), list(zip(Balancing, ("0", "1", "3"), strict=True)))
def test_balancing_is_a_hash_policy(balancing: Balancing, policy: str) -> None:
    desired = desired_state(paper.config(settings=Settings(balancing=balancing)), paper.FACTS, BOTH_UP)
    assert f"net/ipv4/fib_multipath_hash_policy={policy}" in render(desired.state)


@given(routers())
def test_every_number_always_has_its_mark_rule_and_its_blackhole(
    router: tuple[Config, Facts, dict[int, Verdict]],
) -> None:
    config, facts, verdicts = router
    state = desired_state(config, facts, verdicts).state
    for gateway in config.gateways:
        number = gateway.number
        marks = [rule for rule in state.of(Rule) if (rule.mark, rule.mask) == (mark(number), MARK_MASK)]
        assert [(rule.priority, rule.table) for rule in marks] == [(priority(number), table(number))]
        holes = [r for r in state.of(Route) if r.table == table(number) and r.kind is RouteKind.BLACKHOLE]
        assert len(holes) == 1


@given(routers())
def test_the_balanced_table_holds_the_usable_of_the_best_tier_or_else_everything_that_can_be_held(
    router: tuple[Config, Facts, dict[int, Verdict]],
) -> None:
    config, facts, verdicts = router
    desired = desired_state(config, facts, verdicts)
    balanced = [route for route in desired.state.of(Route) if route.table == BALANCED_TABLE]
    singles = [route for route in desired.state.of(Route) if route.table == NET_TABLE]
    assert sum(len(route.nexthops) for route in balanced) == len(desired.members)
    assert len(singles) == len(desired.members) + len(desired.standby)
    carrying = {number for number, one in verdicts.items() if one.carries}
    risen = {number for number, one in verdicts.items() if one.risen}
    assert set(desired.usable) <= carrying or set(desired.usable) <= risen
    tiers = {gateway.number: gateway.tier for gateway in config.gateways}
    if desired.usable:
        best = min(tiers[number] for number in desired.usable)
        assert desired.members == tuple(number for number in desired.usable if tiers[number] == best)
        assert set(desired.members) | set(desired.standby) == set(desired.usable)
    else:
        assert not any(one.dead for one in desired.state.of(NumberSets))


@given(routers())
def test_nothing_is_usable_and_dead_at_once_and_tables_never_clash(
    router: tuple[Config, Facts, dict[int, Verdict]],
) -> None:
    config, facts, verdicts = router
    desired = desired_state(config, facts, verdicts)
    assert not any(one.dead & set(desired.usable) for one in desired.state.of(NumberSets))
    assert len({route.key for route in desired.state.of(Route)}) == len(desired.state.of(Route))
    assert {route.table for route in desired.state.of(Route)} <= desired.scope.tables
    assert {one.path for one in desired.state.of(Sysctl)} == desired.scope.sysctls
