"""Behavior 5: TCP clients of a dead ISP are told, those that wait too; or they are let wait."""

from collections.abc import Iterator

import pytest

from app.model.choices import Clients
from app.model.verdict import State
from app.service.edits.settings import change_failover
from lab.lab import Lab
from lab.waiting import wait_until
from tests.lab import routed
from tests.pace import Pace

pytestmark = pytest.mark.exact

TOLD_WITHIN_S = 0.2


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("told") as lab:
        routed.set_timing(lab, interval_s=0.2, timeout_s=0.4, hold_s=0)
        routed.wait_for_members(lab, 1, 2)
        yield lab


def test_talkers_and_waiters_get_a_reset_within_a_fifth_of_a_second(lab: Lab) -> None:
    dying, healthy = routed.pairs_by_isp(lab, 1, 4), routed.pairs_by_isp(lab, 2, 4)
    with lab.tcp_talkers([*dying, *healthy]) as talkers, lab.tcp_waiters([*dying, *healthy]) as waiters:
        lab.silence("isp1-vmnet8")
        down = routed.wait_for_state(lab, 1, State.DOWN)
        for streams in (talkers, waiters):
            streams.wait_for(
                lambda latest: all(ending != "open" for ending, _ in latest[:4]), "those of ISP 1 are told"
            )
        verdict_ns = routed.monotonic_ns(down.since)
        ended = [*talkers.stop(), *waiters.stop()]
    limit_s = Pace().allows(TOLD_WITHIN_S)
    for stream in ended:
        if stream.isp == 2:
            assert stream.ending == "open", stream.detail
            continue
        assert stream.ending == "reset"
        assert stream.ended_ns is not None
        assert (stream.ended_ns - verdict_ns) / 1e9 <= limit_s
    assert [stream.isp for stream in ended].count(1) == 8
    lab.restore("isp1-vmnet8")
    routed.wait_for_members(lab, 1, 2, limit_s=60)


def test_let_wait_they_go_on_when_the_isp_is_back(lab: Lab) -> None:
    routed.change(lab, lambda config: change_failover(config, {"clients": Clients.WAIT}))
    dying = routed.pairs_by_isp(lab, 1, 4)
    with lab.tcp_talkers(dying) as talkers, lab.tcp_waiters(dying) as waiters:
        lab.silence("isp1-vmnet8")
        routed.wait_for_state(lab, 1, State.DOWN)
        known = [times for streams in (talkers, waiters) for _, times in streams.latest]
        lab.restore("isp1-vmnet8")

        def all_hear() -> bool:
            now = [times for streams in (talkers, waiters) for _, times in streams.latest]
            return all(times > before for times, before in zip(now, known, strict=True))

        wait_until(all_hear, "something arrives again on every connection", 30)
        ended = [*talkers.stop(), *waiters.stop()]
    assert [stream.ending for stream in ended] == ["open"] * 8
    routed.change(lab, lambda config: change_failover(config, {"clients": Clients.TELL}))
