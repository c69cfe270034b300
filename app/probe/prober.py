"""The one timer of all probes: sends those that are due, passes on outcomes, and reports changed verdicts."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from app.model.leg import LegId
from app.model.probing import Failure, Moment, Outcome, Probe
from app.probe.path import Path
from app.probe.path_prober import PathProber
from app.probe.timestamp import keep_stamping


class Watched(Protocol):
    """Decides which probes to send and when, and takes their outcomes. A method returns True if the verdict changed."""

    def due(self, now: Moment) -> tuple[Probe, ...]:
        """The probes to send now; each counts as sent."""
        ...

    def hear(self, probe: Probe, outcome: Outcome, now: Moment) -> bool:
        """Record the outcome of a probe."""
        ...

    def advance(self, now: Moment) -> bool:
        """Expire probes."""
        ...

    def wake_s(self, now: Moment) -> float:
        """When to call `advance` and `due` next, on the monotonic clock; infinity: time alone changes nothing."""
        ...


# asyncio runs a timer up to its clock's resolution early.
_EARLY_S = 1e-6


def moment() -> Moment:
    """The current time; the monotonic clock is that of asyncio's timers."""
    return Moment(asyncio.get_running_loop().time(), datetime.now(UTC))


@dataclass(slots=True)
class _Leg:
    """A watched leg. `prober` None: it cannot be probed now. `wake_s`: when it is due next."""

    path: Path | None
    prober: PathProber | None
    monitor: Watched
    wake_s: float = math.inf


class Prober:
    """Probes any number of gateways' legs, each with its own sockets, from one timer: legs that are not due cost
    nothing.

    `on_change` gets the leg whose verdict changed, by a reply or because time passed. It is called from the event loop
    and must not block. Not for use from other threads.
    """

    def __init__(self, on_change: Callable[[LegId], None]) -> None:
        self._on_change = on_change
        self._legs: dict[LegId, _Leg] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = math.inf
        # Started here and not with the first probe, so that not even the first round-trip time is too long.
        self._stamping = keep_stamping()

    def watch(self, leg: LegId, path: Path | None, monitor: Watched) -> None:
        """Probe `leg` through `path` for `monitor`. Call this again after a change of either.

        Idempotent. Sockets stay open while the path is the same; other legs are not affected. `path` None: the leg
        cannot be probed now (no address), so nothing is sent.
        """
        known = self._legs.get(leg)
        if known is not None and known.path == path:
            known.monitor = monitor
        else:
            if known is not None and known.prober is not None:
                known.prober.close()
            prober = None if path is None else PathProber(path)
            self._legs[leg] = known = _Leg(path, prober, monitor)
        known.wake_s = monitor.wake_s(moment())
        self._set_timer()

    def forget(self, leg: LegId) -> None:
        """Stop probing `leg`. Idempotent."""
        known = self._legs.pop(leg, None)
        if known is not None and known.prober is not None:
            known.prober.close()
        self._set_timer()

    def close(self) -> None:
        """Stop probing; `on_change` is not called any more. Idempotent."""
        for leg in tuple(self._legs):
            self.forget(leg)
        self._stamping.close()

    def _set_timer(self) -> None:
        next_s = min((watched.wake_s for watched in self._legs.values()), default=math.inf)
        if next_s == self._timer_s:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_s = next_s
        loop = asyncio.get_running_loop()
        self._timer = None if next_s == math.inf else loop.call_at(next_s, self._wake)

    def _wake(self) -> None:
        """Serve every leg that is due.

        asyncio delivers received packets before it runs due timers. So a reply that arrived in time while this process
        was busy has already been counted.
        """
        self._timer, self._timer_s = None, math.inf
        now = moment()
        for leg, watched in tuple(self._legs.items()):
            if watched.wake_s <= now.monotonic_s + _EARLY_S and self._legs.get(leg) is watched:
                self._serve(leg, watched, now)
        self._set_timer()

    def _serve(self, leg: LegId, watched: _Leg, now: Moment) -> None:
        changed = watched.monitor.advance(now)
        for probe in watched.monitor.due(now):
            report = partial(self._heard, leg, watched, watched.monitor, probe)
            if watched.prober is None:
                report(Failure("there is no address to send from"))
            else:
                watched.prober.ask(probe, report)
        watched.wake_s = watched.monitor.wake_s(now)
        if changed:
            self._on_change(leg)

    def _heard(self, leg: LegId, watched: _Leg, monitor: Watched, probe: Probe, outcome: Outcome) -> None:
        if self._legs.get(leg) is not watched or watched.monitor is not monitor:
            return
        now = moment()
        changed = monitor.hear(probe, outcome, now)
        watched.wake_s = monitor.wake_s(now)
        self._set_timer()
        if changed:
            self._on_change(leg)
