"""Behaviors 6 and 7: an ISP comes back, and one that cannot make up its mind."""

import time
from collections.abc import Iterator

import pytest

from app.model.verdict import State
from lab.lab import Lab
from lab.measures import pairs
from lab.waiting import wait_until
from tests.lab import routed

pytestmark = pytest.mark.patient

HOLD_S = 4.0


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("back") as lab:
        routed.set_timing(lab, interval_s=0.5, hold_s=HOLD_S)
        routed.wait_for_members(lab, 1, 2)
        yield lab


def test_it_waits_for_its_hold_and_says_so_takes_its_share_again_and_moved_flows_stay(lab: Lab) -> None:
    with lab.udp_call(routed.pairs_by_isp(lab, 1, 3), rate_hz=100) as call:
        lab.silence("isp1-vmnet8")
        call.wait_for(lambda latest: all(isp == 2 for _, isp in latest), "every call is answered through ISP 2")
        routed.wait_for_members(lab, 2)
        back_s = lab.restore("isp1-vmnet8") / 1e9
        wait_until(lambda: "recovering" in routed.gateway(lab, 1).reason, "it says that it waits", 10)
        routed.wait_for_members(lab, 1, 2, limit_s=30)
        waited_s = time.monotonic() - back_s
        returned_ns = time.monotonic_ns()
        known = [answers for answers, _ in call.latest]
        call.wait_for(lambda latest: all(a > k + 50 for (a, _), k in zip(latest, known, strict=True)), "they go on")
        flows = call.stop()
    assert waited_s >= HOLD_S
    assert [flow.last_isp for flow in flows] == [2, 2, 2]
    assert [flow.lost(returned_ns) for flow in flows] == [0, 0, 0]
    # Twelve points are more than five standard deviations of what a hash may do.
    counts = routed.by_isp(lab.connections(pairs(600)))
    assert 100 * counts[1] / 600 == pytest.approx(50, abs=12)


def test_flapping_every_three_seconds_for_a_minute_is_one_failover(lab: Lab) -> None:
    known = len(failovers(lab))
    for _ in range(10):
        for fault in (lab.cut, lab.plug):
            routed.wait_for_beat(fault("balancer-isp2") / 1e9 + 3)
    plugged_s = time.monotonic() - 3
    assert len(failovers(lab)) == known + 1
    assert routed.gateway(lab, 2).state is State.DOWN
    routed.wait_for_members(lab, 1, 2, limit_s=60)
    assert time.monotonic() - plugged_s >= HOLD_S


def failovers(lab: Lab) -> list[str]:
    return [one.text for one in routed.events(lab) if one.kind == "failover"]
