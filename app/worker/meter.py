"""Measures traffic and shares: counters, rates per second and percentages.

No averages are recorded: each figure is computed on demand from two recorded moments.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from app.kernel.contract import Traffic

SHARE_WINDOW_S: Final = 60.0
TRAFFIC_WINDOW_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Sample:
    at_s: float
    flows: Mapping[int, int]
    traffic: Mapping[str, Traffic]
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """Traffic of an interface in bits per second."""

    rx_bits_per_s: float
    tx_bits_per_s: float


class Meter:
    """The counters of the last minute. Times are seconds of CLOCK_MONOTONIC."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque()
        self._hits: Mapping[int, int] = {}

    def record(
        self, at_s: float, flows: Mapping[int, int], traffic: Mapping[str, Traffic], members: tuple[int, ...]
    ) -> None:
        """Record the counters and the gateways in use; drop what is older than every window."""
        self._samples.append(_Sample(at_s, flows, traffic, members))
        while len(self._samples) > 2 and self._samples[1].at_s <= at_s - SHARE_WINDOW_S:
            self._samples.popleft()

    def record_hits(self, hits: Mapping[int, int]) -> None:
        """Record how many new flows each traffic rule has matched."""
        self._hits = hits

    def hits(self, number: int) -> int:
        """New flows that this traffic rule has matched since its counter was created."""
        return self._hits.get(number, 0)

    def new_flows(self, number: int) -> int:
        """New flows that this gateway got since its counter was created."""
        return self._samples[-1].flows.get(number, 0) if self._samples else 0

    def share_percent(self, number: int, members: tuple[int, ...]) -> float | None:
        """This gateway's share of all new flows in the window; None without flows, or if it is not one of `members`.

        `members`: the gateways in use. The window restarts whenever they change: an earlier share says nothing about
        the current one.
        """
        alike = list(takewhile(lambda one: one.members == members, reversed(self._samples)))
        if number not in members or len(alike) < 2:
            return None
        first, last = alike[-1].flows, alike[0].flows
        # A counter that went down was created again: its value is all that came since.
        new = {n: count - first.get(n, 0) if count >= first.get(n, 0) else count for n, count in last.items()}
        total = sum(new.values())
        return 100 * new.get(number, 0) / total if total else None

    def rate(self, interface: str) -> Rate | None:
        """Traffic of an interface over the last seconds; None before it has two samples."""
        having = [one for one in self._samples if interface in one.traffic]
        if len(having) < 2:
            return None
        last = having[-1]
        first = next((one for one in having if one.at_s >= last.at_s - TRAFFIC_WINDOW_S), having[-2])
        if first is last:
            first = having[-2]
        seconds, before, after = last.at_s - first.at_s, first.traffic[interface], last.traffic[interface]
        if seconds <= 0 or after.rx_bytes < before.rx_bytes or after.tx_bytes < before.tx_bytes:
            return None  # the device was created again
        return Rate(
            rx_bits_per_s=8 * (after.rx_bytes - before.rx_bytes) / seconds,
            tx_bits_per_s=8 * (after.tx_bytes - before.tx_bytes) / seconds,
        )
