"""The event log as lines: an icon, a sentence, who and from where, and the figures of a failover."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from app.model.config import Config
from app.model.events.event import LoggedEvent, Severity, Topic, Wanted
from app.model.words import counted
from app.paths import StateDirectory
from app.service.event_log import event_log
from app.web.views import format as fmt
from app.web.views.timeline import Group, Of, is_rolled_back, subject, timeline

# Of events; lines are fewer.
PAGE_SIZE: Final = 100
# The colors of severities; what has none is neither good nor bad.
_MOODS: Final = {Severity.GOOD: "up", Severity.WARNING: "unknown", Severity.BAD: "down"}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a page of the event log is about. `first` and `last`: days on this router's clock, both included."""

    topic: Topic | None = None
    gateway: int | None = None
    first: date | None = None
    last: date | None = None

    @property
    def wanted(self) -> Wanted:
        """The entries that are wanted."""
        topics = frozenset(Topic) if self.topic is None else frozenset({self.topic})
        after = None if self.last is None or self.last == date.max else self.last + timedelta(days=1)
        return Wanted(topics, self.gateway, _midnight(self.first), _midnight(after))

    def query(self, *, topic: Topic | None = None) -> str:
        """The filter in an address, with another topic."""
        return replace(self, topic=topic).address

    @property
    def address(self) -> str:
        """The filter in an address."""
        said = {
            "topic": self.topic and self.topic.value, "isp": self.gateway, "from": self.first, "to": self.last,
        }  # fmt: skip
        return urlencode({name: value for name, value in said.items() if value is not None})


ALL_EVENTS: Final = EventFilter()


def event_filter(query: Mapping[str, str]) -> EventFilter:
    """The filter that an address names; what cannot be is left out."""
    topic = next((one for one in Topic if one.value == query.get("topic")), None)
    number = query.get("isp", "")
    gateway = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else None
    return EventFilter(topic, gateway, _day(query.get("from", "")), _day(query.get("to", "")))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 < found.year < 9999 else None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min).astimezone()


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of the event log. `mood`: up, down, unknown, or nothing for what is neither good nor bad.

    `until`: the end of an outage. `parts`: the single events of a line that stands for several.
    """

    at: datetime
    icon: str
    mood: str
    topic: str
    text: str
    by: str
    gateway: str
    figures: str
    until: datetime | None = None
    parts: tuple["EventLine", ...] = ()


@dataclass(frozen=True, slots=True)
class EventsPage:
    """One page of the event log. `older`: the cursor of the page after it."""

    lines: tuple[EventLine, ...]
    filter: EventFilter
    older: str | None
    is_newest: bool


def events_page(home: StateDirectory, config: Config, chosen: EventFilter, cursor: str = "") -> EventsPage:
    """The page at this cursor, or the newest one. Raises InvalidConfig for an unknown cursor."""
    found = event_log(home, cursor=cursor, limit=PAGE_SIZE, wanted=chosen.wanted)
    return EventsPage(event_lines(found.events, config), chosen, found.older, is_newest=not cursor)


def event_lines(events: Sequence[LoggedEvent], config: Config) -> tuple[EventLine, ...]:
    """The lines of these events (newest first): an outage is one, and a change from its save to its confirmation."""
    return tuple(_grouped(group, config) for group in timeline(events))


def _grouped(group: Group, config: Config) -> EventLine:
    line = _line(group.first, config)
    if len(group.events) == 1:
        return line
    line = replace(line, parts=tuple(_line(one, config) for one in group.events))
    if group.of is Of.CHANGE:
        rolled_back = any(map(is_rolled_back, group.events))
        return replace(line, figures=_fate(group), mood="down" if rolled_back else line.mood)
    line = replace(line, figures=", ".join(filter(None, _figures_of_outage(group.events))))
    if not group.is_over:
        return line
    lasted = fmt.duration(group.last.at - group.first.at)
    reason = group.first.text.partition(" is down")[2]
    text = f"{subject(group.first)} was down for {lasted}{reason}"
    return replace(line, text=text, icon=group.last.icon, mood="", until=group.last.at)


def _fate(group: Group) -> str:
    """What became of a change: the last of its events that says so, and a rollback above all."""
    rolled_back = (one for one in group.events if is_rolled_back(one))
    return next(rolled_back, group.last).text


def _figures_of_outage(events: Sequence[LoggedEvent]) -> Iterator[str]:
    for event in events:
        yield _figures(replace(event, text=""))


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
