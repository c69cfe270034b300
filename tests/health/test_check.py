import math

import pytest

from app.health.check import CheckState
from app.health.target import Target
from app.model.check import Check, HttpCheck, IcmpCheck, TcpCheck, UdpCheck
from app.model.probing import Answer, Refusal
from app.model.status import LayerStatus
from app.model.timing import Timing
from app.model.verdict import Layer
from tests.health.line import START_S

TIMING = Timing(rise=2)
THREE = ("10.0.0.3", "10.0.0.4", "10.0.0.5")


def asking(check: Check, timing: Timing = TIMING) -> CheckState:
    targets = (
        Target(check=check, host=host, index=index, timing=timing, phase=0, now_s=START_S)
        for index, host in enumerate(check.hosts)
    )
    return CheckState(check, tuple(targets), timing)


def fell(one: Target, text: str = "") -> None:
    for _ in range(3):
        probe = one.ask(START_S)
        if text:
            one.hear(probe.sequence, Refusal(text))
    one.expire(START_S + 1)


def answered(one: Target, at_s: float = START_S, times: int = 2) -> None:
    for _ in range(times):
        one.hear(one.ask(at_s).sequence, Answer(0.0))


@pytest.mark.parametrize(("quorum", "may_fall"), [(1, 2), (2, 1), (3, 0)])
def test_the_quorum_is_among_the_targets(quorum: int, may_fall: int) -> None:
    one = asking(IcmpCheck(targets=THREE, quorum=quorum))
    assert (one.passes, one.fails) == (False, False)
    for target in one.targets:
        answered(target)
    for fallen, target in enumerate(one.targets, 1):
        fell(target)
        assert (one.passes, one.fails) == (fallen <= may_fall, fallen > may_fall)


def test_it_is_good_since_the_quorum_is() -> None:
    one = asking(IcmpCheck(targets=THREE, quorum=2))
    answered(one.targets[0], START_S + 1)
    assert one.good_since_s() == math.inf
    answered(one.targets[2], START_S + 5)
    assert one.good_since_s() == START_S + 5
    answered(one.targets[1], START_S + 3)
    assert one.good_since_s() == START_S + 3


def test_it_rises_when_enough_targets_have() -> None:
    one = asking(IcmpCheck(targets=THREE, quorum=2))
    answered(one.targets[0])
    assert one.rises_in_s(START_S) == 2
    answered(one.targets[1], times=1)
    assert one.rises_in_s(START_S) == 1
    answered(one.targets[1], times=1)
    assert one.rises_in_s(START_S) == 0


def test_a_target_that_is_overdue_owes_one_more_answer() -> None:
    one = asking(IcmpCheck(targets=("10.0.0.3",)))
    answered(one.targets[0])
    one.targets[0].ask(START_S + 1)
    assert one.rises_in_s(START_S + 1.1) == 0
    assert one.rises_in_s(START_S + 1.3) == 1


@pytest.mark.parametrize(
    ("check", "note", "sentence"),
    [
        (IcmpCheck(targets=("10.0.0.3",)), "", "no reply from 10.0.0.3 (icmp, 3 probes)"),
        (IcmpCheck(targets=THREE), "", "no reply from 10.0.0.3, 10.0.0.4 and 10.0.0.5 (icmp, 3 probes)"),
        (TcpCheck(targets=("10.0.0.3",), port=80), "", "no reply from 10.0.0.3 port 80 (tcp, 3 probes)"),
        (UdpCheck(targets=("a.test",)), "", "no reply from a.test port 53 (udp, 3 probes)"),
        (HttpCheck(url="http://a.test/"), "", "no reply from http://a.test/ (http, 3 probes)"),
        (
            TcpCheck(targets=("10.0.0.3",), port=80),
            "10.0.0.3 port 80 refuses connections",
            "10.0.0.3 port 80 refuses connections (tcp, 3 probes)",
        ),
        (
            HttpCheck(url="http://a.test/", status=200),
            "http://a.test/ answers 302, 200 was expected",
            "http://a.test/ answers 302, 200 was expected",
        ),
    ],
)
def test_what_is_wrong_is_a_sentence(check: Check, note: str, sentence: str) -> None:
    one = asking(check)
    for target in one.targets:
        fell(target, note)
    assert one.complaint() == sentence
    assert one.status() == LayerStatus(layer=one.layer, text=sentence, ok=False)


def test_as_a_layer_it_says_who_is_silent_though_the_quorum_is_met() -> None:
    one = asking(IcmpCheck(targets=THREE))
    assert one.status() == LayerStatus(layer=Layer.ICMP, text="icmp 10.0.0.3 10.0.0.4 10.0.0.5", ok=None)
    answered(one.targets[0])
    fell(one.targets[1])
    text = "icmp 10.0.0.3 10.0.0.4 10.0.0.5 (no reply from 10.0.0.4)"
    assert one.status() == LayerStatus(layer=Layer.ICMP, text=text, ok=True)
