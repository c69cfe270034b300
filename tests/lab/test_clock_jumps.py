"""Somebody sets the clock a day ahead, then two days back: nobody on the network notices."""

import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.service.edits.gateways import change_gateway
from lab import launch, processes, registry, router, stage
from lab.lab import Lab
from lab.topology import BALANCER
from lab.waiting import wait_until
from tests.lab import routed

JUMPS = {signal.SIGUSR1: 1, signal.SIGUSR2: -2}
TIMING = {"interval_s": 0.2, "hold_s": 0}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("clock") as lab:
        routed.set_timing(lab, **TIMING)
        restart(lab)
        yield lab


def restart(lab: Lab) -> None:
    """Put a worker whose clock can jump in place of the one that runs."""
    lab.end_worker()
    argv = [sys.executable, "-m", "tests.lab.shifted_worker"]
    with launch.log(lab.name, "worker") as log:
        child = launch.start(
            lab.name, BALANCER, argv, identity=router.WORKER, stdout=log, stderr=log, cwd=stage.CODE, umask=router.UMASK
        )
    registry.write(lab.record.with_router(processes.adopt("worker", child)))
    wait_until(lab.gateways, "the worker answers", 15)
    routed.wait_for_members(lab, 1, 2)


def days_ahead(lab: Lab) -> int:
    return round((routed.status(lab).observed_at - datetime.now(UTC)).total_seconds() / 86_400)


def jump(lab: Lab, wish: signal.Signals) -> None:
    """Return when its clock has jumped."""
    (worker,) = lab.record.router
    then = days_ahead(lab)
    os.kill(worker.pid, wish)
    wait_until(lambda: days_ahead(lab) - then == JUMPS[wish], "its clock has jumped")


@pytest.mark.parametrize("wish", JUMPS)
def test_a_clock_that_jumps_moves_no_flow_and_failover_goes_on(lab: Lab, wish: signal.Signals) -> None:
    known = verdicts(lab)
    with lab.udp_call([*routed.pairs_by_isp(lab, 1, 2), *routed.pairs_by_isp(lab, 2, 2)], rate_hz=200) as call:
        jump(lab, wish)
        answers = [answered for answered, _ in call.latest]
        call.wait_for(
            lambda latest: all(now > then + 400 for (now, _), then in zip(latest, answers, strict=True)), "on"
        )
        assert verdicts(lab) == known
        for one in routed.status(lab).gateways:
            assert one.rtt_ms is not None
            assert 0 <= one.rtt_ms < 100
        lab.cut("balancer-isp1")
        call.wait_for(lambda latest: all(isp == 2 for _, isp in latest), "the calls go on through ISP 2", 5)
        flows = call.stop()
    assert [flow.lost() for flow in flows if flow.first_isp == 2] == [0, 0]
    lab.plug("balancer-isp1")
    routed.wait_for_members(lab, 1, 2, limit_s=15)
    routed.change(lab, lambda config: change_gateway(config, 1, {"weight": config.gateways[0].weight % 5 + 1}))


def test_a_worker_that_starts_a_day_before_its_own_notes_moves_no_flow(lab: Lab) -> None:
    restart(lab)
    jump(lab, signal.SIGUSR1)
    routed.change(lab, lambda config: change_gateway(config, 1, {"weight": config.gateways[0].weight % 5 + 1}))
    with lab.udp_call([*routed.pairs_by_isp(lab, 1, 2), *routed.pairs_by_isp(lab, 2, 2)], rate_hz=200) as call:
        restart(lab)  # with the right time again: what it finds was written tomorrow
        flows = call.stop()
    assert [flow.lost() for flow in flows] == [0] * 4
    assert [{isp for isp in flow.isps if isp} for flow in flows] == [{1}] * 2 + [{2}] * 2


def verdicts(lab: Lab) -> list[str]:
    return [one.text for one in routed.events(lab) if one.kind == "verdict"]
