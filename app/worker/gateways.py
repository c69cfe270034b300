"""The health of all gateways: one monitor for each leg, kept as long as the leg stays the same."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter

from app.health.adoption import Remembered, first_verdict
from app.health.monitor import Monitor
from app.health.situation import Situation, situation
from app.health.watch import Watch, watch
from app.model.config import Config, Gateway
from app.model.facts import Facts
from app.model.family import IPAddress
from app.model.leg import Leg, LegId
from app.model.probing import Moment
from app.model.status import TargetStatus
from app.model.verdict import Layer, State, Verdict
from app.probe.path import Path
from app.probe.prober import Prober
from app.worker import clock
from app.worker.rate_limit import RateLimit

MOST_IN_WINDOW: Final = 50
WINDOW_S: Final = 1.0

_TARGETS: Final = TypeAdapter(tuple[TargetStatus, ...])


@dataclass(frozen=True, slots=True)
class _Identity:
    """What a verdict is about. When any of this changes, the earlier verdict no longer counts."""

    interface: str
    address: IPAddress | None
    source: IPAddress | None
    next_hop: IPAddress | None

    @property
    def way(self) -> tuple[str, IPAddress | None]:
        """The interface and source address that a flow is bound to."""
        return self.interface, self.source


@dataclass(slots=True)
class _Watched:
    identity: _Identity
    settings: Watch
    monitor: Monitor
    remembered: bool = False
    path: Path | None = None

    def may_be(self, identity: _Identity) -> bool:
        """Whether this may be the gateway that an earlier worker knew, so that its verdict continues.

        A worker that starts during an outage finds no address; that must not end the gateway's hold-down.
        """
        same = (self.identity.interface, self.identity.address) == (identity.interface, identity.address)
        return self.remembered and self.identity.source is None and same


class Gateways:
    """The monitors by leg. They get facts, and send probes through `prober`."""

    def __init__(self, prober: Prober, boot_id: str) -> None:
        self._prober = prober
        self._boot_id = boot_id
        self._watched: dict[LegId, _Watched] = {}
        self._refused: Mapping[int, str] = {}
        self._standby: frozenset[LegId] = frozenset()
        self._quota = RateLimit(MOST_IN_WINDOW, WINDOW_S)

    def refuse(self, refused: Mapping[int, str]) -> bool:
        """Set the gateways that cannot be installed in the kernel, with the reasons; whether that is a change.

        They have neither table nor mark rule, so their probes could leave through another ISP. They are not probed, and
        `follow` reports them as down.
        """
        before, self._refused = self._refused, dict(refused)
        return before != self._refused

    def follow(
        self,
        config: Config,
        facts: Facts,
        remembered: Mapping[LegId, Remembered],
        in_use: frozenset[LegId],
        now: Moment,
    ) -> frozenset[LegId]:
        """Watch exactly the legs of the gateways of `config`, attached as `facts` say.

        `remembered` and `in_use` (those in the kernel's balanced tables) apply to new legs only. Returns the legs whose
        flows cannot continue: the leg is gone, or its source address has changed.
        """
        legs = config.legs
        gone = self._watched.keys() - legs.keys()
        astray = set(gone)
        for one in gone:
            self._forget(one)
        for one, (gateway, leg) in legs.items():
            seen, settings = self._situation(gateway, leg, config, facts), self._settings(one, gateway, config)
            watched = self._watched.get(one)
            identity = _identity(gateway, leg, seen, watched)
            remember = None
            if watched is None:
                remember = remembered.get(one)
                first = first_verdict(remember, self._boot_id, in_use=one in in_use, now=now)
            elif watched.may_be(identity):
                watched.identity = identity
            elif watched.identity != identity:
                if watched.identity.source is not None and watched.identity.way != identity.way:
                    astray.add(one)
                first = first_verdict(None, self._boot_id, in_use=False, now=now)
                watched = None
            if watched is None:
                watched = _Watched(identity, settings, Monitor(settings, first, now), remember is not None)
                self._watched[one] = watched
            elif watched.settings != settings:
                watched.settings = settings
                watched.monitor.configure(settings, now)
            watched.path = _path(one.number, seen)
            watched.monitor.attach(seen, now)
        return frozenset(astray)

    def stand_by(self, standby: Collection[LegId], config: Config, now: Moment) -> None:
        """Probe gateways on standby less often, and those that are no longer on standby at once. Their history is
        kept.
        """
        self._standby = frozenset(standby)
        for one, (gateway, _) in config.legs.items():
            watched, settings = self._watched.get(one), self._settings(one, gateway, config)
            if watched is not None and watched.settings != settings:
                watched.settings = settings
                watched.monitor.configure(settings, now)

    def return_early(self, legs: Iterable[LegId], now: Moment) -> bool:
        """Count those of them as up that are used before their hold-down is over; whether there is one."""
        found = [self._watched[leg].monitor.return_early(now) for leg in legs if leg in self._watched]
        return any(found)

    def _settings(self, leg: LegId, gateway: Gateway, config: Config) -> Watch:
        """Checks and timing: only a gateway that is up and on standby is probed less often."""
        watched = self._watched.get(leg)
        is_up = watched is not None and watched.monitor.verdict.state is State.UP
        return watch(gateway, config, resting=is_up and leg in self._standby)

    def probe(self) -> None:
        """Probe every leg with its current attachment. Call this once its address and table are in the kernel: a probe
        that cannot leave would count as lost.
        """
        for leg, watched in self._watched.items():
            self._prober.watch(leg, None if leg.number in self._refused else watched.path, watched.monitor)

    def _situation(self, gateway: Gateway, leg: Leg, config: Config, facts: Facts) -> Situation:
        if gateway.number in self._refused:
            return Situation(gateway.interface, fault=Layer.ADDRESS, text=self._refused[gateway.number])
        return situation(gateway, leg.family, config, facts)

    def verdicts(self) -> dict[LegId, Verdict]:
        """The verdict on every leg."""
        return {leg: watched.monitor.verdict for leg, watched in self._watched.items()}

    def monitor(self, leg: LegId) -> Monitor | None:
        """The monitor of this leg, or None."""
        watched = self._watched.get(leg)
        return None if watched is None else watched.monitor

    async def targets(self, request: Mapping[str, object]) -> str:
        """The answer to `targets`: the targets of all checks of `gateway`, as JSON. It changes nothing."""
        if not self._quota.take(clock.now().monotonic_s):
            return json.dumps({"error": f"more than {MOST_IN_WINDOW} requests in {WINDOW_S:g} s: try again later"})
        now_s = clock.now().monotonic_s
        found = (
            replace(one, family=leg.family)
            for leg, watched in self._watched.items()
            if leg.number == request.get("gateway")
            for one in watched.monitor.targets(now_s)
        )
        return _TARGETS.dump_json(tuple(found)).decode()

    def path(self, leg: LegId) -> Path | None:
        """The path of this leg's probes, or None while it cannot be probed."""
        watched = self._watched.get(leg)
        return None if watched is None else watched.path

    def _forget(self, leg: LegId) -> None:
        self._prober.forget(leg)
        del self._watched[leg]


def _path(number: int, seen: Situation) -> Path | None:
    if seen.fault is not None or seen.source is None:
        return None
    return Path(number=number, interface=seen.interface, source=seen.source)


def _identity(gateway: Gateway, leg: Leg, seen: Situation, before: _Watched | None) -> _Identity:
    """The identity of a gateway. Without carrier or lease it stays: the same ISP is expected when they are back."""
    source, next_hop = seen.source, seen.next_hop
    if source is None and before is not None:
        source, next_hop = before.identity.source, before.identity.next_hop
    return _Identity(gateway.interface, leg.address, source, next_hop)
