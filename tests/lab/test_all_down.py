"""Behavior 8: every ISP is down, then one comes back, in both modes; nobody has to do anything."""

from collections.abc import Iterator

import pytest

from app.model.choices import AllDown
from app.model.verdict import State
from app.service.edits.settings import change_failover
from lab.lab import Lab
from lab.measures import pairs
from lab.waiting import wait_until
from tests.lab import routed
from tests.lab.by_hand import pings


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("alldown") as lab:
        routed.set_timing(lab, interval_s=0.2, timeout_s=0.4, hold_s=0)
        routed.wait_for_members(lab, 1, 2)
        yield lab


LONG_HOLD_S = 300


@pytest.mark.parametrize("mode", list(AllDown))
def test_where_nothing_else_works_nobody_waits_for_the_hold(lab: Lab, mode: AllDown) -> None:
    timing = {"interval_s": 0.2, "timeout_s": 0.4, "hold_s": LONG_HOLD_S}
    routed.change(lab, lambda config: change_failover(config, {"all_down": mode, "timing": timing}))
    pair = routed.pairs_by_isp(lab, 1, 1)[0]
    with lab.udp_call([pair], rate_hz=100) as call:
        for number in (1, 2):
            lab.silence(f"isp{number}-vmnet8")
            routed.wait_for_state(lab, number, State.DOWN)
        lab.restore("isp2-vmnet8")
        routed.wait_for_members(lab, 2)
        call.wait_for(lambda latest: latest[0][1] == 2, "a call of the dead ISP goes on through the other")
        assert routed.by_isp(lab.connections(pairs(20))) == {2: 20}
        assert routed.gateway(lab, 2).is_early
        lab.restore("isp1-vmnet8")
        routed.wait_for_members(lab, 1, 2)
        call.stop()
    assert {(one.state, one.is_early) for one in routed.status(lab).gateways} == {(State.UP, True)}
    routed.set_timing(lab, interval_s=0.2, timeout_s=0.4, hold_s=0)
    for number in (1, 2):
        routed.wait_for_state(lab, number, State.UP)


@pytest.mark.parametrize("fault", ["silence", "cut"])
@pytest.mark.parametrize("mode", list(AllDown))
def test_one_that_comes_back_is_used_and_nobody_had_to_help(lab: Lab, mode: AllDown, fault: str) -> None:
    routed.change(lab, lambda config: change_failover(config, {"all_down": mode}))
    cables = ["isp1-vmnet8", "isp2-vmnet8"] if fault == "silence" else ["balancer-isp1", "balancer-isp2"]
    for cable in cables:
        (lab.silence if fault == "silence" else lab.cut)(cable)
    for number in (1, 2):
        routed.wait_for_state(lab, number, State.DOWN)
    wait_until(lambda: routed.status(lab).all_down, "it says that all are down")
    if fault == "silence":
        errors = {one.error for one in lab.connections(pairs(4), limit_s=1)}
        refused = all("Errno 111" in error for error in errors)  # ECONNREFUSED: a reset came back
        assert refused is (mode is AllDown.REFUSE), errors
    assert pings(lab, "host", "62.231.110.65") == 1
    lab.restore(cables[1])
    routed.wait_for_members(lab, 2, limit_s=30)
    assert routed.by_isp(lab.connections(pairs(20))) == {2: 20}
    lab.restore(cables[0])
    routed.wait_for_members(lab, 1, 2, limit_s=60)
