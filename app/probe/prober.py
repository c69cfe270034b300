"""The one timer behind all probes: sends what is due, hands back what is heard, and says when a verdict changed."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from app.model.probing import Failure, Moment, Outcome, Probe
from app.probe.path import Path
from app.probe.path_prober import PathProber
from app.probe.timestamp import keep_stamping
from app.probe.watched import Watched

# asyncio runs a timer up to its clock's resolution early.
_EARLY_S = 1e-6


def moment() -> Moment:
    """This instant; the monotonic clock is the one that asyncio's timers follow."""
    return Moment(asyncio.get_running_loop().time(), datetime.now(UTC))


@dataclass(slots=True)
class _Gateway:
    """A watched gateway. `prober` None: there is no way to ask by now. `wake_s`: when it is to be served next."""

    path: Path | None
    prober: PathProber | None
    monitor: Watched
    wake_s: float = math.inf


class Prober:
    """Probes any number of gateways, each by its own sockets, from one timer: what is not due costs nothing.

    `on_change` gets the number of a gateway whose verdict changed, by an answer or because time passed. It is called
    from the loop and must not block. Lives in one running loop; not for use from other threads.
    """

    def __init__(self, on_change: Callable[[int], None]) -> None:
        self._on_change = on_change
        self._gateways: dict[int, _Gateway] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = math.inf
        # From here on, and not from the first probe on, so that not even its round trip is the reader's.
        self._stamping = keep_stamping()

    def watch(self, number: int, path: Path | None, monitor: Watched) -> None:
        """Probe gateway `number` by `path` for `monitor`; call it again after anything about either changed.

        Idempotent. Sockets stay open while the path is the same; no other gateway notices. `path` None: there is no
        way now (no address), so nothing is sent.
        """
        known = self._gateways.get(number)
        if known is not None and known.path == path:
            known.monitor = monitor
        else:
            if known is not None and known.prober is not None:
                known.prober.close()
            prober = None if path is None else PathProber(path)
            self._gateways[number] = known = _Gateway(path, prober, monitor)
        known.wake_s = monitor.wake_s(moment())
        self._set_timer()

    def forget(self, number: int) -> None:
        """Probe gateway `number` no more. Idempotent."""
        known = self._gateways.pop(number, None)
        if known is not None and known.prober is not None:
            known.prober.close()
        self._set_timer()

    def close(self) -> None:
        """Forget every gateway; nothing is called any more. Idempotent."""
        for number in tuple(self._gateways):
            self.forget(number)
        self._stamping.close()

    def _set_timer(self) -> None:
        next_s = min((gateway.wake_s for gateway in self._gateways.values()), default=math.inf)
        if next_s == self._timer_s:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_s = next_s
        loop = asyncio.get_running_loop()
        self._timer = None if next_s == math.inf else loop.call_at(next_s, self._wake)

    def _wake(self) -> None:
        """Serve every gateway whose time has come.

        asyncio hands out what arrived before it runs timers that are due, so an answer that came in time while this
        process was busy has been heard by now.
        """
        self._timer, self._timer_s = None, math.inf
        now = moment()
        for number, gateway in tuple(self._gateways.items()):
            if gateway.wake_s <= now.monotonic_s + _EARLY_S and self._gateways.get(number) is gateway:
                self._serve(number, gateway, now)
        self._set_timer()

    def _serve(self, number: int, gateway: _Gateway, now: Moment) -> None:
        changed = gateway.monitor.advance(now)
        for probe in gateway.monitor.due(now):
            report = partial(self._heard, number, gateway, gateway.monitor, probe)
            if gateway.prober is None:
                report(Failure("there is no address to send from"))
            else:
                gateway.prober.ask(probe, report)
        gateway.wake_s = gateway.monitor.wake_s(now)
        if changed:
            self._on_change(number)

    def _heard(self, number: int, gateway: _Gateway, monitor: Watched, probe: Probe, outcome: Outcome) -> None:
        if self._gateways.get(number) is not gateway or gateway.monitor is not monitor:
            return
        now = moment()
        changed = monitor.hear(probe, outcome, now)
        gateway.wake_s = monitor.wake_s(now)
        self._set_timer()
        if changed:
            self._on_change(number)
