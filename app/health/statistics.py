"""RTT, jitter and loss over the last minute, computed on demand from recorded probes."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

WINDOW_S = 60.0
# Probes are at least 0.1 s apart, so this holds 60 s and bounds memory.
_CAPACITY = 640


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures over `asked` probes whose outcome is known. None means "not measured": no probe, or no reply.

    `jitter_ms`: the mean difference between neighboring round-trip times (RFC 3393, of absolute values).
    """

    asked: int = 0
    rtt_ms: float | None = None
    jitter_ms: float | None = None
    loss_percent: float | None = None


class Window:
    """The probes of one target whose outcome is known, in the order they were sent."""

    def __init__(self) -> None:
        self._records: deque[tuple[float, float | None]] = deque(maxlen=_CAPACITY)

    def __len__(self) -> int:
        return len(self._records)

    def record(self, sent_s: float, rtt_s: float | None) -> None:
        """Add one probe. `rtt_s` None is a loss; a later reply cannot change that."""
        self._records.append((sent_s, rtt_s))

    def recent(self, now_s: float) -> list[float | None]:
        """The round-trip times (None: lost) of the probes sent in the last WINDOW_S seconds."""
        while self._records and self._records[0][0] < now_s - WINDOW_S:
            self._records.popleft()
        return [rtt_s for _, rtt_s in self._records]


def statistics(series: Iterable[list[float | None]]) -> Statistics:
    """The figures of several targets together. Jitter is measured within a target, never between two."""
    asked, answered, differences = 0, list[float](), list[float]()
    for one in series:
        good = [rtt_s for rtt_s in one if rtt_s is not None]
        asked += len(one)
        answered += good
        differences += [abs(after - before) for before, after in pairwise(good)]
    return Statistics(
        asked=asked,
        rtt_ms=1000 * sum(answered) / len(answered) if answered else None,
        jitter_ms=1000 * sum(differences) / len(differences) if differences else None,
        loss_percent=100 * (asked - len(answered)) / asked if asked else None,
    )
