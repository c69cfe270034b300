"""The health of all gateways: a monitor lives as long as its gateway stays the same."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.health.adoption import Remembered, first_verdict
from app.health.monitor import Monitor
from app.health.situation import Situation, situation
from app.health.watch import Watch, watch
from app.model.config import Config, Gateway
from app.model.facts import Facts
from app.model.family import Family, IPAddress
from app.model.probing import Moment
from app.model.verdict import Layer, State, Verdict
from app.probe.path import Path
from app.probe.prober import Prober


@dataclass(frozen=True, slots=True)
class _Identity:
    """What a verdict is about. When any of it changes, what was known before says nothing about now."""

    interface: str
    address: IPAddress | None
    source: IPAddress | None
    next_hop: IPAddress | None

    @property
    def way(self) -> tuple[str, IPAddress | None]:
        """What a flow is tied to: the interface and the source address that it left with."""
        return self.interface, self.source


@dataclass(slots=True)
class _Watched:
    identity: _Identity
    settings: Watch
    monitor: Monitor
    remembered: bool = False
    path: Path | None = None

    def may_be(self, identity: _Identity) -> bool:
        """Whether what is found now may be what an earlier worker knew, so that its verdict goes on.

        A worker that starts during an outage finds no address, and its gateway must not skip its hold for that.
        """
        same = (self.identity.interface, self.identity.address) == (identity.interface, identity.address)
        return self.remembered and self.identity.source is None and same


class Gateways:
    """Monitors by number, fed with facts, probed through `prober`."""

    def __init__(self, prober: Prober, boot_id: str) -> None:
        self._prober = prober
        self._boot_id = boot_id
        self._watched: dict[int, _Watched] = {}
        self._refused: Mapping[int, str] = {}
        self._standby: frozenset[int] = frozenset()

    def refuse(self, refused: Mapping[int, str]) -> bool:
        """Take note of the gateways that the kernel cannot hold, and why; whether that is news.

        They have no table and no mark rule, so a probe of theirs could leave by another ISP: they are not probed, and
        `follow` finds them down.
        """
        before, self._refused = self._refused, dict(refused)
        return before != self._refused

    def follow(
        self,
        config: Config,
        facts: Facts,
        remembered: Mapping[int, Remembered],
        in_use: frozenset[int],
        now: Moment,
    ) -> frozenset[int]:
        """Watch exactly the gateways of `config` as they stand by `facts`.

        `remembered` and `in_use` (the numbers in the kernel's balanced table) count for gateways seen first.
        Returns the numbers whose flows have lost their way: the gateway is gone, or our address on it is another.
        """
        gone = self._watched.keys() - {gateway.number for gateway in config.gateways}
        astray = set(gone)
        for number in gone:
            self._forget(number)
        for gateway in config.gateways:
            seen, settings = self._situation(gateway, config, facts), self._settings(gateway, config)
            watched = self._watched.get(gateway.number)
            identity = _identity(gateway, seen, watched)
            remember = None
            if watched is None:
                remember = remembered.get(gateway.number)
                first = first_verdict(remember, self._boot_id, in_use=gateway.number in in_use, now=now)
            elif watched.may_be(identity):
                watched.identity = identity
            elif watched.identity != identity:
                if watched.identity.source is not None and watched.identity.way != identity.way:
                    astray.add(gateway.number)
                first = first_verdict(None, self._boot_id, in_use=False, now=now)
                watched = None
            if watched is None:
                watched = _Watched(identity, settings, Monitor(settings, first, now), remember is not None)
                self._watched[gateway.number] = watched
            elif watched.settings != settings:
                watched.settings = settings
                watched.monitor.configure(settings, now)
            watched.path = _path(gateway.number, seen)
            watched.monitor.attach(seen, now)
        return frozenset(astray)

    def stand_by(self, standby: Collection[int], config: Config, now: Moment) -> None:
        """Ask those that only stand by less often, and those that do not any more at once. What is known stays."""
        self._standby = frozenset(standby)
        for gateway in config.gateways:
            watched, settings = self._watched.get(gateway.number), self._settings(gateway, config)
            if watched is not None and watched.settings != settings:
                watched.settings = settings
                watched.monitor.configure(settings, now)

    def _settings(self, gateway: Gateway, config: Config) -> Watch:
        """How it is to be watched: what is down or not known is asked as often as what is in use."""
        watched = self._watched.get(gateway.number)
        is_up = watched is not None and watched.monitor.verdict.state is State.UP
        return watch(gateway, config, resting=is_up and gateway.number in self._standby)

    def probe(self) -> None:
        """Have every gateway probed as it stands now. Call it when the kernel holds its address and its table:
        a probe that cannot leave would be counted as lost.
        """
        for number, watched in self._watched.items():
            self._prober.watch(number, None if number in self._refused else watched.path, watched.monitor)

    def _situation(self, gateway: Gateway, config: Config, facts: Facts) -> Situation:
        if gateway.number in self._refused:
            return Situation(gateway.interface, fault=Layer.ADDRESS, text=self._refused[gateway.number])
        return situation(gateway, Family.IPV4, config, facts)

    def verdicts(self) -> dict[int, Verdict]:
        """Every gateway's verdict, by number."""
        return {number: watched.monitor.verdict for number, watched in self._watched.items()}

    def monitor(self, number: int) -> Monitor | None:
        """The monitor of this gateway, or None where there is no such gateway."""
        watched = self._watched.get(number)
        return None if watched is None else watched.monitor

    def path(self, number: int) -> Path | None:
        """How this gateway is probed now, or None while it cannot be."""
        watched = self._watched.get(number)
        return None if watched is None else watched.path

    def _forget(self, number: int) -> None:
        self._prober.forget(number)
        del self._watched[number]


def _path(number: int, seen: Situation) -> Path | None:
    if seen.fault is not None or seen.source is None:
        return None
    return Path(number=number, interface=seen.interface, source=seen.source)


def _identity(gateway: Gateway, seen: Situation, before: _Watched | None) -> _Identity:
    """A lost carrier or lease changes nothing about whom we talk to once they are back."""
    source, next_hop = seen.source, seen.next_hop
    if source is None and before is not None:
        source, next_hop = before.identity.source, before.identity.next_hop
    return _Identity(gateway.interface, gateway.ipv4.address, source, next_hop)
