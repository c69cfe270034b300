"""A quiet router with one dashboard open: processor time, and memory after as many samples as an hour gives."""

import time
from collections.abc import Iterator

from app.service.edits.settings import change_failover
from lab.lab import Lab
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.bench.panel import paneled
from tests.bench.processes import cpu_s, pid_of, resident_mb
from tests.lab import browsing, routed
from tests.screenshots import chromium

MINUTE_S, ROUNDS = 20.0, 5
# As many probes as an hour at 1 s, in six minutes.
HOURLIKE_S, HOURLIKE_INTERVAL_S = 360.0, 0.1
ROLES = ("worker", "panel")


def figures(effort: Effort) -> Iterator[Figure]:
    """Samples of twenty seconds each; memory at the end, of both processes."""
    with paneled("b-idle") as lab, chromium() as browser, browsing.page_of(browser, lab) as (page, _):
        browsing.log_in(page)
        rounds = [_cores(lab, MINUTE_S * max(effort.part, 0.25)) for _ in range(effort.runs(ROUNDS))]
        both = tuple(100 * sum(one.values()) for one in rounds)
        yield Figure("idle: worker + panel, one dashboard", "% of a core", both, Budget(1.5, Statistic.P50))
        for role in ROLES:
            yield Figure(f"idle: {role} alone", "% of a core", tuple(100 * one[role] for one in rounds))
        fast = {"interval_s": HOURLIKE_INTERVAL_S, "timeout_s": 0.4}
        routed.change(lab, lambda config: change_failover(config, {"timing": fast}))
        _cores(lab, HOURLIKE_S * effort.part)
        for role, budget_mb in zip(ROLES, (56, 90), strict=True):
            resident = (resident_mb(pid_of(lab, role)),)
            yield Figure(
                f"memory of the {role} after an hour's samples", "MB", resident, Budget(budget_mb, Statistic.WORST)
            )


def _cores(lab: Lab, seconds: float) -> dict[str, float]:
    """The part of a core that each process used for so long."""
    pids = {role: pid_of(lab, role) for role in ROLES}
    began, began_s = {role: cpu_s(pid) for role, pid in pids.items()}, time.monotonic()
    routed.wait_for_beat(began_s + seconds)
    took_s = time.monotonic() - began_s
    return {role: (cpu_s(pid) - began[role]) / took_s for role, pid in pids.items()}
