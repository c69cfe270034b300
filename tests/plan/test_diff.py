"""The changes between two kernels, applied in memory to see that they lead where they should."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.model.config import Config
from app.model.facts import Facts
from app.model.layout import BALANCED_TABLE
from app.model.verdict import State, Verdict
from app.plan.desired import desired_state
from app.plan.diff import diff
from app.plan.ruleset import Ruleset
from app.plan.state import Address, Change, KernelState, NumberSets, Put, Route, Rule, Sysctl
from tests.plan import paper
from tests.plan.strategies import routers, verdict

UP, DOWN = verdict(State.UP), verdict(State.DOWN)


def applied(state: KernelState, change: Change) -> KernelState:
    """What a kernel would hold after one change; a route replaces the one with its key."""
    put, item = isinstance(change, Put), change.item
    match item:
        case Address():
            return replace(state, addresses=state.addresses | {item} if put else state.addresses - {item})
        case Rule():
            return replace(state, rules=state.rules | {item} if put else state.rules - {item})
        case Route():
            others = frozenset(route for route in state.routes if route.key != item.key)
            return replace(state, routes=others | {item} if put else others)
        case Sysctl():
            others_set = frozenset(one for one in state.sysctls if one.path != item.path)
            return replace(state, sysctls=others_set | {item})
        case Ruleset():
            dead = state.sets or NumberSets(frozenset())
            return replace(state, ruleset=item, sets=dead) if put else replace(state, ruleset=None, sets=None)
        case NumberSets():
            assert state.ruleset is not None, "the set lives in the table"
            return replace(state, sets=item)


def kernels() -> st.SearchStrategy[KernelState]:
    return routers().map(lambda router: desired_state(*router).state)


@given(kernels())
def test_nothing_differs_from_itself(state: KernelState) -> None:
    assert diff(state, state) == ()


@given(kernels(), kernels())
def test_applying_the_difference_gives_what_is_wanted(want: KernelState, have: KernelState) -> None:
    result = have
    for change in diff(want, have):
        result = applied(result, change)
    # A sysctl that is no longer wanted stays as it is: its earlier value is the uninstaller's matter.
    assert replace(result, sysctls=want.sysctls) == want
    assert want.sysctls <= result.sysctls


@given(kernels(), kernels())
def test_the_balanced_table_is_never_empty_on_the_way_between_two_that_are_not(
    want: KernelState, have: KernelState
) -> None:
    def balanced(state: KernelState) -> bool:
        return any(route.table == BALANCED_TABLE for route in state.routes)

    result = have
    for change in diff(want, have):
        result = applied(result, change)
        assert balanced(result) or not (balanced(want) and balanced(have))


def positions(changes: tuple[Change, ...]) -> dict[object, int]:
    return {change.item: index for index, change in enumerate(changes)}


def test_a_dying_gateway_first_leaves_the_balanced_table_and_then_joins_the_dead() -> None:
    both, one = (desired_state(paper.config(), paper.FACTS, {1: first, 2: UP}).state for first in (UP, DOWN))
    changes = diff(one, both)
    assert isinstance(changes[0].item, Route)
    assert changes[0].item.table == BALANCED_TABLE
    assert changes[-1] == Put(NumberSets(dead=frozenset({1}), away=frozenset({1})))
    assert len(changes) == 3


def test_a_returning_gateway_is_no_longer_dead_before_it_gets_a_flow() -> None:
    both, one = (desired_state(paper.config(), paper.FACTS, {1: first, 2: UP}).state for first in (UP, DOWN))
    changes = diff(both, one)
    assert changes[0] == Put(NumberSets())
    assert {type(change.item) for change in changes[1:]} == {Route}


def test_on_the_first_installation_snat_is_there_before_any_flow_can_be_routed() -> None:
    state = desired_state(paper.config(), paper.FACTS, {1: UP, 2: UP}).state
    at = positions(diff(state, KernelState()))
    ruleset = at[state.ruleset]
    assert all(ruleset < at[route] for route in state.routes)
    balanced = [at[route] for route in state.routes if route.table == BALANCED_TABLE]
    assert max(at[rule] for rule in state.rules) < min(balanced)


def test_a_removed_gateway_takes_no_flow_while_its_source_address_is_being_forgotten() -> None:
    before = desired_state(paper.config(), paper.FACTS, {1: UP, 2: UP}).state
    after = desired_state(paper.config(paper.GATEWAYS[0]), paper.FACTS, {1: UP}).state
    changes = diff(after, before)
    at = positions(changes)
    left = next(
        index for index, c in enumerate(changes) if isinstance(c.item, Route) and c.item.table == BALANCED_TABLE
    )
    assert left < at[after.ruleset]


@given(routers())
def test_an_unchanged_world_never_asks_for_a_change(router: tuple[Config, Facts, dict[int, Verdict]]) -> None:
    assert diff(desired_state(*router).state, desired_state(*router).state) == ()
