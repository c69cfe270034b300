"""Behavior 14: the configuration changes under load."""

from collections.abc import Iterator

import pytest

from app.service.edits.gateways import add_gateway, change_gateway, delete_gateway, disable_gateway
from lab.inside.connections import Pair
from lab.lab import Lab
from lab.measures import pairs
from tests.lab import routed
from tests.lab.load import NewConnections

RATE_HZ = 200


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("hot", isps=3) as lab:
        routed.wait_for_members(lab, 1, 2, 3)
        yield lab


@pytest.fixture
def two(lab: Lab) -> Iterator[Lab]:
    """ISPs 1 and 2 configured, each with weight 1; the third one is connected and nobody knows it."""
    remove(lab, 3)
    yield lab
    for number in (1, 2):
        routed.change(lab, lambda config, number=number: change_gateway(config, number, {"weight": 1}))  # type: ignore[misc]
    add(lab, 3)


def numbers(lab: Lab) -> dict[str, int]:
    """What a person calls an ISP (its next hop) → its number."""
    return {str(one.next_hop): one.number for one in routed.status(lab).gateways}


def remove(lab: Lab, number: int) -> None:
    routed.change(lab, lambda config: delete_gateway(config, number))


def add(lab: Lab, isp: int) -> None:
    facts = routed.facts(lab)
    routed.change(lab, lambda config: add_gateway(config, facts, {"address": str(lab.isp(isp).inside.ip)}))
    routed.wait_for_members(lab, 1, 2, 3)


def some_of_each(lab: Lab, *isps: int) -> list[Pair]:
    return [pair for isp in isps for pair in routed.pairs_by_isp(lab, isp, 4)]


def shares(lab: Lab) -> dict[int | None, float]:
    counts = routed.by_isp(lab.connections(pairs(1000)))
    return {isp: count / 10 for isp, count in counts.items()}


def test_new_weights_move_no_flow_and_count_for_new_connections(two: Lab) -> None:
    with two.udp_call(some_of_each(two, 1, 2), rate_hz=RATE_HZ) as call, NewConnections(two) as load:
        for weight in (3, 7, 2, 3):
            routed.change(two, lambda config, weight=weight: change_gateway(config, 1, {"weight": weight}))  # type: ignore[misc]
            load.wait_for_more()
        flows = call.stop()
    assert load.failed == []
    assert [flow.lost() for flow in flows] == [0] * 8
    assert [{isp for isp in flow.isps if isp} for flow in flows] == [{1}] * 4 + [{2}] * 4
    assert shares(two)[1] == pytest.approx(75, abs=8)


def test_a_third_isp_takes_its_share_at_once_and_no_flow_moves(two: Lab) -> None:
    before = numbers(two)
    with two.udp_call(some_of_each(two, 1, 2), rate_hz=RATE_HZ) as call, NewConnections(two) as load:
        add(two, 3)
        load.wait_for_more()
        flows = call.stop()
        after = numbers(two)
        assert shares(two)[3] == pytest.approx(33, abs=10)
        # The way out of service that costs nobody a connection: let it drain, then remove it.
        routed.change(two, lambda config: disable_gateway(config, 3))
        load.wait_for_more()
        remove(two, 3)
        load.wait_for_more()
    assert load.failed == []
    assert [flow.lost() for flow in flows] == [0] * 8
    assert [{isp for isp in flow.isps if isp} for flow in flows] == [{1}] * 4 + [{2}] * 4
    assert after == before | {"192.168.3.2": 3}
    assert numbers(two) == before


def test_one_that_is_removed_leaves_the_numbers_and_flows_of_the_others(lab: Lab) -> None:
    before = numbers(lab)
    with lab.udp_call(some_of_each(lab, 1, 2, 3), rate_hz=RATE_HZ) as call:
        remove(lab, 2)
        call.wait_for(lambda latest: all(isp != 2 for _, isp in latest), "the removed one's calls go on elsewhere")
        assert numbers(lab) == {hop: number for hop, number in before.items() if number != 2}
        with NewConnections(lab) as load:
            load.wait_for_more()
        assert 2 not in routed.by_isp(load.done)
        add(lab, 2)
        flows = call.stop()
    assert load.failed == []
    kept = [flow for flow in flows if flow.first_isp != 2]
    assert [flow.lost() for flow in kept] == [0] * 8
    assert [{isp for isp in flow.isps if isp} for flow in kept] == [{1}] * 4 + [{3}] * 4
    assert numbers(lab) == before
