from hypothesis import given
from hypothesis import strategies as st

from app.health.hold import FLAP_WINDOW_S, LONGEST_HOLD_S, Hold


def test_it_doubles_with_each_fall_soon_after_a_return_up_to_the_longest() -> None:
    hold, seen = Hold(10), []
    for now_s in range(0, 8000, 400):
        hold.fell(now_s)
        seen.append(hold.hold_s)
        hold.returned(now_s + 200)
    assert seen[:7] == [10, 20, 40, 80, 160, 300, 300]


def test_a_gateway_that_kept_well_begins_anew() -> None:
    hold = Hold(10)
    hold.fell(0)
    hold.returned(10)
    hold.fell(10 + FLAP_WINDOW_S)
    assert hold.hold_s == 20
    hold.returned(500)
    hold.fell(500.1 + FLAP_WINDOW_S)
    assert hold.hold_s == 10


def test_falling_again_without_a_return_is_no_flapping() -> None:
    hold = Hold(10)
    hold.fell(0)
    assert hold.hold_s == 10


def test_a_base_beyond_the_longest_stays() -> None:
    hold = Hold(1000)
    hold.returned(0)
    hold.fell(1)
    assert hold.hold_s == 1000


def test_another_base_keeps_what_was_seen_of_flapping() -> None:
    hold = Hold(10)
    hold.returned(0)
    hold.fell(1)
    hold.configure(20)
    assert hold.hold_s == 40


@given(st.floats(0, 3600), st.lists(st.tuples(st.booleans(), st.floats(0, 1000))))
def test_it_is_never_shorter_than_its_base(base_s: float, happened: list[tuple[bool, float]]) -> None:
    hold, now_s = Hold(base_s), 0.0
    for fell, after_s in happened:
        now_s += after_s
        (hold.fell if fell else hold.returned)(now_s)
        assert base_s <= hold.hold_s <= max(base_s, LONGEST_HOLD_S)
