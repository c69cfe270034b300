import socket
import time

import pytest

from app.probe.timestamp import Sent, keep_stamping, receive, stamp_arrivals
from lab.waiting import wait_until

BUSY_S = 0.05


def test_the_round_trip_is_the_kernels_and_not_that_of_a_busy_reader() -> None:
    with keep_stamping(), _own_socket() as early:
        wait_until(lambda: _heard_by_a_busy_reader(early) < BUSY_S, "the kernel stamps what arrives")
        with _own_socket() as one:
            assert 0 <= _heard_by_a_busy_reader(one) < 0.04


def _own_socket() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind(("127.0.0.1", 0))
    opened.setblocking(False)
    stamp_arrivals(opened)
    assert receive(opened, 100) is None
    return opened


def _heard_by_a_busy_reader(one: socket.socket) -> float:
    """The round trip of a datagram to itself that lay there for BUSY_S before it was read."""
    sent = Sent.now()
    one.sendto(b"x", one.getsockname())
    busy_until_s = time.monotonic() + BUSY_S
    while time.monotonic() < busy_until_s:
        pass
    datagram = receive(one, 100)
    assert datagram is not None
    assert datagram.payload == b"x"
    assert datagram.arrived_ns is not None
    return sent.rtt_s(datagram.arrived_ns)


@pytest.mark.parametrize("step_s", [-3600, -1, 1, 3600])
def test_a_clock_that_was_set_in_between_makes_no_round_trip_longer_than_it_was(step_s: int) -> None:
    sent = Sent(time.time_ns(), time.monotonic_ns() - 20_000_000)
    arrived_ns = sent.wall_ns + 10_000_000 + step_s * 1_000_000_000
    assert 0.02 <= sent.rtt_s(arrived_ns) < 1.0


def test_without_a_stamp_the_time_until_now_counts() -> None:
    sent = Sent(0, time.monotonic_ns() - 20_000_000)
    assert 0.02 <= sent.rtt_s(None) < 1.0
