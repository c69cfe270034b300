"""From the POST of a button's form to the kernel's word that the balanced table has changed."""

import time
from collections.abc import Iterator

from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.bench.panel import paneled
from tests.lab import browsing

CLICKS, WARM_UP = 100, 4


def figures(effort: Effort) -> Iterator[Figure]:
    """Disable and enable in turn, each a revision of its own."""
    with (
        paneled("b-click") as lab,
        browsing.visitor(lab) as visitor,
        lab.spawn("balancer", ["ip", "-ts", "monitor", "route"]) as monitor,
    ):
        took_ms = []
        for click in range(WARM_UP + effort.runs(CLICKS)):
            sent_s = time.time()
            visitor.post(f"/isps/2/{'enable' if click % 2 else 'disable'}", data={"sure": "yes"})
            took_ms.append(1000 * (browsing.balanced_at_s(monitor) - sent_s))
        monitor.terminate()
    yield Figure("click (POST) → kernel changed", "ms", tuple(took_ms[WARM_UP:]), Budget(60, Statistic.P95))
