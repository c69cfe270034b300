"""One target of one check: its probe times, and the result of its replies and losses.

Losses are counted in the order of sending, after the newest probe with a reply: a reply to a later probe proves that
the line works, even if an earlier probe was lost. Replies in a row (for rise and hold-down) are counted strictly in
order: a probe in flight delays the count and is never skipped.
"""

import math
from collections import deque
from dataclasses import dataclass

from app.health.statistics import Window
from app.model.check import Check
from app.model.probing import Answer, Failure, Outcome, Probe, Refusal
from app.model.timing import Timing

# A reply within this time is never late. (The RFC's lower bound of 1 s is for congestion control; here it is too long.)
LATE_AT_LEAST_S = 0.2


class RoundTrip:
    """The smoothed round-trip time and its variation (RFC 6298, section 2: alpha 1/8, beta 1/4, K 4)."""

    def __init__(self) -> None:
        self._smoothed_s: float | None = None
        self._variation_s = 0.0

    def measured(self, rtt_s: float) -> None:
        """Add one measurement. Replies are matched to probes one to one, so Karn's rule excludes none."""
        if self._smoothed_s is None:
            self._smoothed_s, self._variation_s = rtt_s, rtt_s / 2
            return
        self._variation_s += (abs(self._smoothed_s - rtt_s) - self._variation_s) / 4
        self._smoothed_s += (rtt_s - self._smoothed_s) / 8

    @property
    def late_after_s(self) -> float | None:
        """After how many seconds a reply is late by this line's own history; None without history."""
        if self._smoothed_s is None:
            return None
        return max(LATE_AT_LEAST_S, self._smoothed_s + 4 * self._variation_s)


# Gap between the probes of a burst: three fit into a short timeout, and they use less than 4 % of a 64 kbit/s line.
BURST_GAP_S = 0.2
# A timer may fire this much early because of clock resolution and rounding; that must not cause a second wake-up.
TICK_S = 1e-6


def worst_detection_s(timing: Timing, late_after_s: float = LATE_AT_LEAST_S) -> float:
    """Seconds from a silent failure to the last of `fall` losses, in the worst case.

    The worst moment to fail is right after a reply. The next probe goes out up to one interval later. It is late after
    another `late_after_s`, which starts a burst. The last of the `fall` probes has its whole timeout:

        interval + late + (fall - 2) * 0.2 + timeout = 1 + 0.2 + 0.2 + 1 = 2.4 s by default

    Where the regular probes are as fast as the burst: 0.2 + 2 * 0.2 + 0.4 = 1.0 s.
    """
    if timing.fall == 1:
        return timing.interval_s + timing.timeout_s
    suspected_s = max(min(late_after_s, timing.timeout_s), BURST_GAP_S)
    burst_s = suspected_s + (timing.fall - 2) * BURST_GAP_S
    return timing.interval_s + min((timing.fall - 1) * timing.interval_s, burst_s) + timing.timeout_s


@dataclass(slots=True)
class _Asked:
    """A probe in flight. `rtt_s`: a reply came. `missed`: it is lost for good. `note`: why, if known."""

    sequence: int
    sent_s: float
    rtt_s: float | None = None
    missed: bool = False
    note: str = ""


class Target:
    """The state of one target of a check: a host, or the URL of an http check.

    `ok`: None before the first reply or `fall` losses; False from `fall` losses in a row until `rise` replies in a row.
    `misses`: losses in a row after the newest reply; the first of them was sent at `first_missed_s`.
    `run`: replies in a row without a loss; the first of them was received at `good_since_s`.
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
        """Start from zero, after a time in which no probe could be sent; earlier measurements no longer count."""
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
        # The first probe goes out almost at once, but not at the same instant for many gateways.
        self._regular_s = now_s + self._phase * min(0.1, self._timing.interval_s)

    def forgive(self) -> None:
        """Drop the losses in a row so far: `ok` is True after a reply, otherwise unknown again."""
        self.ok = True if self.run else None
        self.misses, self.first_missed_s = 0, None
        self._notes.clear()

    def configure(self, timing: Timing, now_s: float) -> None:
        """Apply other timing from the next probe on. A shorter interval sends one at once."""
        sooner = timing.interval_s < self._timing.interval_s
        self._timing = timing
        self._notes = deque(self._notes, maxlen=timing.fall)
        self._regular_s = now_s if sooner else min(self._regular_s, self._slot_after(now_s))

    def _slot_after(self, now_s: float) -> float:
        """The time of the next regular probe, on a grid shifted by the phase: probes neither drift nor bunch up."""
        interval_s = self._timing.interval_s
        offset_s = self._phase * interval_s
        return (math.floor((now_s + TICK_S - offset_s) / interval_s) + 1) * interval_s + offset_s

    @property
    def _unanswered(self) -> int:
        return self._sequence - self._newest_answered

    def _suspect_s(self) -> float:
        """From when on this target is suspected: its oldest probe after the newest reply is late or lost."""
        if self.misses:
            return -math.inf
        late_after_s = self._round_trip.late_after_s
        waiting = (asked for asked in self._asked if asked.sequence > self._newest_answered)
        first = next(waiting, None)
        return math.inf if first is None or late_after_s is None else first.sent_s + late_after_s

    def suspect(self, now_s: float) -> bool:
        """Whether a reply is late by this line's own history, or lost."""
        return now_s >= self._suspect_s() - TICK_S

    @property
    def miss_note(self) -> str:
        """The newest explanation (an ICMP error) among the last `fall` losses in a row; empty for silence.

        One is enough: routers and hosts limit the rate of ICMP errors (RFC 1812, section 4.3.2.8).
        """
        return next((note for note in reversed(self._notes) if note), "")

    def next_probe_s(self, *, eager: bool) -> float:
        """When to send the next probe. `eager`: suspicion starts a burst, until `fall` probes have no reply."""
        if not eager or self._unanswered == 0 or self._unanswered >= self._timing.fall:
            return self._regular_s
        return min(self._regular_s, max(self._last_sent_s + BURST_GAP_S, self._suspect_s()))

    def wake_s(self, *, eager: bool) -> float:
        """When time alone changes something: a probe is due, late or expired."""
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
        """Record the outcome of a probe; outcomes of expired probes are ignored."""
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
        """Count every probe without a reply within its timeout as lost."""
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
        """Count every probe whose outcome is known, in order, up to the first one still in flight."""
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
