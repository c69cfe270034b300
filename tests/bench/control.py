"""The machine's own noise, taken before each line: work that is always the same, and a timer that should be on time."""

import hashlib
import os
import threading
import time
from dataclasses import dataclass
from typing import Final

from tests.bench.figures import quantile

_ROUNDS: Final = 40
_WORK: Final = bytes(1 << 20)
_NAP_S: Final = 0.001


@dataclass(frozen=True, slots=True)
class Noise:
    """How much slower than its median one in twenty rounds of the same work is, how late timers are, and the load."""

    work_ms: float
    work_spread: float
    late_ms: float
    load: float

    def __str__(self) -> str:
        return f"×{self.work_spread:.2f} / {self.late_ms:.1f} ms late / load {self.load:.1f}"


def noise() -> Noise:
    """What this machine does by itself now."""
    worked, late = [], []
    for _ in range(_ROUNDS):
        started_s = time.perf_counter()
        hashlib.sha256(_WORK).digest()
        worked.append(1000 * (time.perf_counter() - started_s))
        started_s = time.perf_counter()
        threading.Event().wait(_NAP_S)
        late.append(1000 * (time.perf_counter() - started_s - _NAP_S))
    middle_ms = quantile(worked, 0.5)
    return Noise(middle_ms, quantile(worked, 0.95) / middle_ms, quantile(late, 0.95), os.getloadavg()[0])
