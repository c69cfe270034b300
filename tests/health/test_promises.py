"""What no sequence of answers may break, whatever the settings."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from app.health.target import TICK_S, worst_detection_s
from app.model.check import IcmpCheck
from app.model.probing import Answer, Failure, Outcome, Probe, Refusal
from app.model.timing import Timing
from app.model.verdict import State
from tests.health.line import CUT, GOOD, ICMP, Line

timings = st.builds(
    Timing,
    interval_s=st.floats(0.1, 5),
    timeout_s=st.floats(0.1, 5),
    fall=st.integers(1, 5),
    rise=st.integers(1, 5),
    hold_s=st.floats(0, 30),
)
# What becomes of a probe: silence, an answer in time or late (in shares of the timeout), a refusal, a failure to send.
fates = st.one_of(
    st.none(),
    st.floats(0, 0.99),
    st.floats(1.01, 10),
    st.tuples(st.floats(0, 2), st.just(Refusal("no"))),
    st.tuples(st.just(0.0), st.just(Failure("no route"))),
)
Fate = float | tuple[float, Outcome] | None
scripts = st.lists(st.tuples(fates, st.integers(1, 12)), min_size=1, max_size=25)


class Script:
    """Deals out fates to the probes as they come, over and over."""

    def __init__(self, runs: Sequence[tuple[Fate, int]], timeout_s: float) -> None:
        self._fates = [fate for fate, times in runs for _ in range(times)]
        self._timeout_s = timeout_s
        self._dealt = 0
        self.missed: list[Probe] = []

    def __call__(self, probe: Probe) -> tuple[float, Outcome] | float | None:
        fate = self._fates[self._dealt % len(self._fates)]
        self._dealt += 1
        if fate is None or isinstance(fate, tuple) or fate > 1:
            self.missed.append(probe)
        return fate * self._timeout_s if isinstance(fate, float) else fate


@given(timings, scripts)
def test_nothing_makes_it_return_before_its_hold_or_after_a_miss_within_it(
    timing: Timing, runs: list[tuple[Fate, int]]
) -> None:
    line = Line.start(ICMP, timing=timing)
    script = line.reply = Script(runs, timing.timeout_s)
    line.run(150)
    fell_s = None
    for at_s, verdict in line.history:
        if verdict.state is State.DOWN and fell_s is None:
            fell_s = at_s
        if verdict.state is State.UP and fell_s is not None:
            held_s = at_s - timing.hold_s + TICK_S
            assert fell_s <= held_s + TICK_S
            assert not any(held_s < probe.sent_s < at_s - timing.timeout_s - TICK_S for probe in script.missed)
            fell_s = None


@given(timings, st.lists(st.floats(0, 0.99), min_size=1, max_size=50))
def test_a_line_that_answers_in_time_never_goes_down_however_it_varies(timing: Timing, shares: list[float]) -> None:
    line = Line.start(ICMP, timing=timing)
    line.reply = lambda probe: shares[probe.sequence % len(shares)] * timing.timeout_s
    line.run(100)
    assert line.states() == [State.UNKNOWN, State.UP]


@given(timings, st.floats(0, 10), st.floats(0.001, 0.04), st.integers(1, 127))
def test_silence_is_seen_within_its_bound(timing: Timing, offset_s: float, rtt_s: float, number: int) -> None:
    line = Line.start(ICMP, timing=timing, number=number)
    line.reply = lambda _: rtt_s
    line.run(40 * timing.interval_s + offset_s)
    assert line.states() == [State.UNKNOWN, State.UP]
    line.reply = lambda _: None
    line.lose_what_is_under_way()
    took_s = line.run_until(State.DOWN)
    assert took_s <= worst_detection_s(timing) + 10 * TICK_S
    assert line.monitor.detected_s is not None
    assert 0 < line.monitor.detected_s <= took_s + rtt_s + TICK_S


@given(timings, scripts)
def test_late_answers_never_count(timing: Timing, runs: list[tuple[Fate, int]]) -> None:
    line = Line.start(ICMP, timing=timing)
    late = [(fate, times) for fate, times in runs if not isinstance(fate, float) or fate > 1]
    line.reply = Script(late or [(1.5, 1)], timing.timeout_s)
    line.run(60)
    assert State.UP not in line.states()
    assert line.monitor.statistics(line.now_s).rtt_ms is None


def test_a_flood_of_buffered_answers_after_an_outage_is_no_latency() -> None:
    line = Line.start(ICMP)
    line.run(30)
    held_until_s = line.now_s + 20
    line.reply = lambda probe: held_until_s - probe.sent_s
    line.run(20.001)
    line.reply = lambda _: 0.02
    line.run(10)
    found = line.monitor.statistics(line.now_s)
    assert found.rtt_ms is not None
    # One probe or two were still in time when the line came back; none of the twenty others counts.
    assert found.rtt_ms < 50
    assert found.loss_percent is not None
    assert found.loss_percent > 25


@given(timings, scripts, st.lists(st.floats(0.1, 30), max_size=8))
def test_carrier_and_answers_together_keep_the_verdict_whole(
    timing: Timing, runs: list[tuple[Fate, int]], cuts_s: list[float]
) -> None:
    line = Line.start(IcmpCheck(targets=("10.0.0.3", "10.0.0.4"), quorum=2), timing=timing)
    line.reply = Script(runs, timing.timeout_s)
    for index, after_s in enumerate(cuts_s):
        line.run(after_s)
        line.attach(GOOD if index % 2 else CUT)
        assert index % 2 or line.monitor.verdict.state is State.DOWN
    line.run(10)
    for _, verdict in line.history:
        assert (verdict.layer is not None) == (verdict.state is State.DOWN)
        assert verdict.carries == (verdict.state is State.UP)
        assert verdict.answers == verdict.reason.startswith("recovering")
        assert verdict.answers or not verdict.risen
        assert verdict.reason


@settings(max_examples=15)
@given(scripts)
def test_memory_is_bounded(runs: list[tuple[Fate, int]]) -> None:
    timing = Timing(interval_s=0.1, timeout_s=5)
    line = Line.start(ICMP, timing=timing)
    line.reply = Script(runs, timing.timeout_s)
    for _ in range(3):
        line.run(70)
        (target,) = line.monitor._targets.values()
        assert len(target.window) <= 640
        assert len(target._asked) <= timing.timeout_s / timing.interval_s + timing.fall + 1


def test_an_outcome_is_heard_once() -> None:
    line = Line.start(ICMP)
    line.reply = lambda _: None
    line.run(0.5)
    for outcome in (Answer(0.1), Answer(0.2), Refusal("no")):
        line.hear(line.sent[0], outcome)
    assert line.monitor.statistics(line.now_s).asked == 1
    assert line.monitor.verdict.state is State.UP
