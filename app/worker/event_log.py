"""Logs the events of one pass of the loop, each once: verdicts, drift, rejections, tiers, moved flows.

It remembers what was logged, so that only changes become events.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from app.kernel.contract import KernelEvent
from app.model.config import EMPTY, Config, Gateway
from app.model.events.event import Event
from app.model.events.kinds import (
    ChangeRejected,
    DriftContested,
    DriftLeftAlone,
    DriftRepaired,
    FlowsMoved,
    TierChanged,
    VerdictChanged,
)
from app.model.family import Family
from app.model.leg import LegId
from app.model.probing import Moment
from app.model.verdict import State, Verdict
from app.plan.attempts import Contest
from app.plan.render import describe
from app.plan.state import Change
from app.worker import clock
from app.worker.flow_mover import MovedFlows
from app.worker.publisher import Publisher
from app.worker.reconciler import Outcome

# A flushed ruleset or an emptied table is one event, not a hundred.
NAMED_CHANGES: Final = 4


class EventLog:
    """Logs events through the publisher. `note` stores the verdicts whenever the state of one changes."""

    def __init__(self, publisher: Publisher, note: Callable[[Mapping[LegId, Verdict], Moment], None]) -> None:
        self._publisher = publisher
        self._note = note
        self._config = EMPTY
        self._verdicts: dict[LegId, Verdict] = {}
        self._members: tuple[LegId, ...] = ()
        self._switched: dict[LegId, float] = {}
        self._newest_at: datetime | None = None
        self._refusals: Mapping[Hashable, str] = {}

    def begin_with(self, verdicts: Mapping[LegId, Verdict]) -> None:
        """Treat these as logged: an earlier worker logged them."""
        self._verdicts = dict(verdicts)

    def hears(self, leg: LegId, verdict: Verdict) -> bool:
        """Whether this verdict differs from the last one, which it replaces. For changes between two passes."""
        is_news = self._verdicts.get(leg) != verdict
        self._verdicts[leg] = verdict
        return is_news

    def time_switch(self, verdicts: Mapping[LegId, Verdict], took_ms: float) -> None:
        """Remember how long it took from a verdict to routes without its gateway, for the event about it."""
        for leg, verdict in verdicts.items():
            before = self._verdicts.get(leg)
            if before is not None and before.carries and not verdict.carries:
                self._switched[leg] = took_ms

    def add(self, *events: Event) -> None:
        """Log events with the current time."""
        for event in events:
            self._log(event, clock.now().wall)

    def add_turn(
        self,
        config: Config,
        verdicts: Mapping[LegId, Verdict],
        detected_ms: Mapping[LegId, float],
        outcome: Outcome,
        causes: tuple[KernelEvent, ...],
    ) -> None:
        """Log the events of one pass. `detected_ms`: for each gateway that went down, the time until detection."""
        self._config = config
        for since, event in verdict_events(config, self._verdicts, verdicts, detected_ms):
            self._log(event, self._in_order(since))
        if _kept(self._verdicts) != _kept(verdicts):
            self._note(verdicts, clock.now())
        self._verdicts = dict(verdicts)
        if outcome.drift:
            self.add(drift_event(outcome.drift, causes))
        self.add(*contest_events(outcome.contested, outcome.left_alone))
        known, self._refusals = self._refusals, outcome.refusals
        news = (why for one, why in outcome.refusals.items() if known.get(one) != why)
        self.add(*map(ChangeRejected, dict.fromkeys(news)))
        self._add_members(outcome.desired.carrying)

    def add_moved(self, moved: MovedFlows) -> None:
        """Log that flows were moved off a gateway that is down, or off a backup that is no longer needed."""
        number, family = moved.leg
        gateway, verdict = self._config.gateway(number), self._verdicts.get(moved.leg)
        self.add(
            FlowsMoved(
                gateway=f"gateway {number}" if gateway is None else gateway.called(family),
                number=number,
                flows_moved=moved.flows,
                flows_told=moved.told,
                back=moved.back,
                layer=None if verdict is None else verdict.layer,
                switched_ms=self._switched.pop(moved.leg, None),
            )
        )

    def _log(self, event: Event, at: datetime) -> None:
        self._publisher.log(event.logged(at))
        self._newest_at = at

    def _in_order(self, at: datetime) -> datetime:
        """The time for the log: not before the last entry, as a verdict may be older than events logged before it, and
        not after now, as the clock may have been set back.
        """
        newest_at = at if self._newest_at is None else max(at, self._newest_at)
        return min(newest_at, clock.now().wall)

    def _add_members(self, members: tuple[LegId, ...]) -> None:
        before, self._members = self._members, members
        self.add(*tier_events(self._config, before, members, self._verdicts))


def _kept(verdicts: Mapping[LegId, Verdict]) -> dict[LegId, tuple[object, ...]]:
    """What a next worker has to know at once."""
    return {leg: (one.state, one.unproven) for leg, one in verdicts.items()}


def verdict_events(
    config: Config, before: Mapping[LegId, Verdict], after: Mapping[LegId, Verdict], detected_ms: Mapping[LegId, float]
) -> Iterator[tuple[datetime, Event]]:
    """One event for each leg whose state changed, with the time of the change. A new leg that is `unknown` has none."""
    for leg, (gateway, _) in config.legs.items():
        now, then = after.get(leg), before.get(leg)
        if now is None or now.state is (State.UNKNOWN if then is None else then.state):
            continue
        took_ms = detected_ms.get(leg) if now.state is State.DOWN else None
        name = gateway.called(leg.family)
        yield now.since, VerdictChanged(name, leg.number, now.state, now.reason, now.layer, took_ms)


def tier_events(
    config: Config, before: tuple[LegId, ...], after: tuple[LegId, ...], verdicts: Mapping[LegId, Verdict]
) -> Iterator[Event]:
    """An event if another tier carries new connections of a family: which gateways, and the state of those that did
    before.
    """
    for family in config.families:
        then, now = _known(config, before, family), _known(config, after, family)
        if not then or not now or {one.tier for one in then.values()} & {one.tier for one in now.values()}:
            continue
        was, (first, best) = next(iter(then.values())), next(iter(now.items()))
        down = {leg: one for leg, one in then.items() if leg in verdicts and verdicts[leg].state is State.DOWN}
        yield TierChanged(
            gateways=_names(now),
            number=first.number,
            tier=best.tier,
            is_better=best.tier < was.tier,
            down=_names(down),
            standby=_names({leg: one for leg, one in then.items() if leg not in down}),
        )


def drift_event(drift: tuple[Change, ...], causes: tuple[KernelEvent, ...]) -> Event:
    """The event of repaired drift: what was repaired, and the other program if the kernel names it."""
    return DriftRepaired(
        changes=tuple(describe(change) for change in drift[:NAMED_CHANGES]),
        more=max(0, len(drift) - NAMED_CHANGES),
        seen=tuple(dict.fromkeys(event.text for event in causes[:NAMED_CHANGES] if event.text)),
        actor=", ".join(dict.fromkeys(event.actor for event in causes if event.actor)),
    )


def contest_events(begun: tuple[Contest, ...], over: tuple[Contest, ...]) -> Iterator[Event]:
    """Events about objects that another program keeps changing, so that repairs are delayed, or no longer does."""
    for contests, kind in ((begun, DriftContested), (over, DriftLeftAlone)):
        if contests:
            yield kind(
                changes=tuple(describe(one.change) for one in contests[:NAMED_CHANGES]),
                more=max(0, len(contests) - NAMED_CHANGES),
                actor=", ".join(dict.fromkeys(one.actor for one in contests if one.actor)),
            )


def _known(config: Config, legs: Iterable[LegId], family: Family | None = None) -> dict[LegId, Gateway]:
    """The legs that the configuration has, each with its gateway; `family` None: of all families."""
    of_it = (leg for leg in legs if family in {leg.family, None})
    return {leg: one for leg in of_it if (one := config.gateway(leg.number)) is not None}


def _names(legs: Mapping[LegId, Gateway]) -> tuple[str, ...]:
    return tuple(one.called(leg.family) for leg, one in legs.items())
