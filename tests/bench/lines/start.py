"""The worker starts on a kernel that holds nothing of ours: how long until the first packet is answered."""

import time
from collections.abc import Iterator

from lab.lab import Lab
from lab.measures import pairs
from lab.waiting import wait_until
from tests.bench.effort import Effort
from tests.bench.figures import Figure
from tests.lab import routed

RUNS = 10


def figures(effort: Effort) -> Iterator[Figure]:
    """From the start of the process to the first answer of a client that asks every few milliseconds."""
    with routed.routed("b-start") as lab:
        routed.wait_for_members(lab, 1, 2)
        took = tuple(_started_s(lab) for _ in range(effort.runs(RUNS)))
    yield Figure("start of the worker → first routed packet", "s", took)


def _started_s(lab: Lab) -> float:
    lab.end_worker()
    lab.run("balancer", ["multihome", "uninstall", "--yes", "--keep-addresses"])
    # A verdict of before would be believed: it is the first start of a machine that is meant.
    routed.home(lab).state_db.unlink()
    (pair,) = pairs(1)
    assert lab.connections([pair], limit_s=0.3)[0].error
    started_s = time.monotonic()
    lab.start_worker()
    wait_until(lambda: not lab.connections([pair], limit_s=0.05)[0].error, "something is answered", 20)
    took_s = time.monotonic() - started_s
    routed.wait_for_members(lab, 1, 2)
    return took_s
