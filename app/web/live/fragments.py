"""Fragment cache: the live parts of open pages, rendered once per change for all viewers.

A part is rendered when a viewer needs it and the worker has reported something new. Without viewers nothing is
rendered. The databases are read in a thread, once for all viewers: a slow disk must not block the event loop.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeVar

from app.errors import MultihomeError, StoreUnavailable
from app.model.config import Config
from app.model.events.event import LoggedEvent, Topic, Wanted
from app.service.audit import newest_entry
from app.service.confirming import Waiting, waiting
from app.service.event_log import event_log
from app.store.history import read_samples
from app.store.reader import NOTHING, Revision
from app.store.state_schema import Sample
from app.web.extension import Extension
from app.web.links.worker_link import WorkerLink
from app.web.panel import Panel
from app.web.views.events import ALL_EVENTS, EventFilter, EventsPage, events_page
from app.web.views.gateway_list import gateway_list
from app.web.views.gateways import cards
from app.web.views.interfaces import interface_rows
from app.web.views.overview import Snapshot, news, overview
from app.web.views.revisions import RevisionsPage, revisions_page
from app.web.views.rules import hits_of, rule_list
from app.web.views.sparkline import WINDOW
from app.web.views.trial import Viewer

log = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")

# Enough for the lines of the status page, of which one stands for several events.
_RECENT_EVENTS: Final = 32
# Pages that are kept in memory for viewers: their filters come from outside.
_MOST_KEPT: Final = 128
# Logins are not shown on the status page.
RECENT_TOPICS: Final = frozenset(Topic) - {Topic.ACCESS}
# The histories change slowly and cost a file read each. Reports of the worker are shown immediately.
_HISTORY_AGE_S: Final = 2.0
_EVENTS_AGE_S: Final = 15.0
# A longer list takes too long to be made on the event loop: others' changes to it are seen when it is loaded again.
_MOST_RULES_LIVE: Final = 200


class View(StrEnum):
    """The pages with live parts."""

    STATUS = "status"
    GATEWAYS = "isps"
    GATEWAY = "isp"
    INTERFACES = "interfaces"
    EXTENSION = "extension"
    EVENTS = "events"
    RULES = "rules"
    REVISIONS = "revisions"
    OTHER = "other"


_EVERYWHERE: Final = ("freshness", "trial", "announcement")
# The parts of each page, by the id of the element that they replace.
PARTS: Final[Mapping[View, tuple[str, ...]]] = {
    View.STATUS: (*_EVERYWHERE, "summary", "picture", "cards", "recent"),
    View.GATEWAYS: (*_EVERYWHERE, "gateways"),
    View.GATEWAY: (*_EVERYWHERE, "isp", "events"),
    View.INTERFACES: (*_EVERYWHERE, "interfaces"),
    # And those that the extension names.
    View.EXTENSION: _EVERYWHERE,
    View.EVENTS: (*_EVERYWHERE, "events"),
    # The list and its hits are added separately, so that a thousand rules are not rendered again each second.
    View.RULES: _EVERYWHERE,
    View.REVISIONS: (*_EVERYWHERE, "revisions"),
    View.OTHER: _EVERYWHERE,
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a page shows: which one it is, and which events."""

    view: View
    events: EventFilter = ALL_EVENTS


Fragments = Mapping[str, str]


@dataclass(slots=True)
class _Histories:
    """The last read of the databases, its time, and the worker's report at that time."""

    read_s: float = float("-inf")
    head: Revision = NOTHING
    samples: tuple[Sample, ...] = ()
    events: tuple[LoggedEvent, ...] = ()
    waiting: Waiting | None = None
    newest: LoggedEvent | None = None
    reported: object = None


@dataclass(frozen=True, slots=True)
class _Events:
    """A page of events, when it was read, and what was the newest line of both histories then."""

    read_s: float
    newest: tuple[LoggedEvent | None, int]
    page: EventsPage


class FragmentCache:
    """The live parts of all pages. Belongs to the event loop."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._histories = _Histories()
        self._rendered: dict[tuple[Scene, bool], tuple[object, Fragments]] = {}
        self._pages: dict[EventFilter, _Events] = {}
        self._rule_list: tuple[object, str] = (None, "")
        self._revisions: tuple[object, RevisionsPage | None] = (None, None)
        self._reading = asyncio.Lock()

    async def fragments(self, scene: Scene, viewer: Viewer) -> Fragments:
        """The parts of a page at this moment: element id → HTML. Equal strings mean that nothing changed.

        They are the same for all viewers but those who can keep the change that waits.
        """
        link = self._panel.link
        moment = (
            link.heard,
            int(link.silent_for_s) if link.is_silent else -1,
            _moment_of(self._panel.extension, scene.view),
        )
        known = await self.known()
        waits = known.waiting
        key = (scene, waits is not None and waits.is_for(viewer.session, viewer.user))
        before = self._rendered.get(key)
        if before is not None and before[0] == moment:
            return before[1]
        read: dict[str, object] = {}
        if scene.view in {View.EVENTS, View.GATEWAY}:
            read["log"] = await self._events_page(known.config, scene.events)
        elif scene.view is View.REVISIONS:
            read["revisions"] = await self._revisions_page(known)
        if scene.view is View.GATEWAY:
            shown = cards(known.status, known.config, known.samples, known.now)
            read["card"] = next((one for one in shown if one.number == scene.events.gateway), None)
        fragments = render(self._panel, known, scene.view, viewer, read)
        if scene.view is View.RULES:
            fragments = {**fragments, **self._rules(known)}
        _bounded(self._rendered)[key] = (moment, fragments)
        return fragments

    async def known(self) -> Snapshot:
        """A snapshot; its histories may be some seconds old."""
        async with self._reading:
            if self._is_due():
                self._histories = await asyncio.to_thread(_read, self._panel, self._histories)
        return _known(self._panel, self._histories)

    def _is_due(self) -> bool:
        """Whether the histories are old, or the worker has reported something since that they also contain.

        The report is compared with the report at the time of the read, and not with the data read: after a rollback
        the newest revision is not the one in force, and the two would always differ.
        """
        link, histories = self._panel.link, self._histories
        is_new = _newest(link) is not histories.newest or _reported(link) != histories.reported
        return is_new or self._panel.monotonic() - histories.read_s > _HISTORY_AGE_S

    async def _events_page(self, config: Config, chosen: EventFilter) -> EventsPage:
        """The newest events, read again when there are new ones.

        Events from while the link was down (the worker restarted) are found a little later.
        """
        now_s, before = self._panel.monotonic(), self._pages.get(chosen)
        if (
            before is not None
            and now_s - before.read_s < _HISTORY_AGE_S
            and _newest(self._panel.link) is before.newest[0]
        ):
            return before.page
        found = await asyncio.to_thread(_read_events, self._panel, config, chosen, before)
        _bounded(self._pages)[chosen] = found
        return found.page

    async def _revisions_page(self, known: Snapshot) -> RevisionsPage:
        """The newest revisions, read again when one is saved, confirmed, put in force or rolled back."""
        link, head = self._panel.link, known.head.number
        about = (head, known.waiting, known.status and known.status.in_force, _reported(link))
        if self._revisions[0] != about or self._revisions[1] is None:
            found = await asyncio.to_thread(revisions_page, self._panel.home, head, known.status)
            self._revisions = (about, found)
            return found
        return self._revisions[1]

    def _rules(self, known: Snapshot) -> Fragments:
        """The list of rules, rendered for each revision and each change of this machine, and the hits of each rule."""
        about = (known.head.number, None if known.status is None else known.status.facts)
        if len(known.config.rules) > _MOST_RULES_LIVE:
            self._rule_list = (about, "")
        elif self._rule_list[0] != about:
            rules = rule_list(known.config, known.status)
            self._rule_list = (about, self._panel.templates.page("parts/rules.html", rules=rules))
        shown = {rule.number for rule in known.config.rules}
        hits = {f"hits-{number}": text for number, text in hits_of(known.status).items() if number in shown}
        return {
            "rules": self._rule_list[1],
            **{name: f'<span id="{name}">{text}</span>' for name, text in hits.items()},
        }


def _bounded(kept: dict[K, V]) -> dict[K, V]:
    """The same dict, emptied if it has grown too large."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    return kept


def snapshot_now(panel: Panel) -> Snapshot:
    """A snapshot with histories read from disk, for a page request. Any thread may call it."""
    histories = _read(panel, _Histories())
    histories.head = panel.configuration.head()
    return _known(panel, histories)


def snapshot_of_head(panel: Panel) -> Snapshot:
    """A snapshot without histories, for a page that shows none. Any thread may call it."""
    return _known(panel, _Histories(head=panel.configuration.head(), waiting=waiting(panel.home)))


def _known(panel: Panel, histories: _Histories) -> Snapshot:
    """A snapshot of the worker's last report and these histories."""
    link = panel.link
    return Snapshot(
        status=link.status,
        silent_for_s=link.silent_for_s,
        is_silent=link.is_silent,
        head=histories.head,
        samples=histories.samples,
        events=histories.events,
        now=panel.now(),
        waiting=histories.waiting,
    )


def render(panel: Panel, known: Snapshot, view: View, viewer: Viewer, read: Mapping[str, object]) -> Fragments:
    """The live parts of a page, each from its template in parts/. `read`: what they show of the databases."""
    context: dict[str, object] = {"news": news(known, viewer), **read}
    parts = PARTS[view]
    match view:
        case View.STATUS:
            context["overview"] = overview(known)
        case View.GATEWAYS:
            context["gateways"] = gateway_list(known)
        case View.INTERFACES:
            context["interfaces"] = interface_rows(known.config, None if known.status is None else known.status.facts)
        case View.EXTENSION if panel.extension is not None:
            context |= panel.extension.context()
            parts += panel.extension.parts
    return {part: panel.templates.page(f"parts/{part}.html", **context) for part in parts}


def _moment_of(extension: Extension | None, view: View) -> object:
    return extension.moment() if view is View.EXTENSION and extension is not None else None


def _read(panel: Panel, before: _Histories) -> _Histories:
    """Read what can be read; what cannot stays as it was: a locked database is no reason to show nothing."""
    head, samples, waits = before.head, before.samples, before.waiting
    # Taken before the read: a report that arrives during the read is read the next time.
    newest, reported, now_s = _newest(panel.link), _reported(panel.link), panel.monotonic()
    try:
        head, waits = panel.configuration.head(), waiting(panel.home)
    except MultihomeError as error:
        log.warning("cannot read the configuration: %s", error)
    try:
        written = read_samples(panel.home.state_db, panel.now() - WINDOW - timedelta(seconds=5))
        samples = panel.link.recent.after(written)
    except StoreUnavailable as error:
        log.debug("no samples: %s", error)
    events = event_log(panel.home, limit=_RECENT_EVENTS, wanted=Wanted(RECENT_TOPICS)).events
    return _Histories(now_s, head, samples, events, waits, newest, reported)


def _read_events(panel: Panel, config: Config, chosen: EventFilter, before: _Events | None) -> _Events:
    """The newest events, or the ones from before if there are no others."""
    now_s, newest = panel.monotonic(), (_newest(panel.link), newest_entry(panel.home))
    if before is None or before.newest != newest or now_s - before.read_s > _EVENTS_AGE_S:
        return _Events(now_s, newest, events_page(panel.home, config, chosen))
    return before


def _reported(link: WorkerLink) -> object:
    """What the worker says of revisions: when that changes the databases have something new."""
    status = link.status
    return None if status is None else (status.wanted, status.on_trial, status.returned)


def _newest(link: WorkerLink) -> LoggedEvent | None:
    return link.events[0] if link.events else None
