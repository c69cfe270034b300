"""The timeline as lines: an icon, a sentence, who and from where, and the figures of a failover."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.model.config import Config
from app.model.status import EventKind
from app.paths import StateDirectory
from app.service.timeline import Entry, Topic, timeline
from app.web.views import format as fmt

PAGE_SIZE: Final = 50

TOPIC_WORDS = {
    Topic.ISPS: "ISPs",
    Topic.CONFIGURATION: "Configuration",
    Topic.DRIFT: "Drift",
    Topic.ACCESS: "Access",
    Topic.WORKER: "Worker",
}

_ICONS = {
    Topic.ISPS: "isp",
    Topic.CONFIGURATION: "edit",
    Topic.DRIFT: "drift",
    Topic.ACCESS: "key",
    Topic.WORKER: "worker",
}


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of the timeline. `mood`: up, down, unknown, or nothing for what is neither good nor bad."""

    at: datetime
    icon: str
    mood: str
    topic: str
    text: str
    by: str
    gateway: str
    figures: str


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """One page of the timeline, of one topic or (empty) of all. `older`: the cursor of the page after it."""

    lines: tuple[EventLine, ...]
    topic: str
    older: str | None
    is_newest: bool


def timeline_page(home: StateDirectory, config: Config, topic: Topic | None, cursor: str = "") -> TimelinePage:
    """The page at this cursor, the newest one without. Raises InvalidConfig for a cursor that we did not make."""
    topics = frozenset(Topic) if topic is None else frozenset({topic})
    found = timeline(home, cursor=cursor, limit=PAGE_SIZE, topics=topics)
    lines = event_lines(found.entries, config)
    return TimelinePage(lines, "" if topic is None else topic.value, found.older, is_newest=not cursor)


def event_lines(entries: tuple[Entry, ...], config: Config) -> tuple[EventLine, ...]:
    """The lines of a page, in the order of its entries."""
    return tuple(_line(entry, config) for entry in entries)


def _line(entry: Entry, config: Config) -> EventLine:
    gateway = None if entry.number is None else config.gateway(entry.number)
    return EventLine(
        at=entry.at,
        icon=_icon(entry),
        mood=_mood(entry),
        topic=TOPIC_WORDS[entry.topic],
        text=_sentence(entry.text),
        by=_by(entry),
        gateway=gateway.name if gateway is not None and gateway.name not in entry.text else "",
        figures=_figures(entry),
    )


# What follows the name in an event of a verdict.
_VERDICT: Final = re.compile(r" is (up|down|unknown)(?::|$)")


def _mood(entry: Entry) -> str:
    """What a line is at a glance; its words say the same."""
    match entry.kind:
        case EventKind.VERDICT:
            found = _VERDICT.search(entry.text)
            return found[1] if found else ""
        case EventKind.REJECTED | EventKind.DRIFT | "login failed" | "password failed":
            return "unknown"
    return ""


def _icon(entry: Entry) -> str:
    if mood := _mood(entry):
        return "warning" if mood == "unknown" else mood
    return "failover" if entry.kind == EventKind.FAILOVER else _ICONS[entry.topic]


_OUR_BEGINNINGS: Final = ("connections avoid ", "put right: ", "revision ", "the worker ", "first administrator ")


def _sentence(text: str) -> str:
    """Our own sentences begin like sentences; names, commands and what people wrote stay as they are."""
    return fmt.sentence(text) if text.startswith(_OUR_BEGINNINGS) else text


def _by(entry: Entry) -> str:
    parts = [entry.actor] if entry.actor and entry.actor not in entry.text else []
    parts += [f"on the {entry.origin}"] if entry.origin else []
    parts += [f"from {entry.address}"] if entry.address else []
    return " ".join(parts)


def _figures(entry: Entry) -> str:
    """`detected in 1.9 s, switched in 4 ms, 12 flows moved, 3 told`."""
    found = []
    if entry.detected_ms is not None:
        found.append(f"detected in {_span(entry.detected_ms)}")
    if entry.switched_ms is not None:
        found.append(f"switched in {_span(entry.switched_ms)}")
    # A failover's own sentence says what became of flows.
    if entry.flows_moved and "moved" not in entry.text:
        found.append(f"{entry.flows_moved} {'flow' if entry.flows_moved == 1 else 'flows'} moved")
    if entry.flows_told and "told" not in entry.text:
        found.append(f"{entry.flows_told} {'client' if entry.flows_told == 1 else 'clients'} told")
    return ", ".join(found)


def _span(ms: float) -> str:
    return f"{ms / 1000:.1f}{fmt.SPACE}s" if ms >= 1000 else fmt.milliseconds(ms)
