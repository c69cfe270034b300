from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.health.statistics import WINDOW_S, Statistics, Window, statistics


def test_nothing_asked_is_not_measured() -> None:
    assert statistics([[]]) == Statistics(asked=0, rtt_ms=None, jitter_ms=None, loss_percent=None)


def test_nothing_answered_is_all_lost_and_has_no_round_trip() -> None:
    assert statistics([[None, None]]) == Statistics(asked=2, rtt_ms=None, jitter_ms=None, loss_percent=100.0)


def test_mean_jitter_and_loss() -> None:
    found = statistics([[0.010, None, 0.030, 0.020]])
    assert found.rtt_ms == pytest.approx(20)
    assert found.jitter_ms == pytest.approx((20 + 10) / 2)
    assert found.loss_percent == pytest.approx(25)


def test_jitter_is_within_a_target_and_not_between_two() -> None:
    assert statistics([[0.01, 0.01], [0.09, 0.09]]).jitter_ms == 0


def test_the_window_slides() -> None:
    window = Window()
    window.record(1000.0, 0.5)
    window.record(1000.0 + WINDOW_S, None)
    assert window.recent(1000.0 + WINDOW_S) == [0.5, None]
    assert window.recent(1000.1 + WINDOW_S) == [None]
    assert window.recent(5000.0) == []


@given(st.lists(st.floats(0.1, 100), max_size=2000))
def test_its_memory_is_bounded_and_holds_a_whole_minute_of_the_fastest_probing(gaps_s: list[float]) -> None:
    window, times_s = Window(), list(accumulate(gaps_s))
    for now_s in times_s:
        window.record(now_s, 0.01)
    assert len(window) <= 640
    end_s = times_s[-1] if times_s else 0.0
    assert len(window.recent(end_s)) == sum(now_s >= end_s - WINDOW_S for now_s in times_s)
