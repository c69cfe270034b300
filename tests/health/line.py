"""A line as the tests need it: a Monitor is played through simulated time against a function that answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

from app.health.monitor import Monitor
from app.health.situation import Situation
from app.health.watch import Watch
from app.model.check import Check, IcmpCheck
from app.model.probing import Answer, Moment, Outcome, Probe
from app.model.timing import Timing
from app.model.verdict import Layer, State, Verdict

BOOT = datetime(2030, 1, 1, tzinfo=UTC)
START_S = 1000.0
GOOD = Situation("eth1", source=IPv4Address("192.168.1.1"), next_hop=IPv4Address("192.168.1.2"), next_hop_answers=True)
CUT = Situation("eth1", fault=Layer.CARRIER, text="no carrier on eth1")
ICMP = IcmpCheck(targets=("10.0.0.3",))

Reply = Callable[[Probe], tuple[float, Outcome] | float | None]
"""What becomes of a probe: nothing, an answer after so many seconds, or an outcome heard after so many seconds."""


def moment(now_s: float) -> Moment:
    return Moment(now_s, BOOT + timedelta(seconds=now_s))


def unknown(*, carries: bool = False) -> Verdict:
    return Verdict(state=State.UNKNOWN, reason="not probed yet", since=BOOT, carries=carries)


@dataclass
class Line:
    """A Monitor under way. `history`: every verdict, with the moment it came."""

    monitor: Monitor
    reply: Reply = lambda _: 0.02
    now_s: float = START_S
    history: list[tuple[float, Verdict]] = field(default_factory=list)
    sent: list[Probe] = field(default_factory=list)
    _coming: list[tuple[float, Probe, Outcome]] = field(default_factory=list)

    @classmethod
    def start(
        cls,
        *checks: Check,
        timing: Timing | None = None,
        first: Verdict | None = None,
        number: int = 1,
        link: bool = True,
    ) -> "Line":
        watched = Watch(number, checks, timing or Timing())
        line = cls(Monitor(watched, first or unknown(), moment(START_S)))
        line.history.append((START_S, line.monitor.verdict))
        if link:
            line.attach(GOOD)
        return line

    def attach(self, seen: Situation) -> None:
        self._note(self.monitor.attach(seen, moment(self.now_s)))

    def hear(self, probe: Probe, outcome: Outcome) -> None:
        self._note(self.monitor.hear(probe, outcome, moment(self.now_s)))

    def configure(self, watched: Watch) -> None:
        self._note(self.monitor.configure(watched, moment(self.now_s)))

    def return_early(self) -> bool:
        """Count it as up before its hold is over; whether that changed anything."""
        changed = self.monitor.return_early(moment(self.now_s))
        self._note(changed)
        return changed

    def run(self, duration_s: float, *, until: Callable[[], bool] = lambda: False) -> bool:
        """Play for so long, or until a condition holds; whether it did."""
        end_s = self.now_s + duration_s
        while not until():
            heard_s = min((at_s for at_s, _, _ in self._coming), default=end_s)
            wake_s = max(self.monitor.wake_s(moment(self.now_s)), self.now_s + 1e-7)
            if min(heard_s, wake_s) >= end_s:
                self.now_s = end_s
                return until()
            self.now_s = max(self.now_s, min(heard_s, wake_s))
            self._hear()
            if wake_s <= self.now_s:
                self._wake()
        return True

    def lose_what_is_under_way(self) -> None:
        """Let no answer arrive any more that is not here yet."""
        self._coming.clear()

    def run_until(self, state: State, limit_s: float = 1000.0) -> float:
        """Play until the verdict is this; how long it took."""
        began_s = self.now_s
        assert self.run(limit_s, until=lambda: self.monitor.verdict.state is state), self.monitor.verdict
        return self.now_s - began_s

    def states(self) -> list[State]:
        """The states in their order, each once in a row."""
        states = [verdict.state for _, verdict in self.history]
        return [one for index, one in enumerate(states) if index == 0 or states[index - 1] is not one]

    def _hear(self) -> None:
        ready = sorted((one for one in self._coming if one[0] <= self.now_s), key=lambda one: one[0])
        self._coming = [one for one in self._coming if one[0] > self.now_s]
        for _, probe, outcome in ready:
            self.hear(probe, outcome)

    def _wake(self) -> None:
        now = moment(self.now_s)
        self._note(self.monitor.advance(now))
        for probe in self.monitor.due(now):
            self.sent.append(probe)
            match self.reply(probe):
                case None:
                    pass
                case (after_s, outcome):
                    self._coming.append((self.now_s + after_s, probe, outcome))
                case rtt_s:
                    self._coming.append((self.now_s + rtt_s, probe, Answer(rtt_s)))

    def _note(self, changed: bool) -> None:
        last = self.history[-1][1]
        assert changed == (self.monitor.verdict != last)
        if changed:
            assert self.monitor.verdict.since >= last.since
            self.history.append((self.now_s, self.monitor.verdict))
