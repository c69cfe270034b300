"""One event log out of two databases, newest first: the worker's events (state.db) and users' actions (config.db)."""

import base64
import heapq
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.events.event import EVERYTHING, LoggedEvent, Wanted
from app.paths import StateDirectory
from app.service.audit import read_audit
from app.store.history import EventRow, read_events

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, newest first. `older` is the opaque cursor of what comes before them, None at the beginning."""

    events: tuple[LoggedEvent, ...]
    older: str | None


def event_log(home: StateDirectory, *, cursor: str = "", limit: int = 50, wanted: Wanted = EVERYTHING) -> Page:
    """A page of the events that are wanted. Raises InvalidConfig for a cursor that we did not make.

    A database that cannot be read now is left out: half a history is better than none.
    """
    places, limit = _places(cursor), max(1, min(limit, MOST))
    seen = _rows(partial(read_events, home.state_db), places[0], limit + 1, wanted)
    done = _rows(partial(read_audit, home), places[1], limit + 1, wanted)
    merged = heapq.merge(((0, one) for one in seen), ((1, one) for one in done), key=_at, reverse=True)
    page = list(islice(merged, limit))
    for database, row in page:
        places[database] = row.id
    return Page(tuple(row.event for _, row in page), _cursor(places) if len(seen) + len(done) > limit else None)


def _at(found: tuple[int, EventRow]) -> datetime:
    return found[1].event.at


def _rows(
    read: Callable[[int | None, int, Wanted], tuple[EventRow, ...]], before: int | None, limit: int, wanted: Wanted
) -> tuple[EventRow, ...]:
    """The next rows of one database."""
    try:
        return read(before, limit, wanted)
    except StoreUnavailable:
        return ()


def _cursor(places: list[int | None]) -> str:
    text = ".".join("" if one is None else str(one) for one in places)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _places(cursor: str) -> list[int | None]:
    """How far each database has been read: the id of the last row taken, None at the newest."""
    if not cursor:
        return [None, None]
    try:
        text = base64.urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}").decode("ascii")
    except ValueError:
        text = ""
    parts = re.fullmatch(r"(\d{0,18})\.(\d{0,18})", text)
    if parts is None:
        raise InvalidConfig(FieldError("cursor", "not a cursor of this router's event log"))
    return [int(one) if one else None for one in parts.groups()]
