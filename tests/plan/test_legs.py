"""A gateway with legs of two families, as a later one will have it: each family is planned by itself."""

from dataclasses import replace

from app.model.config import Config
from app.model.family import Family
from app.model.leg import LegId
from app.model.verdict import State
from app.plan.desired import desired_state
from app.plan.objects.route import Route
from app.plan.objects.rule import Rule
from app.plan.render import render
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.sites import sites
from app.plan.traffic import inside_networks
from tests.legs import CONFIG, FACTS, FIRST, SECOND, without
from tests.plan import paper
from tests.plan.strategies import verdict

UP = {LegId(number, family): verdict(State.UP) for number in (1, 2) for family in Family}


def only_ipv4() -> Config:
    return replace(CONFIG, gateways=paper.GATEWAYS)


def test_a_gateway_has_the_legs_that_it_is_reached_by() -> None:
    assert [leg.family for leg in FIRST.legs] == [Family.IPV4, Family.IPV6]
    assert (SECOND.legs, SECOND.leg(Family.IPV6)) == ((SECOND.ipv4,), None)
    assert CONFIG.families == (Family.IPV4, Family.IPV6)
    assert only_ipv4().families == (Family.IPV4,)


def test_a_family_has_the_sites_of_those_that_are_reached_in_it() -> None:
    four, six = (sites(family, CONFIG, FACTS, UP) for family in Family)
    assert [(one.number, one.family) for one in four] == [(1, Family.IPV4), (2, Family.IPV4)]
    (one,) = six
    assert one.attached is not None
    assert (str(one.attached.next_hop), str(one.attached.source), str(one.attached.subnet)) == (
        "2001:db8:1::2",
        "2001:db8:1::1",
        "2001:db8:1::/64",
    )


def test_routes_and_rules_name_addresses_of_their_own_family_alone() -> None:
    state = desired_state(CONFIG, FACTS, UP).state
    plain = desired_state(only_ipv4(), FACTS, UP).state
    for kind in (Rule, Route):
        found = state.of(kind)
        assert {one for one in found if one.family is Family.IPV4} == plain.of(kind)
        assert any(one.family is Family.IPV6 for one in found)
    for route in state.of(Route):
        assert {one.gateway.version for one in route.nexthops if one.gateway is not None} <= {int(route.family)}


def test_each_family_has_its_sets_and_a_gateway_without_the_leg_is_away_there() -> None:
    sets = desired_state(CONFIG, FACTS, UP).state.of(NumberSets)
    assert sets == {NumberSets(), NumberSets(away=frozenset({2}), family=Family.IPV6)}


def test_the_ruleset_speaks_of_each_family_in_its_own_words_and_counts_a_gateway_once() -> None:
    desired = desired_state(CONFIG, FACTS, UP)
    ruleset = desired.state.only(Ruleset)
    assert ruleset is not None
    assert len(set(ruleset.counters)) == len(ruleset.counters) == 2
    text = "\n".join(render(desired.state))
    for words in ("@dead6", "set away6 {", "ip6 saddr != 2001:db8:1::1", "ct reply ip6 daddr 2001:db8:1::1"):
        assert words in text, words
    assert "ip saddr != 2001:" not in text
    assert "ip6" not in "\n".join(render(desired_state(only_ipv4(), FACTS, UP).state))


def test_who_is_used_is_said_by_family() -> None:
    desired = desired_state(CONFIG, FACTS, UP)
    assert (desired.of(Family.IPV4).members, desired.of(Family.IPV6).members) == ((1, 2), (1,))
    assert desired.members == (1, 2)
    desired = desired_state(CONFIG, without(Family.IPV6), UP)
    assert (desired.of(Family.IPV4).usable, desired.of(Family.IPV6).usable) == ((1, 2), ())


def test_a_verdict_on_one_family_is_none_on_the_other() -> None:
    well = desired_state(CONFIG, FACTS, UP)
    fallen = desired_state(CONFIG, FACTS, UP | {LegId(1, Family.IPV6): verdict(State.DOWN)})
    assert fallen.of(Family.IPV4) == well.of(Family.IPV4)
    assert fallen.of(Family.IPV6).usable == ()
    assert {one for one in fallen.state.of(Route) if one.family is Family.IPV4} == {
        one for one in well.state.of(Route) if one.family is Family.IPV4
    }
    assert NumberSets() in fallen.state.of(NumberSets)
    fallen = desired_state(CONFIG, FACTS, UP | {LegId(1, Family.IPV4): verdict(State.DOWN)})
    assert (fallen.of(Family.IPV4).usable, fallen.of(Family.IPV6).usable) == ((2,), (1,))
    assert fallen.state.of(NumberSets) >= {NumberSets(away=frozenset({2}), family=Family.IPV6)}


def test_what_is_inside_is_said_of_one_family() -> None:
    assert {one.version for one in inside_networks(Family.IPV4, CONFIG, FACTS)} == {4}
    assert {one.version for one in inside_networks(Family.IPV6, CONFIG, FACTS)} == {6}
