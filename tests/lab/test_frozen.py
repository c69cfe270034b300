"""The worker is frozen for ten seconds while things happen, and goes on as if nothing had been."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from lab.lab import Lab
from tests.lab import routed
from tests.lab.walk import settled

FROZEN_S = 10
TIMING = {"interval_s": 0.2, "timeout_s": 0.6, "hold_s": 0}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("frozen", isps=3) as lab:
        routed.set_timing(lab, **TIMING)
        routed.wait_for_members(lab, 1, 2, 3)
        yield lab


def test_frozen_for_ten_seconds_it_catches_up_and_blames_nobody(lab: Lab) -> None:
    (worker,) = lab.record.router
    healthy = [*routed.pairs_by_isp(lab, 2, 2), *routed.pairs_by_isp(lab, 3, 2)]
    with lab.udp_call([*healthy, *routed.pairs_by_isp(lab, 1, 2)], rate_hz=200) as call:
        os.kill(worker.pid, signal.SIGSTOP)
        frozen_s = time.monotonic()
        try:
            lab.silence("isp1-vmnet8")
            lab.run("balancer", ["ip", "route", "flush", "table", "244"])
            lab.run("balancer", ["ip", "rule", "del", "priority", "241"])
            routed.wait_for_beat(frozen_s + FROZEN_S)
        finally:
            os.kill(worker.pid, signal.SIGCONT)
        thawed_s = time.monotonic()
        call.wait_for(lambda latest: all(isp != 1 for _, isp in latest), "the dead ISP's calls go on elsewhere", 5)
        print(f"the calls went on {time.monotonic() - thawed_s:.2f} s after it was thawed")
        settled(lab)
        lab.restore("isp1-vmnet8")
        routed.wait_for_members(lab, 1, 2, 3, limit_s=15)
        flows = call.stop()
    assert [flow.lost() for flow in flows[:4]] == [0] * 4
    blamed = {one.number for one in routed.events(lab) if one.kind == "failover"}
    assert blamed == {1}
