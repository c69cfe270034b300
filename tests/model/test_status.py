"""What the worker tells is told, however much there is to say."""

from datetime import UTC, datetime

from app.model.status import LONGEST_TEXT, Event, EventKind


def told(text: str) -> Event:
    return Event(at=datetime(2026, 3, 1, tzinfo=UTC), kind=EventKind.DRIFT, text=text, actor=text)


def test_a_text_too_long_for_the_timeline_is_cut_short_and_says_so() -> None:
    event = told("route, " * LONGEST_TEXT)
    assert len(event.text) == len(event.actor) == LONGEST_TEXT
    assert event.text.startswith("route, route, ")
    assert event.text.endswith("…")


def test_a_text_that_fits_is_told_whole() -> None:
    assert told("x" * LONGEST_TEXT).text == "x" * LONGEST_TEXT
