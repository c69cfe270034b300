"""What a turn of the loop has brought, told once: verdicts, drift, refusals, who carries, whose flows were moved.

It remembers what it has told, so that only what is new is an event.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from app.kernel.contract import KernelEvent
from app.model.config import EMPTY, Config
from app.model.probing import Moment
from app.model.status import Event, EventKind
from app.model.verdict import Verdict
from app.worker import clock, timeline
from app.worker.moves import Moved
from app.worker.reconciler import Outcome
from app.worker.voice import Voice


class Narrator:
    """Puts events into the timeline through `voice`; `note` keeps the verdicts whenever one of their states is new."""

    def __init__(self, voice: Voice, note: Callable[[Mapping[int, Verdict], Moment], None]) -> None:
        self._voice = voice
        self._note = note
        self._config = EMPTY
        self._verdicts: dict[int, Verdict] = {}
        self._members: tuple[int, ...] = ()
        self._early: frozenset[int] = frozenset()
        self._switched: dict[int, float] = {}
        self._newest_at: datetime | None = None

    def begin_with(self, verdicts: Mapping[int, Verdict]) -> None:
        """Take these for told: an earlier worker did."""
        self._verdicts = dict(verdicts)

    def hears(self, number: int, verdict: Verdict) -> bool:
        """Whether this verdict is another than the last; it counts as heard. For what changes between two turns."""
        is_news = self._verdicts.get(number) != verdict
        self._verdicts[number] = verdict
        return is_news

    def time_switch(self, verdicts: Mapping[int, Verdict], took_ms: float) -> None:
        """Remember how long it took from a verdict to routes without its gateway, for the event that tells of it."""
        for number, verdict in verdicts.items():
            before = self._verdicts.get(number)
            if before is not None and before.carries and not verdict.carries:
                self._switched[number] = took_ms

    def tell(
        self,
        config: Config,
        verdicts: Mapping[int, Verdict],
        detected_ms: Mapping[int, float],
        outcome: Outcome,
        causes: tuple[KernelEvent, ...],
    ) -> None:
        """Put into the timeline what this turn has brought. `detected_ms`: how long it took to see that one fell."""
        self._config = config
        self._say(*map(self._in_order, timeline.verdict_events(config, self._verdicts, verdicts, detected_ms)))
        if {number: one.state for number, one in self._verdicts.items()} != {
            n: one.state for n, one in verdicts.items()
        }:
            self._note(verdicts, clock.now())
        self._verdicts = dict(verdicts)
        if outcome.drift:
            self._say(timeline.drift_event(outcome.drift, causes, clock.now().wall))
        for sentence in outcome.rejected:
            self._voice.say_once(Event(at=clock.now().wall, kind=EventKind.REJECTED, text=sentence))
        self._tell_of_members(outcome.desired.members)

    def _say(self, *events: Event) -> None:
        self._voice.say(*events)
        for event in events:
            self._newest_at = event.at

    def _in_order(self, event: Event) -> Event:
        """The event with a time that is not before what was told last: a verdict may be older than what it is told
        behind. And not after now, where the clock was set back.
        """
        newest_at = event.at if self._newest_at is None else max(event.at, self._newest_at)
        return replace(event, at=min(newest_at, clock.now().wall))

    def _tell_of_members(self, members: tuple[int, ...]) -> None:
        before, self._members, at = self._members, members, clock.now().wall
        was_early, self._early = self._early, timeline.early(members, self._verdicts)
        self._voice.say(*timeline.lost_events(self._config, was_early, self._verdicts, at))
        told = (
            timeline.tier_event(self._config, before, members, self._verdicts, at),
            timeline.early_event(self._config, was_early, self._early, at),
        )
        self._say(*(one for one in told if one is not None))

    def tell_moved(self, moved: Moved) -> None:
        """Tell that new connections avoid a gateway, or that a backup gave its own back."""
        verdict, switched_ms = self._verdicts.get(moved.number), self._switched.pop(moved.number, None)
        self._say(timeline.failover_event(self._config, moved, clock.now().wall, verdict, switched_ms))

    def tell_news(self, sentences: Iterable[str]) -> None:
        """Tell what concerns the worker itself."""
        self._say(*(Event(at=clock.now().wall, kind=EventKind.WORKER, text=one) for one in sentences))

    def tell_revision(self, text: str, number: int) -> None:
        """Tell what became of a revision."""
        self._say(Event(at=clock.now().wall, kind=EventKind.REVISION, text=text, revision=number))
