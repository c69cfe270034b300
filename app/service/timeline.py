"""One timeline out of two databases: what the worker saw (state.db) and what people did (config.db), newest first."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.status import Event, EventKind
from app.paths import StateDirectory
from app.service.audit import CONFIGURING, AuditEntry, Part, entries
from app.store.history import read_events

MOST: Final = 200
_AT_A_TIME: Final = 200


class Topic(StrEnum):
    """What the timeline can be filtered by."""

    ISPS = "isps"
    CONFIGURATION = "configuration"
    DRIFT = "drift"
    ACCESS = "access"
    WORKER = "worker"


_TOPIC_OF_EVENT: Final = {
    EventKind.VERDICT: Topic.ISPS,
    EventKind.FAILOVER: Topic.ISPS,
    EventKind.DRIFT: Topic.DRIFT,
    EventKind.REVISION: Topic.CONFIGURATION,
    EventKind.REJECTED: Topic.CONFIGURATION,
    EventKind.WORKER: Topic.WORKER,
}

_DEEDS: Final = {
    "login": "logged in",
    "logout": "ended a session",
    "login failed": "tried to log in and failed",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `kind` is an EventKind or an action of the audit."""

    at: datetime
    topic: Topic
    kind: str
    text: str
    actor: str = ""
    origin: str = ""
    address: str = ""
    number: int | None = None
    revision: int | None = None
    detected_ms: float | None = None
    switched_ms: float | None = None
    flows_moved: int | None = None
    flows_told: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, newest first. `older` is the opaque cursor of what comes before them, None at the beginning."""

    entries: tuple[Entry, ...]
    older: str | None


@dataclass(slots=True)
class _Place:
    """How far each database has been read: the id of the last line taken, None at the newest, 0 at the end.

    The store tells an event's id for the last one of a page only, so events count on from the page they are in.
    """

    event: int | None = None
    taken: int = 0
    audit: int | None = None


def timeline(
    home: StateDirectory, *, cursor: str = "", limit: int = 50, topics: frozenset[Topic] = frozenset(Topic)
) -> Page:
    """A page of the timeline with the entries of these topics. Raises InvalidConfig for a cursor that we did not make.

    A database that cannot be read now is left out: half a history is better than none.
    """
    place = _place(cursor)
    found = tuple(islice(_merged(home, place, topics), max(1, min(limit, MOST))))
    _settle(home, place, topics)
    ended = next(_merged(home, replace(place), topics), None) is None
    return Page(found, None if ended else _cursor(place))


def _settle(home: StateDirectory, place: _Place, topics: frozenset[Topic]) -> None:
    """Ask for the id of the event that was taken last."""
    if place.taken:
        page = read_events(home.state_db, place.event, place.taken, _kinds(topics))
        place.event, place.taken = page.older or 0, 0


def _kinds(topics: frozenset[Topic]) -> tuple[EventKind, ...]:
    return tuple(kind for kind, topic in _TOPIC_OF_EVENT.items() if topic in topics)


def _part(topics: frozenset[Topic]) -> Part | None:
    """Which part of the audit is of these topics; None: nothing in it."""
    match Topic.CONFIGURATION in topics, Topic.ACCESS in topics:
        case True, True:
            return Part.ALL
        case True, False:
            return Part.CONFIGURATION
        case False, True:
            return Part.ACCESS
    return None


def _cursor(place: _Place) -> str:
    text = ".".join("" if one is None else str(one) for one in (place.event, place.audit))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> _Place:
    if not cursor:
        return _Place()
    try:
        text = base64.urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}").decode("ascii")
    except ValueError:
        text = ""
    parts = re.fullmatch(r"(\d{0,18})\.(\d{0,18})", text)
    if parts is None:
        raise InvalidConfig(FieldError("cursor", "not a cursor that this router gave out"))
    event, audit = (int(one) if one else None for one in parts.groups())
    return _Place(event=event, audit=audit)


def _merged(home: StateDirectory, place: _Place, topics: frozenset[Topic]) -> Iterator[Entry]:
    """What both histories have of these topics, by time, newest first. `place` moves along with what was handed out."""
    events, audits = _events(home, place, _kinds(topics)), _audits(home, place.audit, _part(topics))
    event, audit = next(events, None), next(audits, None)
    while event is not None or audit is not None:
        if audit is None or (event is not None and event.at >= audit.at):
            assert event is not None  # noqa: S101 - for mypy: one of the two is there
            place.taken += 1
            yield _of_event(event)
            event = next(events, None)
        else:
            place.audit = audit.id
            yield _of_audit(audit)
            audit = next(audits, None)


def _events(home: StateDirectory, place: _Place, kinds: tuple[EventKind, ...]) -> Iterator[Event]:
    """The worker's events; `place` moves on to the next page when the one before was taken whole."""
    while kinds and place.event != 0:
        try:
            page = read_events(home.state_db, place.event, _AT_A_TIME, kinds)
        except StoreUnavailable:
            return
        yield from page.events
        place.event, place.taken = page.older or 0, 0


def _audits(home: StateDirectory, before: int | None, part: Part | None) -> Iterator[AuditEntry]:
    while part is not None and before != 0:
        try:
            found = entries(home, before=before, limit=_AT_A_TIME, part=part)
        except StoreUnavailable:
            return
        yield from found
        before = found[-1].id if found else 0


def _of_event(event: Event) -> Entry:
    return Entry(
        at=event.at,
        topic=_TOPIC_OF_EVENT[event.kind],
        kind=event.kind.value,
        text=event.text,
        actor=event.actor,
        number=event.number,
        revision=event.revision,
        detected_ms=event.detected_ms,
        switched_ms=event.switched_ms,
        flows_moved=event.flows_moved,
        flows_told=event.flows_told,
    )


def _of_audit(entry: AuditEntry) -> Entry:
    topic = Topic.CONFIGURATION if entry.action in CONFIGURING else Topic.ACCESS
    text = entry.detail or f"{entry.actor} {_DEEDS.get(entry.action, entry.action)}"
    return Entry(
        at=entry.at,
        topic=topic,
        kind=entry.action,
        text=text,
        actor=entry.actor,
        origin=entry.origin,
        address=entry.address,
        revision=entry.revision,
    )
