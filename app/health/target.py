"""One target of one check: its probe times, and the result of its replies and losses.

Misses are counted in the order of sending, after the newest probe that was answered: an answer to a later probe
proves the line, whatever became of an earlier one. Answers in a row (for rise and hold) are counted strictly in
order, so a probe that is still under way delays them and can never be overtaken.
"""

import math
from collections import deque
from dataclasses import dataclass

from app.health.rtt import LATE_AT_LEAST_S, RoundTrip
from app.health.statistics import Window
from app.model.check import Check
from app.model.probing import Answer, Failure, Outcome, Probe, Refusal
from app.model.timing import Timing

# Distance of the probes of a burst: three of them fit into the timeout of a fast setting, and at this pace even a
# line of 64 kbit/s spends less than 4 % on them.
BURST_GAP_S = 0.2
# A timer may fire this much early, by its clock's resolution and rounding; it must not cause a second wake-up.
TICK_S = 1e-6


def worst_detection_s(timing: Timing, late_after_s: float = LATE_AT_LEAST_S) -> float:
    """Seconds from a silent death to the last of `fall` misses, at worst.

    The worst moment to die is right after an answer. Then the next probe goes out up to one interval later; it is
    late `late_after_s` after that, which starts a burst; the last of the `fall` probes has its whole timeout:

        interval + late + (fall - 2) * 0.2 + timeout = 1 + 0.2 + 0.2 + 1 = 2.4 s by default

    and where the regular probes are as fast as the burst, 0.2 + 2 * 0.2 + 0.4 = 1.0 s.
    """
    if timing.fall == 1:
        return timing.interval_s + timing.timeout_s
    suspected_s = max(min(late_after_s, timing.timeout_s), BURST_GAP_S)
    burst_s = suspected_s + (timing.fall - 2) * BURST_GAP_S
    return timing.interval_s + min((timing.fall - 1) * timing.interval_s, burst_s) + timing.timeout_s


@dataclass(slots=True)
class _Asked:
    """A probe under way. `rtt_s`: it was answered. `missed`: it was not and never will be. `note`: why, if known."""

    sequence: int
    sent_s: float
    rtt_s: float | None = None
    missed: bool = False
    note: str = ""


class Target:
    """What is known of one host that a check asks (an http check asks one URL).

    `ok`: None until it was answered or has fallen; False from `fall` misses in a row until `rise` answers in a row.
    `misses`: in a row, after the newest answer; the first of them was sent at `first_missed_s`.
    `run`: answers in a row without a miss, the first of them received at `good_since_s`.
    """

    def __init__(self, *, check: Check, host: str, index: int, timing: Timing, phase: float, now_s: float) -> None:
        self.check = check
        self.host = host
        self.index = index
        self._timing = timing
        self._phase = phase
        self._sequence = 0
        self._round_trip = RoundTrip()
        self.restart(now_s)

    def restart(self, now_s: float) -> None:
        """Begin anew, after a time in which asking was impossible; what was measured before it says nothing now."""
        self.window = Window()
        self.ok: bool | None = None
        self.misses = 0
        self.first_missed_s: float | None = None
        self._notes = deque[str](maxlen=self._timing.fall)
        self.run = 0
        self.good_since_s: float | None = None
        self._asked = deque[_Asked]()
        self._newest_answered = self._sequence
        self._last_sent_s = -math.inf
        # The first question goes out almost at once, yet those of many gateways not in the same instant.
        self._regular_s = now_s + self._phase * min(0.1, self._timing.interval_s)

    def configure(self, timing: Timing, now_s: float) -> None:
        """Go on with other timing from the next probe on, which goes out at once where more are asked for now."""
        sooner = timing.interval_s < self._timing.interval_s
        self._timing = timing
        self._notes = deque(self._notes, maxlen=timing.fall)
        self._regular_s = now_s if sooner else min(self._regular_s, self._slot_after(now_s))

    def _slot_after(self, now_s: float) -> float:
        """The next regular moment: a grid of its own for every phase, so that it neither drifts nor bunches up."""
        interval_s = self._timing.interval_s
        offset_s = self._phase * interval_s
        return (math.floor((now_s + TICK_S - offset_s) / interval_s) + 1) * interval_s + offset_s

    @property
    def _unanswered(self) -> int:
        return self._sequence - self._newest_answered

    def _suspect_s(self) -> float:
        """From when on this target is suspected: its oldest probe after the newest answer is late, or was missed."""
        if self.misses:
            return -math.inf
        late_after_s = self._round_trip.late_after_s
        waiting = (asked for asked in self._asked if asked.sequence > self._newest_answered)
        first = next(waiting, None)
        return math.inf if first is None or late_after_s is None else first.sent_s + late_after_s

    def suspect(self, now_s: float) -> bool:
        """Whether an answer is overdue by this line's own history, or was missed."""
        return now_s >= self._suspect_s() - TICK_S

    @property
    def miss_note(self) -> str:
        """The newest explanation among the last `fall` misses in a row; empty for silence.

        One explanation is enough: routers and hosts send them at a limited rate (RFC 1812, section 4.3.2.8).
        """
        return next((note for note in reversed(self._notes) if note), "")

    def next_probe_s(self, *, eager: bool) -> float:
        """When to ask next. `eager`: a suspicion is followed by a burst until `fall` probes are unanswered."""
        if not eager or self._unanswered == 0 or self._unanswered >= self._timing.fall:
            return self._regular_s
        return min(self._regular_s, max(self._last_sent_s + BURST_GAP_S, self._suspect_s()))

    def wake_s(self, *, eager: bool) -> float:
        """When time alone changes something here: a probe to send, one that is late, one whose time is over."""
        waiting = (asked for asked in self._asked if asked.rtt_s is None and not asked.missed)
        first = next(waiting, None)
        over_s = math.inf if first is None else first.sent_s + self._timing.timeout_s
        return min(over_s, self.next_probe_s(eager=eager))

    def ask(self, now_s: float) -> Probe:
        """The probe to send now; it counts as sent, and the next one is scheduled."""
        self._sequence += 1
        self._asked.append(_Asked(self._sequence, now_s))
        self._last_sent_s = now_s
        if now_s >= self._regular_s - TICK_S:
            self._regular_s = self._slot_after(now_s)
        return Probe(self.check, self.host, self.index, self._sequence, now_s, self._timing.timeout_s)

    def hear(self, sequence: int, outcome: Outcome) -> None:
        """Take what came of a probe; of one whose time is over nothing is taken any more."""
        asked = next((one for one in self._asked if one.sequence == sequence), None)
        if asked is None or asked.missed or asked.rtt_s is not None:
            return
        match outcome:
            case Answer(rtt_s=rtt_s):
                if rtt_s > self._timing.timeout_s:
                    return
                asked.rtt_s = rtt_s
                self._round_trip.measured(rtt_s)
                self._answered(sequence)
            case Refusal(text=text):
                asked.note = text
                self._missed(asked)
            case Failure(text=text):
                asked.note = text
        self._settle()

    def expire(self, now_s: float) -> None:
        """Let time pass: what was not answered within its timeout is a miss for good."""
        for asked in self._asked:
            if asked.sent_s + self._timing.timeout_s > now_s + TICK_S:
                break
            if asked.rtt_s is None and not asked.missed:
                self._missed(asked)
        self._settle()

    def _answered(self, sequence: int) -> None:
        if sequence > self._newest_answered:
            self._newest_answered = sequence
            late = [one for one in self._asked if one.missed and one.sequence > sequence]
            self.misses = len(late)
            self._notes.clear()
            self.first_missed_s = late[0].sent_s if late else None
        if self.ok is None:
            self.ok = True

    def _missed(self, asked: _Asked) -> None:
        asked.missed = True
        if asked.sequence < self._newest_answered:
            return
        if self.misses == 0:
            self.first_missed_s = asked.sent_s
        self.misses += 1
        self._notes.append(asked.note)
        if self.misses >= self._timing.fall:
            self.ok = False

    def _settle(self) -> None:
        """Count, in order, every probe that is decided and has none undecided before it."""
        while self._asked and (self._asked[0].missed or self._asked[0].rtt_s is not None):
            asked = self._asked.popleft()
            self.window.record(asked.sent_s, asked.rtt_s)
            if asked.rtt_s is None:
                self.run, self.good_since_s = 0, None
                continue
            self.run += 1
            if self.good_since_s is None:
                self.good_since_s = asked.sent_s + asked.rtt_s
            if self.run >= self._timing.rise and self.misses < self._timing.fall:
                self.ok = True
