"""Lines of the event log that stand for several events."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.events.event import Event, LoggedEvent
from app.model.events.kinds import (
    ConfigurationSaved,
    DriftRepaired,
    FlowsMoved,
    RevisionConfirmed,
    RevisionInForce,
    RevisionReturned,
    VerdictChanged,
)
from app.model.verdict import State
from app.web.views.events import EventFilter, event_filter, event_lines
from app.web.views.timeline import timeline
from tests.plan import paper

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOWN = VerdictChanged("Orange", 1, State.DOWN, "no reply from 10.0.0.3", detected_ms=1900)
UP = VerdictChanged("Orange", 1, State.UP, "")
UNKNOWN = VerdictChanged("Orange", 1, State.UNKNOWN, "disabled")
OTHER_DOWN = VerdictChanged("DIGI", 2, State.DOWN, "no carrier")
OTHER_UP = VerdictChanged("DIGI", 2, State.UP, "")
MOVED = FlowsMoved("Orange", 1, flows_moved=12, flows_told=3, switched_ms=4)
SAVED, APPLIED, CONFIRMED = ConfigurationSaved("weights changed", 3), RevisionInForce(3), RevisionConfirmed(3)
RETURNED = RevisionReturned(3, to=2, why="not confirmed within 60 s")
DRIFT = DriftRepaired(changes=("a route",), more=0, seen=(), actor="")


def logged(*events: Event) -> list[LoggedEvent]:
    """These events, a minute apart, newest first."""
    return [event.logged(AT + timedelta(minutes=minute)) for minute, event in enumerate(events)][::-1]


def lines(*events: Event) -> list[tuple[str, str]]:
    return [(one.text, one.figures) for one in event_lines(logged(*events), paper.config())]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            (DOWN, MOVED, UP),
            [(
                "Orange was down for 2\u00a0min: no reply from 10.0.0.3",
                "detected in 1.9\u00a0s, switched in 4\u00a0ms, 12 flows moved, 3 TCP connections reset",
            )],
        ),
        (
            (DOWN, MOVED),
            [(
                "Orange is down: no reply from 10.0.0.3",
                "detected in 1.9\u00a0s, switched in 4\u00a0ms, 12 flows moved, 3 TCP connections reset",
            )],
        ),
        (
            (DOWN, OTHER_DOWN, UP, OTHER_UP),
            [
                ("DIGI was down for 2\u00a0min: no carrier", ""),
                ("Orange was down for 2\u00a0min: no reply from 10.0.0.3", "detected in 1.9\u00a0s"),
            ],
        ),
        (
            (DOWN, UNKNOWN, UP),
            [
                ("Orange is up", ""),
                ("Orange is unknown: disabled", ""),
                ("Orange is down: no reply from 10.0.0.3", "detected in 1.9\u00a0s"),
            ],
        ),
        ((UP,), [("Orange is up", "")]),
        ((SAVED, APPLIED, CONFIRMED), [("weights changed", "revision 3 confirmed")]),
        ((SAVED, CONFIRMED, APPLIED), [("weights changed", "revision 3 applied")]),
        ((SAVED,), [("weights changed", "")]),
        (
            (SAVED, APPLIED, DRIFT, RETURNED),
            [
                ("weights changed", "revision 3 rolled back, revision 2 restored: not confirmed within 60 s"),
                ("Repaired: a route", ""),
            ],
        ),
        ((SAVED, APPLIED, APPLIED), [("Revision 3 applied", ""), ("weights changed", "revision 3 applied")]),
        ((APPLIED, CONFIRMED), [("Revision 3 confirmed", ""), ("Revision 3 applied", "")]),
    ],
    ids=[
        "an outage", "one that still runs", "two at once", "one that ends in nothing", "its beginning is elsewhere",
        "a change", "a change confirmed first", "a change at its beginning", "one that was rolled back",
        "a worker that starts again", "a change whose save is elsewhere",
    ],
)  # fmt: skip
def test_what_belongs_together_is_one_line(events: tuple[Event, ...], expected: list[tuple[str, str]]) -> None:
    assert lines(*events) == expected


def test_a_line_holds_its_events_and_the_end_of_an_outage() -> None:
    (line,) = event_lines(logged(DOWN, MOVED, UP), paper.config())
    assert [part.text for part in line.parts] == [
        "Orange is down: no reply from 10.0.0.3",
        "Failed over from Orange: 12 flows moved, 3 TCP connections reset",
        "Orange is up",
    ]
    assert (line.at, line.until) == (AT, AT + timedelta(minutes=2))


@given(st.lists(st.sampled_from([DOWN, UP, UNKNOWN, OTHER_DOWN, OTHER_UP, MOVED, SAVED, APPLIED, CONFIRMED, RETURNED])))
def test_each_event_is_in_one_line_and_lines_are_in_order(events: list[Event]) -> None:
    newest_first = logged(*events)
    groups = timeline(newest_first)
    assert sorted((one for group in groups for one in group.events), key=lambda one: one.at) == newest_first[::-1]
    ends = [group.last.at for group in groups]
    assert ends == sorted(ends, reverse=True)
    for group in groups:
        assert [one.at for one in group.events] == sorted(one.at for one in group.events)


def test_a_filter_is_read_from_an_address_and_written_to_one() -> None:
    address = "topic=isps&isp=2&from=2026-03-01&to=2026-03-02"
    chosen = event_filter(dict(part.split("=") for part in address.split("&")))
    assert chosen.address == address
    assert (chosen.gateway, chosen.first, chosen.last) == (2, date(2026, 3, 1), date(2026, 3, 2))
    wanted = chosen.wanted
    assert wanted.since is not None
    assert wanted.until is not None
    assert (wanted.since.date(), wanted.until.date()) == (date(2026, 3, 1), date(2026, 3, 3))
    junk = {"topic": "x", "isp": "٣", "from": "yesterday", "to": "9999-12-31"}
    assert event_filter(junk) == EventFilter()
