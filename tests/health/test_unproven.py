"""A check that was never answered since it was set takes no working gateway down, and counts from its first reply."""

from dataclasses import replace

import pytest

from app.health.adoption import Remembered, first_verdict
from app.health.monitor import Monitor
from app.health.watch import Watch
from app.model.check import Check, IcmpCheck, TcpCheck
from app.model.probing import Probe
from app.model.timing import Timing
from app.model.verdict import Layer, State
from tests.health.line import GOOD, ICMP, Line, moment

WRONG = IcmpCheck(targets=("10.9.9.9",))
PORT = TcpCheck(targets=("10.0.0.3", "10.0.0.4"), port=80, quorum=2)


def watched(*checks: Check, strict: bool = False, enabled: bool = True) -> Watch:
    return Watch(1, checks, Timing(), enabled, strict)


def only(*hosts: str) -> "object":
    def reply(probe: Probe) -> float | None:
        return 0.02 if probe.host in hosts else None

    return reply


@pytest.fixture
def line() -> Line:
    """A line that is up by a check that its target answers; nobody else answers."""
    line = Line.start(ICMP)
    line.reply = only("10.0.0.3")  # type: ignore[assignment]
    line.run_until(State.UP)
    return line


def layer(line: Line, which: Layer) -> tuple[bool | None, str]:
    found = next(one for one in reversed(line.monitor.layers()) if one.layer is which)
    return found.ok, found.text


def test_a_new_check_without_a_reply_does_not_take_a_working_isp_down_and_it_is_said(line: Line) -> None:
    line.configure(watched(ICMP, WRONG))
    line.run(60)
    verdict = line.monitor.verdict
    assert (verdict.state, verdict.carries, verdict.unproven) == (State.UP, True, ("icmp 10.9.9.9",))
    assert verdict.reason == "all checks passing; icmp 10.9.9.9 not counted before the first reply"
    assert layer(line, Layer.ICMP) == (None, "icmp 10.9.9.9: no reply so far; not counted before the first one")
    assert line.states()[-1] is State.UP
    assert State.DOWN not in line.states()


def test_the_only_check_may_be_unproven(line: Line) -> None:
    line.configure(watched(WRONG))
    line.run(60)
    assert line.monitor.verdict.state is State.UP
    assert line.monitor.verdict.reason.startswith("no health checks; link and address OK; icmp 10.9.9.9 not counted")
    assert line.monitor.statistics(line.now_s).loss_percent is None


def test_it_counts_from_its_first_reply_on(line: Line) -> None:
    line.configure(watched(ICMP, WRONG))
    line.run(20)
    line.reply = only("10.0.0.3", "10.9.9.9")  # type: ignore[assignment]
    line.run(5)
    assert line.monitor.verdict.unproven == ()
    assert line.monitor.verdict.reason == "all checks passing"
    line.reply = only("10.0.0.3")  # type: ignore[assignment]
    assert line.run_until(State.DOWN) < 5
    assert "no reply from 10.9.9.9" in line.monitor.verdict.reason


def test_the_reply_of_one_target_proves_a_check_that_needs_two(line: Line) -> None:
    line.configure(watched(ICMP, PORT))
    line.run_until(State.DOWN, 30)
    assert line.monitor.verdict.layer is Layer.TCP


def test_a_check_that_counts_takes_it_down_beside_an_unproven_one_and_brings_it_back(line: Line) -> None:
    line.configure(watched(ICMP, WRONG))
    line.run(10)
    line.reply = only()  # type: ignore[assignment]
    line.run_until(State.DOWN)
    assert "no reply from 10.0.0.3" in line.monitor.verdict.reason
    line.reply = only("10.0.0.3")  # type: ignore[assignment]
    line.run_until(State.UP)
    assert line.monitor.verdict.unproven == ("icmp 10.9.9.9",)


def test_a_strict_router_counts_every_check_at_once(line: Line) -> None:
    line.configure(watched(ICMP, WRONG, strict=True))
    line.run_until(State.DOWN, 10)
    line.configure(watched(ICMP, WRONG))
    line.run(30)
    assert line.monitor.verdict.state is State.DOWN, "it did not work when the check was set"


def test_what_did_not_work_before_is_not_spared() -> None:
    line = Line.start(ICMP)
    line.reply = only()  # type: ignore[assignment]
    line.run_until(State.DOWN)
    line.configure(watched(WRONG))
    line.run(30)
    assert line.monitor.verdict.state is State.DOWN
    assert line.monitor.verdict.unproven == ()


def test_a_proven_check_counts_after_failover_was_off_for_a_while(line: Line) -> None:
    line.configure(watched(ICMP, enabled=False))
    line.run(5)
    line.reply = only()  # type: ignore[assignment]
    line.configure(watched(ICMP))
    line.run_until(State.DOWN, 10)


@pytest.mark.parametrize("same_boot", [True, False])
def test_a_restart_of_the_worker_or_of_the_machine_makes_no_unproven_check_count(line: Line, same_boot: bool) -> None:
    line.configure(watched(ICMP, WRONG))
    line.run(10)
    remembered = Remembered(line.monitor.verdict, "boot", 1.0)
    first = first_verdict(remembered, "boot" if same_boot else "another", in_use=True, now=moment(line.now_s))
    later = Line(Monitor(watched(ICMP, WRONG), first, moment(line.now_s)), now_s=line.now_s, reply=line.reply)
    later.history.append((later.now_s, later.monitor.verdict))
    later.attach(GOOD)
    later.run(30)
    assert later.monitor.verdict.state is State.UP
    assert later.monitor.verdict.unproven == ("icmp 10.9.9.9",)


def test_a_check_of_before_the_restart_counts_though_it_was_not_answered_since(line: Line) -> None:
    first = replace(line.monitor.verdict)
    later = Line(Monitor(watched(ICMP), first, moment(line.now_s)), now_s=line.now_s, reply=only())  # type: ignore[arg-type]
    later.history.append((later.now_s, later.monitor.verdict))
    later.attach(GOOD)
    later.run_until(State.DOWN, 10)
