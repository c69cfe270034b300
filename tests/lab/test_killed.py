"""Behavior 15: the worker is killed, twenty times, somewhere in the middle of a failover."""

import random
from collections.abc import Iterator

import pytest

from lab.inside.connections import Pair
from lab.lab import Lab
from lab.waiting import wait_until
from tests.chance import dice
from tests.lab import routed
from tests.lab.flow import Flow
from tests.lab.walk import settled

KILLS = 20
TIMING = {"interval_s": 0.2, "timeout_s": 0.4, "rise": 1, "hold_s": 0}
# From the fault to well after its failover: a cut is dealt with within 30 ms, a silence is noticed within 1.1 s.
SPAN_S = {"cut": 0.05, "silence": 1.2}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("killed", isps=3) as lab:
        routed.set_timing(lab, **TIMING)
        routed.wait_for_members(lab, 1, 2, 3)
        yield lab


def test_killed_in_a_failover_the_kernel_ends_as_it_should_and_healthy_isps_miss_nothing(lab: Lab) -> None:
    chance = dice("kills")
    (dying,) = routed.pairs_by_isp(lab, 1, 1)
    healthy = [*routed.pairs_by_isp(lab, 2, 2), *routed.pairs_by_isp(lab, 3, 2)]
    with lab.udp_call(healthy, rate_hz=200) as call:
        for number in range(1, KILLS + 1):
            # Every fourth on the way back.
            kill_in_a_failover(lab, number, chance, dying, coming_back=number % 4 == 0)
        flows = call.stop()
    assert [flow.lost() for flow in flows] == [0] * 4
    assert [{isp for isp in flow.isps if isp} for flow in flows] == [{2}] * 2 + [{3}] * 2


def kill_in_a_failover(lab: Lab, number: int, chance: random.Random, pair: Pair, *, coming_back: bool) -> None:
    """Let ISP 1 fail and come back, and kill the worker on the way there, or on the way back, and start it anew."""
    fault = chance.choice(list(SPAN_S))
    after_s = chance.uniform(0, SPAN_S[fault])
    where = "coming back, " if coming_back else ""
    print(f"{number:2} {fault}, {where}killed {1000 * after_s:.1f} ms later", flush=True)
    # A next hop that failed is looked up again every second, and gets nothing new until then.
    wait_until(lambda: goes_through(lab, pair) == 1, "the dying ISP is used")
    with Flow(lab, pair) as dying:
        wait_until(lambda: dying.isp() == 1, "a flow of the dying ISP")
        at_ns = (lab.cut if fault == "cut" else lab.silence)("balancer-isp1")
        if not coming_back:
            routed.wait_for_beat(at_ns / 1e9 + after_s)
            kill(lab)
        wait_until(lambda: dying.isp() != 1, "the dying ISP's flow goes on elsewhere", 20)
    settled(lab)
    back_ns = lab.restore("balancer-isp1")
    if coming_back:
        routed.wait_for_beat(back_ns / 1e9 + after_s)
        kill(lab)
    settled(lab)


def goes_through(lab: Lab, pair: Pair) -> int | None:
    """The ISP that a new flow of this pair is given."""
    with Flow(lab, pair) as probing:
        return wait_until(probing.isp, "a new flow is answered")


def kill(lab: Lab) -> None:
    """Kill the worker, and start it as the service manager would."""
    lab.end_worker(kill=True)
    lab.start_worker()
