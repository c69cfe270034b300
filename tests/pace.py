"""How much slower this machine is now than the two free cores that the budgets (DESIGN.md) are for.

A test has to tell a slow program from a machine that is small, shared or throttled. `./run bench` does not ask: it
judges by the budgets as they stand, and shows the machine's noise beside each.
"""

import time
from dataclasses import dataclass, field
from statistics import median
from typing import Final

# What a round takes there.
NOMINAL_MS: Final = 1.0
# A test that is held to milliseconds measures so often before it fails: what other programs add differs from one time
# to the next, while a fault is in every one of them.
ATTEMPTS: Final = 5
_ROUNDS: Final = 60
_ADDITIONS: Final = 20_000


def slowness() -> float:
    """How many times longer the same work takes than it should; 1 at least. Takes a tenth of a second."""
    rounds_ms = []
    for _ in range(_ROUNDS):
        started_s, total = time.perf_counter(), 0
        for number in range(_ADDITIONS):
            total += number
        rounds_ms.append(1000 * (time.perf_counter() - started_s))
    return max(1.0, median(rounds_ms) / NOMINAL_MS)


@dataclass
class Pace:
    """The machine in the course of a test: the slowest that it was seen."""

    slowest: float = field(default_factory=slowness)

    def allows(self, limit: float) -> float:
        """What a limit becomes on this machine: the same, unless the machine is slow."""
        self.slowest = max(self.slowest, slowness())
        if self.slowest > 1:
            print(f"this machine is {self.slowest:.1f} times slower than the one of the budgets")
        return limit * self.slowest
