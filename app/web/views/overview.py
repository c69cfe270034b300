"""The status page, from the worker's report, the configuration and the histories."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.model.config import Config, Gateway
from app.model.events.event import LoggedEvent
from app.model.guard import UNDECIDED, GuardMode
from app.model.status import Status
from app.model.words import joined
from app.service.confirming import Waiting
from app.store.reader import Revision
from app.store.state_schema import Sample
from app.web.views import format as fmt
from app.web.views.events import EventLine, event_lines
from app.web.views.gateways import GatewayCard, Mood, cards
from app.web.views.picture import MOST_DRAWN, Picture, picture
from app.web.views.summary import BALANCING_WORDS, Summary, summary
from app.web.views.trial import GivenBack, Trial, Viewer, given_back, on_its_way, trial

_MOST_NAMED: Final = 4
_RECENT_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class News:
    """The notices above every page: stale data, work in progress, problems, an unconfirmed change.

    Empty texts: no notice. `announcement` is read out by screen readers when it changes. `on_its_way`: the viewer's own
    change, saved and not in force yet.
    """

    announcement: str
    silence: str = ""
    applying: str = ""
    troubles: tuple[str, ...] = ()
    trial: Trial | None = None
    on_its_way: int | None = None
    given_back: GivenBack | None = None


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """A failure that would go unnoticed, and the page and action that change that."""

    text: str
    path: str
    deed: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The status page. `at`: the time of the observation. `is_compact`: the ISPs are a list, the failed ones first."""

    at: datetime
    summary: Summary
    unnoticed: Unnoticed | None
    undecided: Unnoticed | None
    balancing: str
    revision: int
    picture: Picture | None
    cards: tuple[GatewayCard, ...]
    is_compact: bool
    events: tuple[EventLine, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot of the router's state. `head`: the newest revision; `status`: the worker's last report.

    `waiting`: the newest revision while it is unconfirmed.
    """

    status: Status | None
    silent_for_s: float
    is_silent: bool
    head: Revision
    samples: tuple[Sample, ...]
    events: tuple[LoggedEvent, ...]
    now: datetime
    waiting: Waiting | None = None

    @property
    def config(self) -> Config:
        """The newest configuration."""
        return self.head.config


def overview(known: Snapshot) -> Overview:
    """The status page as it is now."""
    status, found = known.status, cards(known.status, known.config, known.samples, known.now)
    is_compact = len(found) > MOST_DRAWN
    return Overview(
        at=known.now if status is None else status.observed_at,
        summary=summary(status, known.now, known.config.settings.failover.all_down),
        unnoticed=unnoticed(known.config),
        undecided=undecided(known.config),
        balancing=BALANCING_WORDS[known.config.settings.balancing],
        revision=known.head.number if status is None else status.in_force,
        picture=picture(status),
        cards=_worst_first(found, known.config) if is_compact else found,
        is_compact=is_compact,
        events=event_lines(known.events, known.config)[:_RECENT_LINES],
    )


_BY_MOOD: Final = (Mood.DOWN, Mood.UNKNOWN, Mood.UP, Mood.STANDBY, Mood.OFF)


def _worst_first(found: tuple[GatewayCard, ...], config: Config) -> tuple[GatewayCard, ...]:
    """The cards in an order that changes only with a state: down first, then by tier and number."""
    tiers = {one.number: one.tier for one in config.gateways}
    return tuple(sorted(found, key=lambda one: (_BY_MOOD.index(one.mood), tiers.get(one.number, 0), one.number)))


def unnoticed(config: Config) -> Unnoticed | None:
    """The note about enabled ISPs without a health check; None if every ISP has one.

    This can be intended (the paper checks only the link), so it is a note and not an alarm.
    """
    enabled = [one for one in config.gateways if one.enabled]
    if enabled and not config.settings.failover.enabled:
        return Unnoticed(
            "Health checks are off: an ISP that fails keeps getting connections.", "/failover", "Enable health checks"
        )
    blind = [one for one in enabled if not any(check.hosts for check in config.checks(one))]
    if not blind:
        return None
    text = f"Only the link of {_names(blind)} is checked: a failure behind it goes unnoticed."
    # The checks for all are no remedy for an ISP that has its own.
    own = all(one.checks is not None for one in blind)
    return Unnoticed(text, f"/isps/{blind[0].number}" if own else "/failover", "Add a check")


def undecided(config: Config) -> Unnoticed | None:
    """The note about Guard while nobody has decided; None afterwards, also if it is off, and without an ISP."""
    if not config.gateways or config.settings.guard.mode is not GuardMode.UNDECIDED:
        return None
    return Unnoticed(UNDECIDED, "/guard", "Decide about Guard")


def _names(gateways: list[Gateway]) -> str:
    if len(gateways) > _MOST_NAMED:
        return f"{len(gateways)} ISPs"
    return joined([one.name for one in gateways])


def news(known: Snapshot, viewer: Viewer | None = None) -> News:
    """How far what is shown can be trusted, and which change waits to be kept, for this viewer."""
    found, viewer = _trust(known), viewer or Viewer()
    waits = trial(known.status, known.waiting, viewer, known.now)
    said = " ".join(filter(None, [found.announcement, waits.announced if waits else ""]))
    back, coming = given_back(known.status, known.now), on_its_way(known.status, known.waiting, viewer)
    return replace(found, announcement=said, trial=waits, on_its_way=coming, given_back=back)


_WITHOUT_WORKER: Final = "Traffic still flows, but failover is paused. This page may be out of date."


def _trust(known: Snapshot) -> News:
    """How far what is shown can be trusted."""
    status = known.status
    said = summary(status, known.now).announcement
    if known.is_silent:
        age = fmt.duration(timedelta(seconds=known.silent_for_s))
        if status is None:
            return News(said, silence=f"The routing service has not reported for {age}. {_WITHOUT_WORKER}")
        return News(said, silence=f"The routing service has not reported for {age}. {_WITHOUT_WORKER}")
    if status is None:
        return News(said)
    wanted = max(known.head.number, status.wanted)
    is_back = status.returned is not None and status.returned.revision == wanted
    is_late = wanted > status.in_force and not status.rejected and not is_back
    applying = f"Applying revision {wanted}" if is_late else ""
    pending = tuple(f"{_subject(one.subject, known.config)}: {one.reason}" for one in status.pending)
    return News(said, applying=applying, troubles=(*status.rejected, *pending))


def _subject(subject: str, config: Config) -> str:
    """`gateways.2` in the words of the page."""
    kind, _, rest = subject.partition(".")
    if kind == "gateways" and rest.isdecimal() and (gateway := config.gateway(int(rest[:6]))) is not None:
        return gateway.name
    return rest or subject
