"""The health of one gateway: schedules probes, takes their results, and keeps the verdict with its sentence.

The sentences of a verdict are here ("recovering, back in use in 7 s"), those of a failing check in check.py, those of
link, address and next hop in situation.py. How long a hold-down lasts is in hold.py.

Pure: time is an argument, nothing is sent from here. The owner of a Monitor calls `advance` and `due` at `wake_s`,
passes every probe's outcome to `hear`, and every change of link, address or next hop to `attach`.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from app.health.adoption import NOT_ASKED, WAS_IN_USE
from app.health.check import CheckState
from app.health.hold import Hold
from app.health.situation import Situation
from app.health.statistics import Statistics, statistics
from app.health.target import TICK_S, Target
from app.health.unproven import Unproven
from app.health.watch import Watch
from app.model.check import Check
from app.model.probing import Moment, Outcome, Probe
from app.model.status import LayerStatus, TargetStatus
from app.model.verdict import Layer, State, Verdict
from app.model.words import joined

# Neighboring numbers land far apart on the interval: multiples of the golden ratio fill a circle most evenly.
_SPREAD = (math.sqrt(5) - 1) / 2
EARLY = "hold-down skipped, because no other ISP works"
_ORDER = {layer: index for index, layer in enumerate(Layer)}


class Monitor:
    """What is known of one gateway, and the verdict on it.

    `verdict` equals the one before it exactly when nothing changed. `detected_s`: for the newest fall, from the first
    missed probe's send to the verdict; None where it took no probe (carrier, address).
    """

    def __init__(self, watched: Watch, first: Verdict, now: Moment) -> None:
        self.verdict = first
        self.detected_s: float | None = None
        self._situation: Situation | None = None
        self._linked_s = math.inf
        self._fell_s = now.monotonic_s
        self._early_until_s = -math.inf
        self._unproven = Unproven(first.unproven)
        self._hold = Hold(watched.timing.hold_s)
        self._targets: dict[int, Target] = {}
        self._numbered = 0
        self.configure(watched, now)

    def configure(self, watched: Watch, now: Moment) -> bool:
        """Apply new settings; True: the verdict changed.

        Targets that remain keep their history. The verdict stays until replies change it.
        """
        self._watch = watched
        if watched.enabled:
            self._unproven.configure(watched.checks, works=self.verdict.carries, strict=watched.strict)
        self._hold.configure(watched.timing.hold_s)
        known = {(target.check, target.host): target for target in self._targets.values()}
        self._targets = {}
        self._checks: list[CheckState] = []
        for check in watched.checks if watched.enabled else ():
            if check.hosts:
                targets = tuple(self._target(check, host, known, now.monotonic_s) for host in check.hosts)
                self._checks.append(CheckState(check, targets, watched.timing))
        self._checks.sort(key=lambda asking: _ORDER[asking.layer])
        return self._decide(now)

    def _target(self, check: Check, host: str, known: dict[tuple[Check, str], Target], now_s: float) -> Target:
        target = known.get((check, host))
        if target is None:
            phase = self._watch.number * _SPREAD % 1
            timing = self._watch.timing
            target = Target(check=check, host=host, index=self._numbered, timing=timing, phase=phase, now_s=now_s)
            self._numbered += 1
        else:
            target.configure(self._watch.timing, now_s)
        self._targets[target.index] = target
        return target

    # What happens

    def attach(self, seen: Situation, now: Moment) -> bool:
        """Set the state of link, address and next hop; True: the verdict changed.

        A fault there makes the verdict `down` at once. When the fault is over, every target starts from zero.
        """
        before, self._situation = self._situation, seen
        if seen.fault is not None:
            self._linked_s = math.inf
        elif before is None or before.fault is not None:
            self._linked_s = now.monotonic_s
            for target in self._targets.values():
                target.restart(now.monotonic_s)
        return self._decide(now)

    def due(self, now: Moment) -> tuple[Probe, ...]:
        """The probes to send now; each counts as sent."""
        if not self._askable:
            return ()
        until_s, eager = now.monotonic_s + TICK_S, self._eager
        due = [one for one in self._targets.values() if one.next_probe_s(eager=eager) <= until_s]
        return tuple(target.ask(now.monotonic_s) for target in due)

    def hear(self, probe: Probe, outcome: Outcome, now: Moment) -> bool:
        """Record the outcome of a probe; True: the verdict changed. Outcomes of expired probes are ignored."""
        target = self._targets.get(probe.target)
        if target is None or not self._askable:
            return False
        target.hear(probe.sequence, outcome)
        return self._decide(now)

    def advance(self, now: Moment) -> bool:
        """Expire probes; True: the verdict changed. Call `hear` first for outcomes received before `now`."""
        if self._askable:
            for target in self._targets.values():
                target.expire(now.monotonic_s)
        return self._decide(now)

    def wake_s(self, now: Moment) -> float:
        """When to call `advance` and `due` next (monotonic); infinity: time alone changes nothing."""
        if not self._askable:
            return math.inf
        eager = self._eager
        wake_s = min((target.wake_s(eager=eager) for target in self._targets.values()), default=math.inf)
        if self.verdict.state is State.UP and self.verdict.risen:
            wake_s = min(wake_s, self._early_until_s)
        if self.verdict.state is State.DOWN and (waits_s := self._waits_s(now.monotonic_s)) < math.inf:
            step_s = _step_s(waits_s)
            wake_s = min(wake_s, now.monotonic_s + waits_s - (_steps(waits_s) - 1) * step_s)
        return wake_s

    def return_early(self, now: Moment) -> bool:
        """Set a gateway that has risen to up before the end of its hold-down; True: the verdict changed.

        It carries traffic because no other gateway does. From then on it is up as long as it replies: to leave it
        because another one's hold-down ends first would move its flows twice.
        """
        if not self.verdict.risen or self.verdict.state is not State.DOWN:
            return False
        self._early_until_s = now.monotonic_s + self._waits_s(now.monotonic_s)
        self._be_up(now)
        return True

    # What it adds up to

    @property
    def _askable(self) -> bool:
        return self._watch.enabled and self._situation is not None and self._situation.fault is None

    @property
    def _eager(self) -> bool:
        """A gateway that is down is not probed in bursts: its hold-down has to pass anyway."""
        return self.verdict.state is not State.DOWN

    def _decide(self, now: Moment) -> bool:
        """Compute the verdict; True: it changed."""
        before, seen = self.verdict, self._situation
        self._unproven.hear(self._checks)
        if not self._watch.enabled:
            self._turn(State.UNKNOWN, "not checked: failover is off", now, carries=True)
        elif seen is None:
            return False
        elif seen.fault is not None:
            self._turn(State.DOWN, seen.text, now, layer=seen.fault)
        elif before.state is State.DOWN:
            self._decide_return(seen, now)
        else:
            self._decide_fall(seen, now)
        return self.verdict != before

    def _decide_fall(self, seen: Situation, now: Moment) -> None:
        """For a gateway that is up or unknown: down if a check fails, up if all pass."""
        failing = next((asking for asking in self._counted if asking.fails), None)
        if failing is not None:
            first_s = (one.first_missed_s for one in failing.fallen if one.first_missed_s is not None)
            self._fail(failing, seen, now)
            self.detected_s = now.monotonic_s - min(first_s, default=now.monotonic_s)
        elif self.verdict.state is State.UP or all(asking.passes for asking in self._counted):
            self._be_up(now)
        else:
            carries = self.verdict.carries
            self._turn(State.UNKNOWN, WAS_IN_USE if carries else NOT_ASKED, now, carries=carries)

    def _decide_return(self, seen: Situation, now: Moment) -> None:
        """For a gateway that is down: up after its hold-down, or the reason why not yet."""
        silent = next((asking for asking in self._counted if asking.silent), None)
        if silent is not None:
            self._fail(silent, seen, now)
            return
        waits_s = self._waits_s(now.monotonic_s)
        if waits_s <= TICK_S:
            self._be_up(now)
        elif waits_s < math.inf:
            left = _steps(waits_s) * _step_s(waits_s)
            reason, risen = f"recovering, back in use in {left} s", self._rises_in_s(now.monotonic_s) <= TICK_S
            self._turn(State.DOWN, reason, now, layer=self.verdict.layer, answers=True, risen=risen)
        elif self.verdict.layer in {Layer.CARRIER, Layer.ADDRESS}:
            self._turn(State.DOWN, "the link is back, waiting for the first reply", now, layer=self.verdict.layer)

    def _be_up(self, now: Moment) -> None:
        """Set the verdict to up; `risen` until the skipped hold-down would have ended."""
        is_early = now.monotonic_s < self._early_until_s - TICK_S
        praise = "all checks passing" if self._counted else "no health checks; link and address OK"
        if names := self._unproven.names:
            praise = f"{praise}; {joined(names)} not counted before the first reply"
        self._turn(State.UP, EARLY if is_early else praise, now, carries=True, risen=is_early)

    @property
    def _counted(self) -> list[CheckState]:
        """The checks that decide: all but the unproven ones."""
        return [asking for asking in self._checks if self._unproven.counts(asking.check)]

    def _fail(self, asking: CheckState, seen: Situation, now: Moment) -> None:
        """Name the lowest failing layer: an unreachable next hop explains why a check fails."""
        if seen.next_hop_answers is False:
            self._turn(State.DOWN, seen.next_hop_text, now, layer=Layer.NEXT_HOP)
        else:
            self._turn(State.DOWN, asking.complaint(), now, layer=asking.layer)

    def _waits_s(self, now_s: float) -> float:
        """Seconds until a gateway that is down may return if no reply is lost; infinity while a check gets no reply.

        Replies from before the gateway went down do not count toward its hold-down.
        """
        good_since_s = max(self._fell_s, self._linked_s, *(asking.good_since_s() for asking in self._counted))
        return max(good_since_s + self._hold.hold_s - now_s, self._rises_in_s(now_s))

    def _rises_in_s(self, now_s: float) -> float:
        """Seconds until every check has `rise` replies in a row, if none is lost."""
        return max((asking.rises_in_s(now_s) for asking in self._counted), default=0.0)

    def _turn(
        self,
        state: State,
        reason: str,
        now: Moment,
        *,
        layer: Layer | None = None,
        carries: bool = False,
        answers: bool = False,
        risen: bool = False,
    ) -> None:
        """Set this verdict unless it is set already. `since` changes with the state, and never goes back.

        A gateway that fails during its hold-down gets a new `since` too: it may have been in use where no other worked.
        """
        old = self.verdict
        since = max(old.since, now.wall) if old.risen and not risen and state is State.DOWN else old.since
        new = Verdict(
            state=state,
            reason=reason,
            since=since,
            layer=layer,
            carries=carries,
            answers=answers,
            risen=risen,
            unproven=self._unproven.names,
        )
        if new == old:
            return
        if old.state is not state:
            since = max(since, now.wall)
            if state is State.DOWN:
                self._fell_s, self.detected_s = now.monotonic_s, None
                self._early_until_s = -math.inf
                self._hold.fell(now.monotonic_s)
            elif old.state is State.DOWN:
                self._hold.returned(now.monotonic_s)
        self.verdict = replace(new, since=since)

    # What to show

    def layers(self) -> tuple[LayerStatus, ...]:
        """Every layer that was checked, from the cable upward; above a broken link none is."""
        if self._situation is None:
            return ()
        checks = self._checks if self._askable else []
        return (*self._situation.layers(), *(one.status(counts=self._unproven.counts(one.check)) for one in checks))

    def statistics(self, now_s: float) -> Statistics:
        """RTT, jitter and loss of the gateway: those of its lowest check, over the best targets that make its quorum.

        Old figures are never reported: none while no probe can be sent (no carrier), no round-trip time while no target
        replies.
        """
        checks = self._counted
        if not checks or not self._askable:
            return Statistics()
        lowest = checks[0]
        series = [target.window.recent(now_s) for target in lowest.targets]
        series.sort(key=lambda one: one.count(None) / len(one) if one else 1.0)
        found = statistics(series[: lowest.quorum])
        return replace(found, rtt_ms=None, jitter_ms=None) if lowest.silent else found

    def targets(self, now_s: float) -> Iterator[TargetStatus]:
        """Every target with its own figures, in the order of the layers; without any while no probe can be sent."""
        for asking in self._checks:
            for one in asking.targets:
                if not self._askable:
                    fault = "" if self._situation is None else self._situation.text
                    note = f"not probed: {fault}" if fault and self._watch.enabled else "not probed"
                    yield TargetStatus(check=one.check.describe(), host=one.host, ok=None, note=note)
                    continue
                found = statistics([one.window.recent(now_s)])
                yield TargetStatus(
                    check=one.check.describe(),
                    host=one.host,
                    ok=one.ok,
                    note=one.miss_note,
                    probes=found.asked,
                    rtt_ms=found.rtt_ms,
                    loss_percent=found.loss_percent,
                )


def _step_s(waits_s: float) -> int:
    """Each step of a countdown changes the verdict: 1 s in the last 10 s, when a user may be watching, 10 s before
    that.
    """
    return 1 if waits_s <= 10 + TICK_S else 10


def _steps(waits_s: float) -> int:
    return max(1, math.ceil((waits_s - TICK_S) / _step_s(waits_s)))
