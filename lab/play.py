"""Plays a scenario in a lab: runs its steps on time, watches, and checks its expectations.

Its own clients create the traffic: calls over all ISPs for the whole time, and new connections on demand.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, assert_never

from lab.caller import CALLS, RATE_HZ, Caller, carriers, concerned, in_turn, pause_ms
from lab.errors import LabError
from lab.inside.calls import Flow
from lab.lab import Lab
from lab.measures import pairs
from lab.putback import put_back
from lab.scenario import (
    Act,
    Fault,
    GatewayIs,
    NothingMissed,
    PauseAtMost,
    Scenario,
    Step,
    Through,
    Typed,
    WorkerAct,
)

# So many connections miss an ISP of equal weight with a probability of one in ten million, for up to sixteen ISPs.
_NEW_CONNECTIONS_EACH: Final = 20
_LOOK_EVERY_S: Final = 0.03
_READY_LIMIT_S: Final = 60.0

Print = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Owed:
    """An expectation about the calls in a span of time, checked when all their measurements are known."""

    words: str
    expectation: PauseAtMost | NothingMissed
    from_ns: int
    until_ns: int
    concerned: frozenset[int]


@dataclass(slots=True)
class Player:
    """One scenario being played in one lab; `tell` prints the timeline line by line."""

    lab: Lab
    scenario: Scenario
    tell: Print
    held: int = 0
    failed: int = 0
    _start_ns: int = 0
    _acted_ns: int = 0
    _concerned: frozenset[int] = frozenset()
    _owed: list[_Owed] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)

    def play(self) -> bool:
        """Play it to the end. Returns whether all expectations were met."""
        self._start_ns = time.monotonic_ns()
        with put_back(self.lab, self.scenario, self._say):
            flows = self._played()
        for owed in self._owed:
            self._judge(owed, flows)
        self._summary(flows)
        return not self.failed

    def _played(self) -> list[Flow]:
        """Run all steps; returns what the calls measured meanwhile."""
        for typed in self.scenario.settings:
            self.lab.run("balancer", ["config", *typed.split()])
        self._await_gateways()
        with Caller(self.lab, self.scenario.isps) as caller:
            self._start_ns = self._acted_ns = time.monotonic_ns()
            self._say(f"{self.scenario.title}: {CALLS} calls over {self.scenario.isps} ISPs, {RATE_HZ} answers/s each")
            for step in self.scenario.steps:
                self._await(caller, lambda at_s=step.at_s: self._now_s() >= at_s, step.at_s + 1)  # type: ignore[misc]
                self._step(step, caller)
            return caller.stop()

    def _step(self, step: Step, caller: Caller) -> None:
        if step.say:
            self._say(step.say)
        if step.act is not None:
            self._acted_ns = time.monotonic_ns()
            self._concerned = self._concern(step.act)
            self._say(step.did)
            self._act(step.act)
        until_s = self._now_s() + step.within_s
        for words, expectation in step.expectations:
            if not isinstance(expectation, PauseAtMost | NothingMissed):
                came = self._await(caller, self._condition(expectation, caller), until_s)
                took_s = (time.monotonic_ns() - self._acted_ns) / 1e9
                self._note(words, came=came, detail=f"{took_s:.2f} s after" if came else f"not in {step.within_s:g} s")
        now_ns = time.monotonic_ns()
        for words, expectation in step.expectations:
            if isinstance(expectation, PauseAtMost | NothingMissed):
                self._owed.append(_Owed(words, expectation, self._acted_ns, now_ns, self._concerned))

    def _act(self, act: Act) -> None:
        match act:
            case Fault(cable=cable, degradation=degradation) if degradation is not None:
                self.lab.degrade(cable, degradation)
            case Fault():
                getattr(self.lab, act.verb)(act.cable)
            case WorkerAct(verb="kill"):
                self.lab.end_worker(kill=True)
            case WorkerAct():
                self.lab.start_worker()
            case Typed():
                self.lab.run("balancer", ["config", *act.words])
            case _:
                assert_never(act)

    def _concern(self, act: Act) -> frozenset[int]:
        """The ISPs whose calls may be affected."""
        if not isinstance(act, Fault):
            return frozenset()
        everybody = frozenset(isp.number for isp in self.lab.plan.isps)
        found = concerned(act.cable)
        return everybody if found is None else found

    def _condition(self, expectation: GatewayIs | Through, caller: Caller) -> Callable[[], bool]:
        match expectation:
            case GatewayIs(number=number, state=state):
                return lambda: any(one.number == number and one.state == state for one in self.lab.gateways() or ())
            case Through(what="calls", isps=isps):
                return lambda: caller.go_through(isps)
            case Through(isps=isps):
                return lambda: self._connections_through(isps)
            case _:
                assert_never(expectation)

    def _connections_through(self, isps: frozenset[int]) -> bool:
        count = _NEW_CONNECTIONS_EACH * max(2, self.scenario.isps)
        used = {one.isp for one in self.lab.connections(pairs(count, self.lab.clients), limit_s=2)}
        return used == (isps or {None})

    def _await(self, caller: Caller, condition: Callable[[], bool], until_s: float) -> bool:
        """Watch until `condition` holds; False if it does not in time."""
        while True:
            self._watch(caller)
            if condition():
                return True
            if self._now_s() > until_s:
                return False
            time.sleep(_LOOK_EVERY_S)

    def _watch(self, caller: Caller) -> None:
        """Print changes that no step caused directly."""
        caller.watch()
        for gateway in self.lab.gateways() or ():
            reason = f": {gateway.reason}" if gateway.reason else ""
            self._changed(gateway.name, gateway.state, f"  {gateway.name} is {gateway.state}{reason}")
        isps = ", ".join(map(str, sorted(caller.carried_by())))
        self._changed("calls", isps, f"  the calls go through ISP {isps}" if isps else "  no call is answered")

    def _changed(self, subject: str, now: str, words: str) -> None:
        if self._seen.get(subject) != now:
            self._seen[subject] = now
            self._say(words)

    def _await_gateways(self) -> None:
        """Wait until every gateway is proven. Raises LabError if that does not happen."""
        deadline_s = time.monotonic() + _READY_LIMIT_S
        while not (gateways := self.lab.gateways()) or any(one.state != "up" for one in gateways):
            if time.monotonic() > deadline_s:
                msg = "not every ISP is up, so there is nothing to play with: `lab status` says why"
                raise LabError(msg)
            time.sleep(_LOOK_EVERY_S)

    def _judge(self, owed: _Owed, flows: list[Flow]) -> None:
        match owed.expectation:
            case PauseAtMost(limit_ms=limit_ms):
                worst_ms = max(pause_ms(flow, owed.from_ns, owed.until_ns) for flow in flows)
                self._note(owed.words, came=worst_ms <= limit_ms, detail=f"the longest was {worst_ms:.0f} ms")
            case NothingMissed():
                steady = [flow for flow in flows if not carriers(flow, owed.from_ns, owed.until_ns) & owed.concerned]
                missed = sum(flow.lost(owed.from_ns, owed.until_ns) for flow in steady)
                self._note(owed.words, came=not missed, detail=f"{len(steady)} steady calls missed {missed} answers")
            case _:
                assert_never(owed.expectation)

    def _note(self, words: str, *, came: bool, detail: str) -> None:
        self.held, self.failed = self.held + came, self.failed + (not came)
        self._say(f"{'ok     ' if came else 'FAILED '}{words} ({detail})")

    def _summary(self, flows: list[Flow]) -> None:
        self.tell("what the calls measured:")
        for flow in flows:
            isps = ", then ".join(map(str, in_turn(flow))) or "none"
            longest_ms = pause_ms(flow, 0, flow.sent_ns[-1])
            self.tell(
                f"  {flow.client} to {flow.place}: ISP {isps}; longest pause {longest_ms:.0f} ms,"
                f" {flow.lost()} of {len(flow.sent_ns)} unanswered"
            )
        self.tell(f"{self.held} expectations came true, {self.failed} failed")

    def _say(self, words: str) -> None:
        self.tell(f"{self._now_s():6.2f} s  {words}")

    def _now_s(self) -> float:
        return (time.monotonic_ns() - self._start_ns) / 1e9
