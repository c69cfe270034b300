from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.health.target import BURST_GAP_S, Target, worst_detection_s
from app.model.probing import Answer, Failure, Outcome, Probe, Refusal
from app.model.timing import Timing
from tests.health.line import ICMP, START_S


def target(timing: Timing | None = None, phase: float = 0.5) -> Target:
    return Target(check=ICMP, host="10.0.0.3", index=0, timing=timing or Timing(), phase=phase, now_s=START_S)


def steady(one: Target, probes: int = 10) -> float:
    """Ask and answer regularly; when the last answer was."""
    now_s = START_S
    for _ in range(probes):
        now_s = one.next_probe_s(eager=True)
        one.hear(one.ask(now_s).sequence, Answer(0.02))
    return now_s + 0.02


def test_the_worst_case_of_the_two_settings_that_are_promised() -> None:
    assert worst_detection_s(Timing()) == pytest.approx(2.4)
    assert worst_detection_s(Timing(interval_s=0.2, timeout_s=0.4)) == pytest.approx(1.0)
    assert worst_detection_s(Timing(fall=1)) == pytest.approx(2.0)


def test_regular_probes_keep_to_their_grid() -> None:
    one = target()
    steady(one)
    for expected_s in (1009.5, 1010.5, 1011.5):
        assert one.next_probe_s(eager=True) == pytest.approx(expected_s)
        # Served late every time, and yet it does not drift.
        one.hear(one.ask(one.next_probe_s(eager=True) + 0.3).sequence, Answer(0.02))


def test_after_a_long_stall_it_asks_once_and_goes_on() -> None:
    one = target()
    steady(one)
    one.ask(START_S + 500.1)
    assert one.next_probe_s(eager=False) == pytest.approx(START_S + 500.5)


def test_who_no_longer_stands_by_is_asked_at_once_and_keeps_what_is_known_of_it() -> None:
    resting, used = Timing(interval_s=10), Timing(interval_s=1)
    one = target(resting)
    last_s = steady(one)
    run, known = one.run, len(one.window.recent(last_s))
    one.configure(used, last_s + 3)
    assert one.next_probe_s(eager=True) == last_s + 3
    one.hear(one.ask(last_s + 3).sequence, Answer(0.02))
    assert last_s + 3 < one.next_probe_s(eager=True) <= last_s + 4
    assert (one.run, one.ok) == (run + 1, True)
    assert len(one.window.recent(last_s + 3.1)) == known + 1
    one.configure(resting, last_s + 4)
    one.hear(one.ask(one.next_probe_s(eager=True)).sequence, Answer(0.02))
    assert one.next_probe_s(eager=True) > last_s + 4 + used.interval_s


def test_a_late_answer_starts_a_burst_of_as_many_as_can_decide() -> None:
    one = target()
    steady(one)
    sent_s = [one.next_probe_s(eager=True)]
    for _ in range(3):
        one.ask(sent_s[-1])
        sent_s.append(one.next_probe_s(eager=True))
    gaps_s = [after - before for before, after in pairwise(sent_s)]
    assert gaps_s == pytest.approx([0.2, BURST_GAP_S, 1.0 - 0.2 - BURST_GAP_S])
    assert one.suspect(sent_s[1])


def test_what_is_not_asked_eagerly_is_asked_regularly() -> None:
    one = target()
    steady(one)
    first_s = one.next_probe_s(eager=False)
    one.ask(first_s)
    assert one.next_probe_s(eager=False) == pytest.approx(first_s + 1.0)


def test_an_answer_ends_the_burst() -> None:
    one = target()
    steady(one)
    first_s = one.next_probe_s(eager=True)
    probe = one.ask(first_s)
    one.ask(first_s + 0.2)
    one.hear(probe.sequence + 1, Answer(0.02))
    assert one.next_probe_s(eager=True) == pytest.approx(first_s + 1.0)
    one.expire(first_s + 1.0)
    assert one.misses == 0
    assert one.ok is True


def test_misses_in_a_row_fell_it_and_answers_in_a_row_raise_it() -> None:
    one, now_s = target(Timing(rise=2)), START_S
    for _ in range(3):
        one.ask(now_s)
        now_s += 1
    one.expire(now_s)
    assert (one.ok, one.misses, one.first_missed_s) == (False, 3, START_S)
    one.hear(one.ask(now_s).sequence, Answer(0.1))
    assert (one.ok, one.run, one.good_since_s) == (False, 1, now_s + 0.1)
    one.hear(one.ask(now_s + 1).sequence, Answer(0.1))
    assert (one.ok, one.run, one.misses) == (True, 2, 0)


def test_a_probe_under_way_is_never_overtaken_in_counting_answers() -> None:
    one = target()
    steady(one)
    before = one.run
    first = one.ask(START_S + 20)
    one.hear(one.ask(START_S + 20.2).sequence, Answer(0.02))
    assert one.run == before
    one.hear(first.sequence, Answer(0.9))
    assert one.run == before + 2


def test_an_earlier_miss_that_is_decided_later_still_breaks_the_row() -> None:
    one = target()
    steady(one)
    one.ask(START_S + 20)
    one.hear(one.ask(START_S + 20.2).sequence, Answer(0.02))
    one.expire(START_S + 21)
    assert (one.run, one.good_since_s) == (1, START_S + 20.22)


def test_an_answer_after_the_timeout_is_a_loss_whatever_it_says() -> None:
    one = target()
    probe = one.ask(START_S)
    one.hear(probe.sequence, Answer(1.01))
    one.expire(START_S + 1)
    one.hear(probe.sequence, Answer(0.5))
    assert (one.ok, one.misses) == (None, 1)
    assert one.window.recent(START_S + 1) == [None]


def test_a_refusal_is_a_miss_at_once_and_says_why() -> None:
    one = target()
    for _ in range(3):
        one.hear(one.ask(START_S).sequence, Refusal("no"))
    assert (one.ok, one.misses, one.miss_note) == (False, 3, "no")


def test_what_could_not_be_sent_is_a_miss_when_its_time_is_over() -> None:
    one = target()
    for _ in range(3):
        one.hear(one.ask(START_S).sequence, Failure("no device"))
    assert (one.ok, one.misses) == (None, 0)
    one.expire(START_S + 1)
    assert (one.ok, one.misses, one.miss_note) == (False, 3, "no device")


def test_one_explanation_among_the_misses_is_enough_until_silence_is_all_there_is() -> None:
    one = target()
    one.hear(one.ask(START_S).sequence, Refusal("no"))
    for second in range(1, 3):
        one.ask(START_S)
        one.expire(START_S + second)
    assert one.miss_note == "no"
    one.ask(START_S)
    one.expire(START_S + 3)
    assert one.miss_note == ""


def test_an_answer_makes_an_explanation_old() -> None:
    one = target()
    one.hear(one.ask(START_S).sequence, Refusal("no"))
    one.hear(one.ask(START_S).sequence, Answer(0.1))
    assert one.miss_note == ""


@given(
    st.lists(st.tuples(st.floats(0.0, 3.0), st.integers(0, 4), st.sampled_from(["answer", "refusal", "failure"]))),
    st.integers(1, 5),
)
def test_what_it_counts_is_what_was_heard(happened: list[tuple[float, int, str]], fall: int) -> None:
    one, now_s, asked = target(Timing(fall=fall)), START_S, list[Probe]()
    for after_s, back, kind in happened:
        now_s += after_s
        one.expire(now_s)
        asked.append(one.ask(now_s))
        probe = asked[max(0, len(asked) - 1 - back)]
        outcomes: dict[str, Outcome] = {"answer": Answer(now_s - probe.sent_s), "refusal": Refusal("no")}
        one.hear(probe.sequence, outcomes.get(kind, Failure("no")))
        assert 0 <= one.misses <= len(asked)
        assert (one.first_missed_s is None) == (one.misses == 0)
        assert (one.good_since_s is None) == (one.run == 0)
        assert one.ok is not True or one.misses < fall
        assert one.ok is not None or one.misses < fall
        assert len(one.window) <= len(asked)
    one.expire(now_s + 1)
    assert len(one.window) == len(asked)
