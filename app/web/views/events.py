"""The event log as lines: an icon, a sentence, who and from where, and the figures of a failover."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.model.config import Config
from app.model.events.event import LoggedEvent, Severity, Topic
from app.model.words import counted
from app.paths import StateDirectory
from app.service.event_log import event_log
from app.web.views import format as fmt

PAGE_SIZE: Final = 50
# The colors of severities; what has none is neither good nor bad.
_MOODS: Final = {Severity.GOOD: "up", Severity.WARNING: "unknown", Severity.BAD: "down"}


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of the event log. `mood`: up, down, unknown, or nothing for what is neither good nor bad."""

    at: datetime
    icon: str
    mood: str
    topic: str
    text: str
    by: str
    gateway: str
    figures: str


@dataclass(frozen=True, slots=True)
class EventsPage:
    """One page of the event log, of one topic or (empty) of all. `older`: the cursor of the page after it."""

    lines: tuple[EventLine, ...]
    topic: str
    older: str | None
    is_newest: bool


def events_page(home: StateDirectory, config: Config, topic: Topic | None, cursor: str = "") -> EventsPage:
    """The page at this cursor, or the newest one. Raises InvalidConfig for an unknown cursor."""
    topics = frozenset(Topic) if topic is None else frozenset({topic})
    found = event_log(home, cursor=cursor, limit=PAGE_SIZE, topics=topics)
    lines = event_lines(found.events, config)
    return EventsPage(lines, "" if topic is None else topic.value, found.older, is_newest=not cursor)


def event_lines(events: tuple[LoggedEvent, ...], config: Config) -> tuple[EventLine, ...]:
    """The lines of a page, in the order of its events."""
    return tuple(_line(event, config) for event in events)


def _line(event: LoggedEvent, config: Config) -> EventLine:
    gateway = None if event.number is None else config.gateway(event.number)
    return EventLine(
        at=event.at,
        icon=event.icon,
        mood=_MOODS.get(event.severity, ""),
        topic=event.topic.label,
        text=event.headline,
        by=_by(event),
        gateway=gateway.name if gateway is not None and gateway.name not in event.text else "",
        figures=_figures(event),
    )


def _by(event: LoggedEvent) -> str:
    parts = [event.actor] if event.actor and event.actor not in event.text else []
    parts += [f"on the {event.origin}"] if event.origin else []
    parts += [f"from {event.address}"] if event.address else []
    return " ".join(parts)


def _figures(event: LoggedEvent) -> str:
    """`detected in 1.9 s, switched in 4 ms, 12 flows moved, 3 TCP connections reset`."""
    found = []
    if event.detected_ms is not None:
        found.append(f"detected in {_span(event.detected_ms)}")
    if event.switched_ms is not None:
        found.append(f"switched in {_span(event.switched_ms)}")
    if "moved" in event.text:  # the text of a failover counts flows and resets
        return ", ".join(found)
    if event.flows_moved:
        found.append(f"{counted(event.flows_moved, 'flow')} moved")
    if event.flows_told:
        found.append(f"{counted(event.flows_told, 'TCP connection')} reset")
    return ", ".join(found)


def _span(ms: float) -> str:
    return f"{ms / 1000:.1f}{fmt.SPACE}s" if ms >= 1000 else fmt.milliseconds(ms)
