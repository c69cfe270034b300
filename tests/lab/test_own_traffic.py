"""Behavior 10: the router's own traffic."""

import sys
from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest

from app.model.verdict import State
from lab.lab import Lab
from lab.topology import PLACES, isp_of
from tests.lab import routed

# Says from which of its own addresses a connection was made, and from which address the Internet saw it come.
CONNECT = """
import socket, sys
place, source, device = sys.argv[1:]
line = socket.socket()
line.settimeout(5)
if device:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
if source:
    line.bind((source, 0))
line.connect((place, 7))
print(line.getsockname()[0], line.recv(100).split()[1].decode())
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("own") as lab:
        routed.without_hold(lab)
        routed.wait_for_members(lab, 1, 2)
        yield lab


def connect(lab: Lab, place: IPv4Address, *, source: str = "", device: str = "") -> tuple[str, int | None]:
    """The balancer's own address of a connection, and the ISP that carried it."""
    argv = [sys.executable, "-c", CONNECT, str(place), source, device]
    own, seen = lab.run("balancer", argv).stdout.split()
    return own, isp_of(seen)


def test_unbound_it_goes_through_both_each_time_with_that_isps_address(lab: Lab) -> None:
    made = [connect(lab, place) for place in PLACES[:30]]
    assert {isp for _, isp in made} == {1, 2}
    assert all(own == str(routed.address_of(isp or 0)) for own, isp in made)


@pytest.mark.parametrize("isp", [1, 2])
def test_bound_to_an_isps_address_or_device_it_goes_through_that_one(lab: Lab, isp: int) -> None:
    own = str(routed.address_of(isp))
    for place in PLACES[:8]:
        assert connect(lab, place, source=own) == (own, isp)
        assert connect(lab, place, device=f"eth{isp}") == (own, isp)


def test_with_an_isp_dead_it_goes_through_the_other(lab: Lab) -> None:
    lab.cut("balancer-isp1")
    routed.wait_for_state(lab, 1, State.DOWN)
    routed.wait_for_members(lab, 2)
    assert {connect(lab, place) for place in PLACES[:10]} == {(str(routed.address_of(2)), 2)}
    lab.plug("balancer-isp1")
    routed.wait_for_members(lab, 1, 2, limit_s=60)
