"""When a change is made: how refusals back off, and how often one object is repaired."""

from hypothesis import given
from hypothesis import strategies as st

from app.plan.attempts import BURST, QUIET_S, REPAIR_EVERY_S, RETRY_AT_MOST_S, RETRY_S, Contest, Refusals, RepairLimit
from app.plan.objects.rule import Rule
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.state import Change, Put, Remove

RULE, OTHER = Put(Rule(243, 243)), Put(Rule(244, 244))
TABLE, SETS = Put(Ruleset((), ())), Put(NumberSets(frozenset({1})))


def due(limit: RepairLimit, now_s: float, *changes: Change, wanted: tuple[Change, ...] = ()) -> tuple[Change, ...]:
    return limit.due((*changes, *wanted), {one.item.identity for one in changes}, now_s)


def exhausted(*changes: Change) -> RepairLimit:
    """One whose repairs of these objects are used up at second 0, and who touched them."""
    limit = RepairLimit()
    for _ in range(BURST):
        assert due(limit, 0.0, *changes) == changes
        for one in changes:
            assert not limit.hear(one.item.identity, "nft (pid 813)", 0.0)
    assert due(limit, 0.0, *changes) == ()
    return limit


@given(st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_however_often_an_object_changes_its_repairs_are_bounded(pauses_s: list[float]) -> None:
    limit, now_s, repaired_s = RepairLimit(), 0.0, list[float]()
    for pause_s in pauses_s:
        now_s += pause_s
        if due(limit, now_s, RULE):
            repaired_s.append(now_s)
    for index, first_s in enumerate(repaired_s):
        for count, last_s in enumerate(repaired_s[index:], start=1):
            assert count <= BURST + (last_s - first_s) / REPAIR_EVERY_S + 1e-6


@given(st.lists(st.floats(0, 3), max_size=BURST - 1))
def test_ordinary_drift_is_repaired_at_once(pauses_s: list[float]) -> None:
    limit, now_s = RepairLimit(), 0.0
    for pause_s in pauses_s:
        now_s += pause_s
        assert due(limit, now_s, RULE) == (RULE,)
    assert limit.begun() == limit.over(now_s) == ()
    assert limit.next_s(now_s) == float("inf")


def test_a_contest_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    limit = exhausted(RULE)
    assert limit.begun() == (Contest(RULE, "nft (pid 813)"),)
    assert due(limit, 1.0, RULE) == ()
    assert limit.begun() == ()
    assert limit.next_s(1.0) == REPAIR_EVERY_S
    assert due(limit, REPAIR_EVERY_S, RULE) == (RULE,)
    assert due(limit, REPAIR_EVERY_S) == ()
    assert limit.hear(RULE.item.identity, "", 8.0)
    assert limit.over(8.0 + QUIET_S - 0.1) == ()
    assert limit.over(8.0 + QUIET_S) == (Contest(RULE, "nft (pid 813)"),)
    assert limit.over(8.0 + QUIET_S) == limit.begun() == ()
    assert not limit.is_limited(RULE)


def test_an_object_that_is_touched_and_not_changed_any_more_is_left_alone_in_the_end() -> None:
    limit, now_s = exhausted(RULE), 0.0
    limit.begun()
    assert due(limit, REPAIR_EVERY_S, RULE) == (RULE,)
    for now_s in range(6, 200, 3):
        limit.hear(RULE.item.identity, "", float(now_s))
        assert due(limit, float(now_s)) == ()
        assert limit.over(float(now_s)) == limit.begun() == ()
    assert limit.over(now_s + QUIET_S) == (Contest(RULE, "nft (pid 813)"),)


def test_what_still_waits_is_not_left_alone() -> None:
    limit = exhausted(RULE)
    assert limit.over(QUIET_S + 1) == ()


def test_a_name_says_more_than_the_id_of_a_process_that_has_ended() -> None:
    limit = RepairLimit()
    due(limit, 0.0, RULE)
    for actor in ("pid 3, which has ended", "ip (pid 4)", "", "pid 5, which has ended"):
        limit.hear(RULE.item.identity, actor, 0.0)
    for _ in range(BURST):
        due(limit, 0.0, RULE)
    assert limit.begun() == (Contest(RULE, "ip (pid 4)"),)


def test_each_object_is_limited_by_itself_and_what_is_wanted_anew_never() -> None:
    limit = exhausted(RULE)
    assert due(limit, 0.0, RULE, OTHER) == (OTHER,)
    assert due(limit, 0.0, wanted=(RULE,)) == (RULE,)
    assert limit.waiting == ()
    assert not limit.hear(OTHER.item.identity, "", 0.0)
    assert not limit.hear(Remove(Rule(1, 1)).item.identity, "", 0.0)


def test_the_sets_wait_for_their_table_and_the_table_is_put_for_what_is_wanted_in_it() -> None:
    limit = exhausted(TABLE)
    assert due(limit, 0.0, TABLE, SETS) == ()
    assert limit.next_s(0.0) == REPAIR_EVERY_S
    assert due(limit, 0.0, TABLE, wanted=(SETS,)) == (TABLE, SETS)


def test_a_refusal_is_tried_again_later_each_time_but_not_too_late() -> None:
    refusals, now_s, waits_s = Refusals(), 0.0, list[float]()
    assert refusals.note(RULE, "no", now_s)
    while now_s < 60:
        waits_s.append(refusals.next_s - now_s)
        assert not refusals.is_due(RULE, refusals.next_s - 0.01)
        assert refusals.is_due(RULE, refusals.next_s)
        now_s = refusals.next_s
        assert not refusals.note(RULE, "no", now_s)
    assert waits_s == sorted(waits_s)
    assert (waits_s[0], waits_s[-1]) == (RETRY_S, RETRY_AT_MOST_S)


def test_a_refusal_is_of_one_change_of_one_object() -> None:
    refusals = Refusals()
    refusals.note(SETS, "no", 0.0)
    assert refusals.is_due(RULE, 0.0)
    assert refusals.is_due(Put(NumberSets(frozenset({2}))), 0.0)
    assert not refusals.is_due(SETS, 0.0)
    refusals.retry()
    assert refusals.is_due(SETS, 0.0)
    assert refusals.note(SETS, "another reason", 0.0)
    assert refusals.reasons == {SETS.item.identity: "another reason"}
    refusals.keep({RULE.item.identity})
    assert refusals.reasons == {}
    assert refusals.next_s == float("inf")
