"""The UDP calls of a scenario: some over each ISP while it is played, and what happened to them."""

import re
import time
from types import TracebackType
from typing import Final, Self

from lab.inside.calls import Flow
from lab.inside.connections import Pair
from lab.lab import Lab
from lab.measures import pairs

CALLS: Final = 8
RATE_HZ: Final = 100
# For each ISP: enough that with every hash seed each ISP of equal weight gets some.
_SAMPLE_EACH: Final = 50
# A call with a reply within this time counts as running.
_RUNNING_S: Final = 0.3


class Caller:
    """Calls that run while the block lasts. Call `watch` often to keep the present state current."""

    def __init__(self, lab: Lab, isps: int) -> None:
        self._calls = lab.udp_call(spread(lab, isps), rate_hz=RATE_HZ)
        self._answers = [0] * CALLS
        self._isps = [0] * CALLS
        self._answered_s = [0.0] * CALLS

    def watch(self) -> None:
        """Record the replies since the last call."""
        for index, (answers, isp) in enumerate(self._calls.latest or ()):
            if answers > self._answers[index]:
                self._answers[index], self._isps[index] = answers, isp
                self._answered_s[index] = time.monotonic()

    def carried_by(self) -> frozenset[int]:
        """The ISPs that carry the running calls."""
        return frozenset(isp for isp, running in zip(self._isps, self._running(), strict=True) if running)

    def go_through(self, isps: frozenset[int]) -> bool:
        """Whether all calls run and exactly these ISPs carry them; without ISPs: whether no call runs."""
        return self.carried_by() == isps and all(self._running()) is bool(isps)

    def stop(self) -> list[Flow]:
        """End the calls and return what they measured."""
        return self._calls.stop()

    def _running(self) -> list[bool]:
        now_s = time.monotonic()
        return [now_s - answered_s < _RUNNING_S for answered_s in self._answered_s]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls.__exit__(kind, value, trace)


def spread(lab: Lab, isps: int) -> list[Pair]:
    """Pairs for all calls, spread evenly over the ISPs by their current balancing (a pair stays on one ISP)."""
    by_isp: dict[int, list[Pair]] = {}
    sample = pairs(_SAMPLE_EACH * max(2, isps), lab.clients)
    for one in lab.connections(sample, limit_s=2):
        by_isp.setdefault(one.isp or 0, []).append(Pair(one.client, one.place))
    chosen = [pair for isp in sorted(by_isp) if isp for pair in by_isp[isp][: -(-CALLS // isps)]]
    return (chosen + [pair for pair in sample if pair not in chosen])[:CALLS]


def concerned(cable: str) -> frozenset[int] | None:
    """The ISP that a cable leads to; None if it leads to all."""
    match = re.search(r"isp(\d+)", cable)
    return frozenset({int(match[1])}) if match else None


def pause_ms(flow: Flow, from_ns: int, until_ns: int) -> float:
    """The longest wait for a reply to a datagram sent between two moments.

    Counted from the first lost datagram until the next reply. A client that sends late on a busy machine causes no
    pause.
    """
    longest_ns, lost_ns = 0, None
    for sent_ns, answered_ns in zip(flow.sent_ns, flow.answered_ns, strict=True):
        if not from_ns <= sent_ns < until_ns:
            continue
        if answered_ns:
            longest_ns = max(longest_ns, answered_ns - (sent_ns if lost_ns is None else lost_ns))
            lost_ns = None
        elif lost_ns is None:
            lost_ns = sent_ns
    return (longest_ns if lost_ns is None else max(longest_ns, until_ns - lost_ns)) / 1e6


def carriers(flow: Flow, from_ns: int, until_ns: int) -> frozenset[int]:
    """The ISPs that carried a call between two moments and right before."""
    rows = list(zip(flow.sent_ns, flow.isps, strict=True))
    before = next((isp for sent_ns, isp in reversed(rows) if isp and sent_ns < from_ns), 0)
    return frozenset({before} | {isp for sent_ns, isp in rows if isp and from_ns <= sent_ns < until_ns}) - {0}


def in_turn(flow: Flow) -> list[int]:
    """The ISPs that carried a call, in order."""
    seen: list[int] = []
    for isp in flow.isps:
        if isp and (not seen or seen[-1] != isp):
            seen.append(isp)
    return seen
