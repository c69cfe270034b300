"""What is measured: a distribution with its unit, its budget and, where physics sets one, the floor beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Statistic(StrEnum):
    """What of a distribution a budget is about."""

    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    WORST = "worst"


class Verdict(StrEnum):
    """How a figure stands to its budget."""

    WITHIN = "within"
    OVER = "over"
    NO_BUDGET = "—"


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `limit` (in the figure's unit) of this statistic."""

    limit: float
    of: Statistic = Statistic.P95


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `floor`: the same with nothing of ours in the way. `note`: what the samples are of."""

    what: str
    unit: str
    samples: tuple[float, ...]
    budget: Budget | None = None
    floor: tuple[float, ...] = ()
    note: str = ""

    def of(self, statistic: Statistic) -> float:
        """One statistic of the samples."""
        return quantile(self.samples, {"p50": 0.5, "p95": 0.95, "p99": 0.99, "worst": 1.0}[statistic.value])

    @property
    def verdict(self) -> Verdict:
        """Whether the budget was kept."""
        if self.budget is None:
            return Verdict.NO_BUDGET
        return Verdict.WITHIN if self.of(self.budget.of) <= self.budget.limit else Verdict.OVER


def quantile(samples: Sequence[float], part: float) -> float:
    """The smallest sample that `part` of all samples do not exceed (nearest rank); NaN without samples."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan
