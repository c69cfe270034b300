"""Tiers with real packets: a backup takes over, and afterwards keeps its flows or gives them back."""

from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Address

import pytest

from app.model.choices import OnReturn
from app.model.verdict import State
from app.service.edits.settings import change_failover
from lab.inside.connections import Pair
from lab.lab import Lab
from lab.measures import pairs
from lab.topology import CLIENTS, PLACES
from lab.waiting import wait_until
from tests.lab import routed
from tests.lab.load import NewConnections
from tests.lab.ruled import QUICK, in_tier, network, rule, with_rules

RATE_HZ = 100
SOURCES = {1: IPv4Address("192.168.1.1"), 2: IPv4Address("172.17.0.1"), 3: IPv4Address("192.168.3.1")}
# Led to the backup by a rule, and there whatever becomes of the others.
LED = Pair(CLIENTS[-1], PLACES[-1])


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The paper's two ISPs, and a third as their backup."""
    with routed.routed("tiers", isps=3) as lab:
        led = with_rules([rule(1, source=network(f"{LED.client}/32"), gateway=3)])
        routed.change(lab, lambda config: led(in_tier(change_failover(config, {"timing": QUICK}), 3, 2)))
        routed.wait_for_members(lab, 1, 2)
        yield lab


def test_the_best_tier_with_anybody_carries_new_connections_whoever_dies_and_returns_first(lab: Lab) -> None:
    for cable, fault, expected in (
        ("balancer-isp1", lab.cut, (2,)),
        ("balancer-isp3", lab.cut, (2,)),
        ("balancer-isp3", lab.plug, (2,)),
        ("balancer-isp2", lab.cut, (3,)),
        ("balancer-isp2", lab.plug, (2,)),
        ("isp2-vmnet8", lab.silence, (3,)),
        ("balancer-isp1", lab.plug, (1,)),
        ("isp2-vmnet8", lab.restore, (1, 2)),
    ):
        fault(cable)
        routed.wait_for_members(lab, *expected)
        counts = routed.by_isp(lab.connections(pairs(40)))
        assert set(counts) == set(expected), (cable, fault, counts)
        standby = {one.number for one in routed.status(lab).gateways if one.standby}
        assert standby <= {3}
    routed.wait_for_standby(lab, 3)
    told = [one.text for one in routed.events(lab) if one.kind == "failover"]
    assert "ISP 2 is down; ISP 3 (tier 2) carries new connections" in told
    assert "ISP 2 (tier 1) carries new connections again; ISP 3 is on standby" in told


@pytest.mark.parametrize("on_return", list(OnReturn))
def test_when_the_first_tier_is_back_flows_stay_or_go_back_and_none_has_a_wrong_source(
    lab: Lab, on_return: OnReturn
) -> None:
    routed.change(lab, lambda config: in_tier(config, 3, 2, on_return=on_return))
    routed.wait_for_members(lab, 1, 2)
    calling = [*routed.pairs_by_isp(lab, 1, 2), *routed.pairs_by_isp(lab, 2, 2)]
    leaving = {isp: lab.capture("balancer", f"eth{isp}", lambda packet: packet.outgoing) for isp in SOURCES}
    with leaving[1], leaving[2], leaving[3], lab.udp_call([*calling, LED], rate_hz=RATE_HZ) as call:
        for isp in (1, 2):
            lab.cut(f"balancer-isp{isp}")
        call.wait_for(lambda latest: all(isp == 3 for _, isp in latest), "every call goes through the backup")
        with lab.tcp_talkers(calling) as talkers, lab.tcp_waiters(calling) as waiters, NewConnections(lab) as load:
            load.wait_for_more()
            for isp in (1, 2):
                lab.plug(f"balancer-isp{isp}")
            routed.wait_for_members(lab, 1, 2)
            if on_return is OnReturn.MOVE_BACK:
                wanted = partial(_is_back, count=len(calling))
                call.wait_for(wanted, "the calls go through the first tier")
                ended = [*talkers.result(), *waiters.result()]  # they end when all of them were told
            load.wait_for_more()
            if on_return is OnReturn.STAY:
                ended = [*talkers.stop(), *waiters.stop()]
        flows = call.stop()
    assert {one.ending for one in ended} == {"open" if on_return is OnReturn.STAY else "reset"}
    moved = [flow.last_isp for flow in flows[:-1]]
    # They move back when the tier has its first gateway again: the one that comes after it has none of them.
    assert set(moved) <= ({3} if on_return is OnReturn.STAY else {1, 2})
    assert {isp for isp in flows[-1].isps if isp} == {3}
    # While both cables are cut and the worker has not looked yet, the kernel itself knows the backup.
    assert flows[-1].lost() == 0
    for isp, capture in leaving.items():
        packets = capture.stop()
        assert {packet.source for packet in packets} == {SOURCES[isp]}, f"what left by ISP {isp}"


def _is_back(latest: list[tuple[int, int]], *, count: int) -> bool:
    return all(isp in {1, 2} for _, isp in latest[:count])


def test_after_a_total_outage_the_backup_that_answers_first_is_left_once_and_never_taken_back() -> None:
    with routed.routed("outage") as lab:  # its own: a hold-down doubles with every fall
        timing = {**QUICK, "hold_s": 3, "standby_interval_s": 0.5}
        routed.change(lab, lambda config: in_tier(change_failover(config, {"timing": timing}), 2, 2))
        routed.wait_for_members(lab, 1)
        for isp in (1, 2):
            lab.silence(f"isp{isp}-vmnet8")
        wait_until(lambda: routed.status(lab).all_down, "all are down", routed.LIMIT_S)
        known = len(routed.events(lab))
        lab.restore("isp2-vmnet8")
        routed.wait_for_members(lab, 2)
        assert routed.gateway(lab, 2).state is State.UP
        lab.restore("isp1-vmnet8")
        routed.wait_for_members(lab, 1)
        seen = set()

        def are_over() -> bool:
            gateways = routed.status(lab).gateways
            seen.add(tuple(one.number for one in gateways if one.in_use))
            return all(one.state is State.UP and not one.risen for one in gateways)

        wait_until(are_over, "both hold-downs are over", routed.LIMIT_S)
        assert seen == {(1,)}
        assert [one.standby for one in routed.status(lab).gateways] == [False, True]
        told = [one.text for one in routed.events(lab)[:-known] if one.kind == "failover" and "carries" in one.text]
        assert told == ["ISP 1 (tier 1) carries new connections again; ISP 2 is on standby"]
