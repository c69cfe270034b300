"""Behavior 11: a dead ISP's probe fails, and not one packet of it leaves through the other."""

from collections.abc import Iterator

import pytest

from app.model.verdict import Layer, State
from lab.lab import Lab
from lab.packets import Packet
from lab.waiting import wait_until
from tests.lab import routed

ECHO_REQUEST = 8


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("probes") as lab:
        routed.set_timing(lab, interval_s=0.2, timeout_s=0.4, hold_s=0)
        routed.wait_for_members(lab, 1, 2)
        yield lab


def request(packet: Packet) -> bool:
    return packet.outgoing and packet.icmp is not None and packet.icmp[0] == ECHO_REQUEST


@pytest.mark.parametrize("fault", ["silence", "cut"])
def test_a_dead_isps_probe_fails_and_never_leaves_through_the_other(lab: Lab, fault: str) -> None:
    cable = "isp2-vmnet8" if fault == "silence" else "balancer-isp2"
    first, second = (lab.capture("balancer", f"eth{isp}", request) for isp in (1, 2))
    with first, second:
        (lab.silence if fault == "silence" else lab.cut)(cable)
        down = routed.wait_for_state(lab, 2, State.DOWN)
        # Its probes go on, and are not answered, for as long as it takes the other's to be answered again and again.
        seen = routed.gateway(lab, 1).since
        known = len(first.packets)
        wait_until(lambda: len(first.packets) >= known + 3, "three more probes through ISP 1")
        through_first, through_second = first.stop(), second.stop()
    assert down.layer is (Layer.ICMP if fault == "silence" else Layer.CARRIER)
    assert routed.gateway(lab, 1).state is State.UP
    assert routed.gateway(lab, 1).since == seen
    assert {packet.source for packet in through_first} == {routed.address_of(1)}
    if fault == "silence":
        assert {packet.source for packet in through_second} == {routed.address_of(2)}
    lab.restore(cable)
    routed.wait_for_members(lab, 1, 2, limit_s=60)
