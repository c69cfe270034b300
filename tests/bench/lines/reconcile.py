"""Nothing to do, and one change, with few and many gateways; with a crowd of foreign routes and flows beside."""

from collections.abc import Iterator

from app.model.layout import mark
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.bench.machine import machine, reconciling_ms
from tests.kernel.flows import UDP, Flows
from tests.kernel.namespace import Namespace

RUNS = 30
SIZES = {2: 10.0, 16: None, 100: 100.0}
FOREIGN_ROUTES, FLOWS = 100_000, 50_000


def figures(effort: Effort) -> Iterator[Figure]:
    """Growth with the number of gateways, then two gateways among what is not ours."""
    for gateways, budget_ms in SIZES.items():
        with machine(gateways) as namespace:
            yield from _pair(namespace, gateways, effort, f"{gateways} gateways", budget_ms)
            if gateways == min(SIZES):
                _crowd(namespace)
                crowd = f"{gateways} gateways, {FOREIGN_ROUTES:,} foreign routes, {FLOWS:,} flows"
                yield from _pair(namespace, gateways, effort, crowd, budget_ms)


def _pair(namespace: Namespace, gateways: int, effort: Effort, what: str, budget_ms: float | None) -> Iterator[Figure]:
    idle, busy = reconciling_ms(namespace, gateways, effort.runs(RUNS))
    budget = None if budget_ms is None else Budget(budget_ms, Statistic.P95)
    yield Figure(f"no-op reconcile, {what}", "ms", tuple(idle), budget)
    yield Figure(f"one change reconciled, {what}", "ms", tuple(busy))


def _crowd(namespace: Namespace) -> None:
    namespace.ip(*(f"route add 20.{n >> 16}.{n >> 8 & 255}.{n & 255} dev w1" for n in range(FOREIGN_ROUTES)))

    def make() -> None:
        flows = Flows()
        flows.make(UDP, range(10_000, 10_000 + FLOWS), mark(1))
        flows.close()

    namespace.call(make)
