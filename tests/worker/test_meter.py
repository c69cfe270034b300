"""Shares and traffic, computed from what the counters said."""

import pytest

from app.kernel.contract import Traffic
from app.worker.meter import SHARE_WINDOW_S, Meter

BOTH = (1, 2)


def test_nothing_is_measured_before_there_are_two_moments() -> None:
    meter = Meter()
    assert (meter.share_percent(1, BOTH), meter.rate("eth1"), meter.new_flows(1)) == (None, None, 0)
    meter.record(0, {1: 5}, {"eth1": Traffic(0, 0)}, BOTH)
    assert (meter.share_percent(1, BOTH), meter.rate("eth1"), meter.new_flows(1)) == (None, None, 5)


def test_a_share_is_of_the_new_flows_in_the_window_alone() -> None:
    meter = Meter()
    meter.record(0, {1: 1000, 2: 0}, {}, BOTH)
    meter.record(10, {1: 1030, 2: 10}, {}, BOTH)
    assert meter.share_percent(1, BOTH) == pytest.approx(75)
    assert meter.share_percent(2, BOTH) == pytest.approx(25)
    meter.record(10 + SHARE_WINDOW_S, {1: 1030, 2: 20}, {}, BOTH)
    assert meter.share_percent(1, BOTH) == 0


def test_without_new_flows_there_is_no_share() -> None:
    meter = Meter()
    meter.record(0, {1: 7}, {}, BOTH)
    meter.record(1, {1: 7}, {}, BOTH)
    assert meter.share_percent(1, BOTH) is None


def test_a_share_is_measured_anew_when_an_isp_falls_and_when_it_is_back() -> None:
    meter = Meter()
    meter.record(0, {1: 0, 2: 0}, {}, BOTH)
    meter.record(1, {1: 30, 2: 10}, {}, BOTH)
    assert [meter.share_percent(number, (2,)) for number in BOTH] == [None, None]
    meter.record(2, {1: 30, 2: 15}, {}, (2,))
    assert [meter.share_percent(number, (2,)) for number in BOTH] == [None, None]
    meter.record(3, {1: 30, 2: 25}, {}, (2,))
    assert [meter.share_percent(number, (2,)) for number in BOTH] == [None, 100]
    meter.record(4, {1: 30, 2: 30}, {}, BOTH)
    meter.record(5, {1: 33, 2: 31}, {}, BOTH)
    assert [meter.share_percent(number, BOTH) for number in BOTH] == [75, 25]


def test_a_counter_made_anew_counts_from_nothing() -> None:
    meter = Meter()
    meter.record(0, {1: 900, 2: 100}, {}, BOTH)
    meter.record(1, {1: 3, 2: 101}, {}, BOTH)
    assert meter.share_percent(1, BOTH) == pytest.approx(75)


def test_traffic_is_in_bits_per_second_and_a_device_made_anew_is_not_negative() -> None:
    meter = Meter()
    meter.record(0, {}, {"eth1": Traffic(1000, 0)}, BOTH)
    meter.record(2, {}, {"eth1": Traffic(3000, 500)}, BOTH)
    rate = meter.rate("eth1")
    assert rate is not None
    assert (rate.rx_bits_per_s, rate.tx_bits_per_s) == (8000, 2000)
    meter.record(3, {}, {"eth1": Traffic(0, 0)}, BOTH)
    assert meter.rate("eth1") is None


def test_memory_stays_bounded() -> None:
    meter = Meter()
    for second in range(1000):
        meter.record(second, {}, {}, BOTH)
    assert len(meter._samples) <= SHARE_WINDOW_S + 2
