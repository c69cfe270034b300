import pytest

from app.health.target import LATE_AT_LEAST_S, RoundTrip


def test_without_history_nothing_is_late() -> None:
    assert RoundTrip().late_after_s is None


def test_the_first_measurement_counts_as_rfc_6298_has_it() -> None:
    line = RoundTrip()
    line.measured(0.1)
    assert line.late_after_s == pytest.approx(0.1 + 4 * 0.05)


def test_the_second_measurement_counts_as_rfc_6298_has_it() -> None:
    line = RoundTrip()
    line.measured(0.1)
    line.measured(0.2)
    variation_s = 0.75 * 0.05 + 0.25 * 0.1
    assert line.late_after_s == pytest.approx(0.875 * 0.1 + 0.125 * 0.2 + 4 * variation_s)


def test_a_steady_fast_line_is_given_the_least() -> None:
    line = RoundTrip()
    for _ in range(100):
        line.measured(0.02)
    assert line.late_after_s == LATE_AT_LEAST_S
