"""The changes between two kernels, applied in memory to see that they lead where they should."""

from hypothesis import given
from hypothesis import strategies as st

from app.model.config import Config
from app.model.facts import Facts
from app.model.layout import BALANCED_TABLE, NET_TABLE
from app.model.verdict import State, Verdict
from app.plan.objects.address import Address
from app.plan.objects.route import Route
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.state import Change, KernelState, Put, Remove, diff
from tests.plan import paper
from tests.plan.by_number import desired_state
from tests.plan.strategies import routers, verdict

UP, DOWN = verdict(State.UP), verdict(State.DOWN)


def applied(state: KernelState, change: Change) -> KernelState:
    """What a kernel would hold after one change; the table comes with its sets and takes them along."""
    if isinstance(change.item, NumberSets):
        assert state.only(Ruleset) is not None, "the sets live in the table"
    after = state.after([change])
    if isinstance(change.item, Ruleset):
        sets = state.only(NumberSets) or NumberSets()
        return after.after([Put(sets) if isinstance(change, Put) else Remove(sets)])
    return after


def step(change: Change, have: KernelState) -> int:
    """The order of changes, once more and in other words than `Phase`."""
    item, put = change.item, isinstance(change, Put)
    if isinstance(item, Route) and item.table in {BALANCED_TABLE, NET_TABLE}:
        before = have.like(item)
        ways, had = ({(way.interface, way.gateway) for way in one.nexthops} if one else set() for one in (item, before))
        return 2 if not put or ways < had else 7
    steps = {Sysctl: (0,), Address: (1, 11), Ruleset: (3, 10), Route: (4, 9), Rule: (5, 8), NumberSets: (6,)}
    return steps[type(item)][0 if put else 1]


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
    stays = [one for one in have.of(Sysctl) if want.like(one) is None]
    assert result == KernelState([*want, *stays])


@given(kernels(), kernels())
def test_leaving_comes_before_everything_and_joining_after_everything(want: KernelState, have: KernelState) -> None:
    steps = [step(change, have) for change in diff(want, have)]
    assert steps == sorted(steps)


@given(kernels(), kernels())
def test_only_what_differs_is_changed_and_each_object_once(want: KernelState, have: KernelState) -> None:
    changes = diff(want, have)
    for change in changes:
        put = isinstance(change, Put)
        assert (change.item in want, change.item in have) == (put, not put)
    assert len({change.item.identity for change in changes}) == len(changes)


@given(kernels(), kernels())
def test_the_balanced_table_is_never_empty_on_the_way_between_two_that_are_not(
    want: KernelState, have: KernelState
) -> None:
    def balanced(state: KernelState) -> bool:
        return any(route.table == BALANCED_TABLE for route in state.of(Route))

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
    ruleset = at[state.only(Ruleset)]
    assert all(ruleset < at[route] for route in state.of(Route))
    balanced = [at[route] for route in state.of(Route) if route.table == BALANCED_TABLE]
    assert max(at[rule] for rule in state.of(Rule)) < min(balanced)


def test_a_removed_gateway_takes_no_flow_while_its_source_address_is_being_forgotten() -> None:
    before = desired_state(paper.config(), paper.FACTS, {1: UP, 2: UP}).state
    after = desired_state(paper.config(paper.GATEWAYS[0]), paper.FACTS, {1: UP}).state
    changes = diff(after, before)
    at = positions(changes)
    left = next(
        index for index, c in enumerate(changes) if isinstance(c.item, Route) and c.item.table == BALANCED_TABLE
    )
    assert left < at[after.only(Ruleset)]


@given(routers())
def test_an_unchanged_world_never_asks_for_a_change(router: tuple[Config, Facts, dict[int, Verdict]]) -> None:
    assert diff(desired_state(*router).state, desired_state(*router).state) == ()
