from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from app.health.adoption import NOT_ASKED, WAS_IN_USE
from app.health.monitor import Monitor
from app.health.statistics import Statistics
from app.health.watch import Watch
from app.model.check import HttpCheck, IcmpCheck, LinkCheck, TcpCheck, UdpCheck
from app.model.probing import Answer, Failure, Moment, Refusal
from app.model.timing import Timing
from app.model.verdict import Layer, State, Verdict
from tests.health.line import BOOT, CUT, GOOD, ICMP, START_S, Line, moment, unknown

FAST = Timing(interval_s=0.2, timeout_s=0.4)
TCP = TcpCheck(targets=("10.0.0.3",), port=80)
UP = Verdict(state=State.UP, reason="all checks passing", since=BOOT, carries=True)
DOWN = Verdict(state=State.DOWN, reason="no reply from 10.0.0.3 (icmp, 3 probes)", since=BOOT, layer=Layer.ICMP)


# Proven or not


def test_a_gateway_never_proven_takes_no_traffic_until_its_first_good_answer() -> None:
    line = Line.start(ICMP)
    assert line.monitor.verdict == unknown()
    assert line.run_until(State.UP) < 0.2
    assert line.monitor.verdict.carries
    assert len(line.sent) == 1


def test_every_check_must_pass_before_it_is_proven() -> None:
    line = Line.start(ICMP, TCP)
    line.reply = lambda probe: 0.02 if probe.check == ICMP else None
    line.run(0.9)
    assert line.monitor.verdict.state is State.UNKNOWN
    line.run_until(State.DOWN)
    assert line.monitor.verdict.reason == "no reply from 10.0.0.3 port 80 (tcp, 3 probes)"


def test_a_gateway_never_proven_that_does_not_answer_is_down() -> None:
    line = Line.start(ICMP)
    line.reply = lambda _: None
    assert line.run_until(State.DOWN) < 3.0


def test_nothing_is_decided_before_the_machine_was_looked_at() -> None:
    line = Line.start(ICMP, link=False)
    line.run(10)
    assert line.sent == []
    assert line.monitor.verdict == unknown()
    assert line.monitor.layers() == ()


def test_membership_that_was_found_is_kept_until_answers_say_otherwise() -> None:
    line = Line.start(ICMP, first=replace(unknown(carries=True), reason=WAS_IN_USE))
    assert len(line.history) == 1
    line.run_until(State.UP)
    line = Line.start(ICMP, first=replace(unknown(carries=True), reason=WAS_IN_USE))
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    assert not line.monitor.verdict.carries


def test_an_adopted_verdict_stays_until_answers_say_otherwise() -> None:
    line = Line.start(ICMP, first=UP)
    line.run(100)
    assert line.history == [(START_S, UP)]
    line = Line.start(ICMP, first=DOWN)
    line.run(0.01)
    assert line.monitor.verdict == DOWN
    assert line.run_until(State.UP) >= Timing().hold_s


# Falling


@pytest.mark.parametrize(("timing", "bound_s"), [(Timing(), 2.5), (FAST, 1.1)])
@pytest.mark.parametrize("offset_s", [0.0, 0.013, 0.019, 0.021, 0.1, 0.199, 0.5, 0.77, 0.999])
def test_a_silent_death_is_seen_within_the_promised_time(timing: Timing, bound_s: float, offset_s: float) -> None:
    line = Line.start(ICMP, timing=timing)
    line.run(30 + offset_s)
    assert line.states() == [State.UNKNOWN, State.UP]
    line.reply = lambda _: None
    line.lose_what_is_under_way()
    assert line.run_until(State.DOWN) <= bound_s
    assert line.monitor.verdict.reason == "no reply from 10.0.0.3 (icmp, 3 probes)"
    assert line.monitor.verdict.layer is Layer.ICMP
    assert line.monitor.detected_s is not None
    assert line.monitor.detected_s <= bound_s - timing.interval_s + 0.01


def test_a_line_whose_round_trip_jumps_never_goes_down() -> None:
    line = Line.start(ICMP)
    line.run(20)
    line.reply = lambda _: 0.8
    line.run(60)
    line.reply = lambda _: 0.02
    line.run(60)
    line.reply = lambda probe: 0.8 if probe.sequence % 2 else 0.02
    line.run(60)
    assert line.states() == [State.UNKNOWN, State.UP]


def test_a_line_that_loses_two_in_a_row_stays_up() -> None:
    line = Line.start(ICMP)
    line.reply = lambda probe: 0.02 if probe.sequence % 3 == 0 else None
    line.run(200)
    assert line.states() == [State.UNKNOWN, State.UP]
    assert 60 < (line.monitor.statistics(line.now_s).loss_percent or 0) < 70


def test_a_cut_cable_is_a_verdict_at_once_and_no_probe_leaves() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.attach(CUT)
    verdict = line.monitor.verdict
    assert (verdict.state, verdict.layer, verdict.reason) == (State.DOWN, Layer.CARRIER, "no carrier on eth1")
    assert not verdict.carries
    assert line.monitor.detected_s is None
    before = len(line.sent)
    line.run(30)
    assert len(line.sent) == before


def test_refused_connections_are_said_and_seen_without_waiting_for_the_timeout() -> None:
    line = Line.start(TCP)
    line.run(10)
    line.reply = lambda _: (0.01, Refusal("10.0.0.3 port 80 refuses connections"))
    assert line.run_until(State.DOWN) <= 1.5
    assert line.monitor.verdict.reason == "10.0.0.3 port 80 refuses connections (tcp, 3 probes)"
    assert line.monitor.verdict.layer is Layer.TCP


def test_what_cannot_be_sent_for_a_moment_takes_nobody_out() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.reply = lambda _: (0.0, Failure("no device"))
    line.run(1.5)
    line.reply = lambda _: 0.02
    line.run(30)
    assert line.states() == [State.UNKNOWN, State.UP]


def test_the_lowest_failing_layer_is_named() -> None:
    http = HttpCheck(url="http://10.0.0.3/")
    line = Line.start(http, TCP, UdpCheck(targets=("10.0.0.3",)), ICMP)
    line.run(10)
    line.reply = lambda probe: None if probe.check in {http, TCP} else 0.02
    line.run_until(State.DOWN)
    assert line.monitor.verdict.layer is Layer.TCP
    assert [(layer.layer, layer.ok) for layer in line.monitor.layers()][3:] == [
        (Layer.ICMP, True),
        (Layer.TCP, False),
        (Layer.UDP, True),
        (Layer.HTTP, False),
    ]


def test_the_next_hop_explains_a_failing_check_and_never_causes_one() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.attach(replace(GOOD, next_hop_answers=False))
    line.run(10)
    assert line.monitor.verdict.state is State.UP
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    verdict = line.monitor.verdict
    assert (verdict.layer, verdict.reason) == (Layer.NEXT_HOP, "next hop 192.168.1.2 does not reply (ARP)")
    line.attach(GOOD)
    assert line.monitor.verdict.layer is Layer.ICMP


def test_one_target_of_two_may_fail_when_the_quorum_is_one() -> None:
    line = Line.start(IcmpCheck(targets=("10.0.0.3", "10.0.0.4")))
    line.run(10)
    line.reply = lambda probe: None if probe.host == "10.0.0.3" else 0.02
    line.run(30)
    assert line.monitor.verdict.state is State.UP
    assert [one.ok for one in line.monitor.targets(line.now_s)] == [False, True]
    assert line.monitor.statistics(line.now_s).loss_percent == 0


# Returning


def test_a_return_waits_for_the_hold_and_says_so() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    fell = line.monitor.verdict
    line.reply = lambda _: 0.02
    took_s = line.run_until(State.UP)
    assert 10 <= took_s <= 11.1
    waiting = [verdict for _, verdict in line.history if verdict.reason.startswith("recovering")]
    assert [verdict.reason for verdict in waiting] == [
        f"recovering, back in use in {left} s" for left in range(10, 0, -1)
    ]
    assert {(verdict.state, verdict.layer, verdict.since) for verdict in waiting} == {
        (State.DOWN, Layer.ICMP, fell.since)
    }


def test_it_answers_from_its_first_answer_on_and_has_risen_with_its_last() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    line.reply = lambda _: 0.02
    assert not line.monitor.verdict.answers
    fell, back_s = line.monitor.verdict.since, line.now_s
    line.run(20, until=lambda: line.monitor.verdict.answers)
    assert line.now_s - back_s <= 1.1
    assert not line.monitor.verdict.risen
    line.run(20, until=lambda: line.monitor.verdict.risen)
    assert 2 <= line.now_s - back_s <= 3.1
    assert line.monitor.verdict.since == fell
    line.reply = lambda _: None
    line.run(20, until=lambda: not line.monitor.verdict.answers)
    assert line.monitor.verdict.state is State.DOWN
    assert "no reply" in line.monitor.verdict.reason
    assert line.monitor.verdict.since > fell, "it has fallen again"


def risen() -> Line:
    """A line that was down and has risen; its hold of 10 s is not over."""
    line = Line.start(ICMP)
    line.run(10)
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    line.reply = lambda _: 0.02
    line.run(20, until=lambda: line.monitor.verdict.risen)
    return line


def test_what_is_used_early_is_up_and_stays_up_while_it_answers() -> None:
    line = risen()
    assert line.return_early()
    used = line.monitor.verdict
    assert (used.state, used.carries, used.risen, used.layer) == (State.UP, True, True, None)
    assert used.reason == "hold-down skipped, because no other ISP works"
    line.run(20, until=lambda: not line.monitor.verdict.risen)
    over = line.monitor.verdict
    assert (over.state, over.reason, over.since) == (State.UP, "all checks passing", used.since)
    assert {verdict.state for _, verdict in line.history[-2:]} == {State.UP}


def test_what_is_used_early_and_falls_waits_twice_as_long_where_another_works() -> None:
    line = risen()
    line.return_early()
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    assert not line.monitor.verdict.risen
    line.reply = lambda _: 0.02
    assert 20 <= line.run_until(State.UP) <= 21.1


def test_nothing_returns_early_that_has_not_risen() -> None:
    line = Line.start(ICMP)
    line.run(10)
    assert not line.return_early(), "it is up"
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    assert not line.return_early()
    assert line.monitor.verdict.state is State.DOWN


def test_a_miss_during_the_hold_begins_it_anew() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    line.reply = lambda _: 0.02
    line.run(6)
    line.reply = lambda _: None
    line.run(1.5)
    line.reply = lambda _: 0.02
    assert line.run_until(State.UP) >= 10


def test_a_line_that_may_have_died_just_now_does_not_return() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    line.reply = lambda _: 0.02
    line.run(20, until=lambda: line.monitor.verdict.reason == "recovering, back in use in 1 s")
    line.reply = lambda _: None
    line.run(30)
    assert line.monitor.verdict.state is State.DOWN


def test_a_cable_plugged_in_again_needs_its_answers_and_its_hold() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.attach(CUT)
    line.run(5)
    line.attach(GOOD)
    assert line.monitor.verdict.reason == "the link is back, waiting for the first reply"
    assert line.monitor.verdict.layer is Layer.CARRIER
    assert 10 <= line.run_until(State.UP) <= 10.2


def test_without_checks_the_link_is_enough_and_its_return_waits_too() -> None:
    line = Line.start(LinkCheck())
    verdict = line.monitor.verdict
    assert (verdict.state, verdict.reason) == (State.UP, "no health checks; link and address OK")
    line.attach(CUT)
    line.run(5)
    line.attach(GOOD)
    assert line.monitor.verdict.reason == "recovering, back in use in 10 s"
    assert line.run_until(State.UP) == pytest.approx(10)


def test_flapping_doubles_the_hold() -> None:
    line = Line.start()
    holds = []
    for _ in range(7):
        line.attach(CUT)
        line.run(1)
        line.attach(GOOD)
        holds.append(round(line.run_until(State.UP)))
        line.run(3)
    assert holds == [10, 20, 40, 80, 160, 300, 300]


def test_up_and_down_every_three_seconds_is_one_failover() -> None:
    line = Line.start(ICMP)
    line.run(10)
    for second in range(0, 60, 3):
        answers = second % 2
        line.reply = lambda _, answers=answers: 0.02 if answers else None  # type: ignore[misc]
        line.run(3)
    assert line.states() == [State.UNKNOWN, State.UP, State.DOWN]


def test_a_hold_of_nothing_still_wants_the_rise() -> None:
    line = Line.start(ICMP, timing=Timing(hold_s=0, rise=4))
    line.run(10)
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    line.reply = lambda _: 0.02
    before = len(line.sent)
    line.run_until(State.UP)
    assert len(line.sent) - before == 4


# Settings


def test_with_failover_off_nothing_is_asked_and_nothing_takes_it_out() -> None:
    line = Line.start(ICMP)
    line.run(10)
    line.configure(Watch(1, (), Timing(), enabled=False))
    line.attach(CUT)
    verdict = line.monitor.verdict
    assert (verdict.state, verdict.carries, verdict.reason) == (State.UNKNOWN, True, "not checked: failover is off")
    before = len(line.sent)
    line.run(10)
    assert len(line.sent) == before


def test_with_failover_on_again_it_stays_in_use_until_answers_say_otherwise() -> None:
    line = Line.start()
    line.configure(Watch(1, (), Timing(), enabled=False))
    line.configure(Watch(1, (ICMP,), Timing()))
    assert line.monitor.verdict.carries
    assert line.monitor.verdict.unproven == ("icmp 10.0.0.3",)


def test_other_settings_keep_what_is_known() -> None:
    line = Line.start(ICMP)
    line.run(30)
    asked = line.monitor.statistics(line.now_s).asked
    line.configure(Watch(1, (ICMP, TCP), FAST))
    assert line.monitor.statistics(line.now_s).asked == asked
    before = len(line.sent)
    line.run(1)
    assert len(line.sent) - before >= 9
    assert line.monitor.verdict.state is State.UP


def test_an_answer_to_a_check_that_is_no_more_is_passed_over() -> None:
    line = Line.start(ICMP)
    line.reply = lambda _: None
    line.run(0.5)
    line.configure(Watch(1, (TCP,), Timing()))
    assert not line.monitor.hear(line.sent[0], Answer(0.02), moment(line.now_s))
    assert line.monitor.verdict.reason == NOT_ASKED


def test_many_gateways_do_not_fire_in_the_same_instant() -> None:
    for interval_s in (0.2, 1.0, 30.0):
        timing = Timing(interval_s=interval_s)
        moments = []
        for number in range(1, 17):
            line = Line.start(ICMP, timing=timing, number=number)
            line.run(3 * interval_s)
            moments += [probe.sent_s for probe in line.sent[-2:]]
        moments.sort()
        gaps_s = [after - before for before, after in pairwise(moments)]
        assert min(gaps_s) > interval_s / 100


def test_since_moves_with_the_state_alone_and_never_back() -> None:
    line = Line.start(ICMP)
    line.run(10)
    since = line.monitor.verdict.since
    back = Moment(line.now_s, BOOT - timedelta(days=1))
    line.monitor.attach(CUT, back)
    assert line.monitor.verdict.since == since
    verdict = line.monitor.verdict
    assert not line.monitor.attach(CUT, moment(line.now_s + 10))
    assert line.monitor.verdict is verdict


def test_what_is_not_measured_now_is_not_told_from_before() -> None:
    line = Line.start(ICMP)
    line.run(20)
    assert line.monitor.statistics(line.now_s).rtt_ms == pytest.approx(20)
    line.attach(CUT)
    assert line.monitor.statistics(line.now_s) == Statistics()
    line.attach(GOOD)
    assert line.monitor.statistics(line.now_s) == Statistics()
    line.run(20)
    assert line.monitor.statistics(line.now_s).loss_percent == 0
    line.reply = lambda _: None
    line.run_until(State.DOWN)
    silent = line.monitor.statistics(line.now_s)
    assert (silent.rtt_ms, silent.jitter_ms) == (None, None)
    assert silent.loss_percent is not None
    assert silent.loss_percent > 0
    line.reply = lambda _: 0.03
    line.run(2)
    assert line.monitor.statistics(line.now_s).rtt_ms is not None


def test_a_gateway_without_checks_has_no_statistics() -> None:
    monitor = Monitor(Watch(1, (), Timing()), unknown(), moment(START_S))
    assert monitor.statistics(START_S).asked == 0
    assert tuple(monitor.targets(START_S)) == ()


def test_a_target_that_cannot_be_probed_has_no_old_figures() -> None:
    line = Line.start(ICMP)
    line.run(10)
    (before,) = line.monitor.targets(line.now_s)
    assert (before.ok, before.loss_percent, before.note) == (True, 0, "")
    line.attach(CUT)
    (cut,) = line.monitor.targets(line.now_s)
    assert (cut.ok, cut.rtt_ms, cut.loss_percent, cut.note) == (None, None, None, "not probed: no carrier on eth1")
