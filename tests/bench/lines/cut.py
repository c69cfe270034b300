"""A cable is cut under running calls; the floor is a program that only replaces the route and forgets the flows."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lab.inside.connections import Pair
from lab.lab import Lab
from lab.waiting import wait_until
from tests.bench import bare
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.lab import routed

CUTS, FLOOR_CUTS, WARM_UP = 50, 20, 2
RATE_HZ = 1000
# The kernel holds a carrier event back for up to a second after another one (net/core/link_watch.c); a single cut
# is meant.
CARRIER_REST_S = 1.2
CABLE = "balancer-isp1"


def figures(effort: Effort) -> Iterator[Figure]:
    """Every cut gives one sample: the slowest of four calls, and what four calls of the other ISP lost."""
    with routed.routed("b-cut") as lab:
        routed.without_hold(lab)
        routed.wait_for_members(lab, 1, 2)
        wanted = [*routed.pairs_by_isp(lab, 1, 4), *routed.pairs_by_isp(lab, 2, 4)]
        took = [_cut(lab, wanted) for _ in range(WARM_UP + effort.runs(CUTS))][WARM_UP:]
        with _bare(lab):
            floor = [_cut(lab, wanted) for _ in range(WARM_UP + effort.runs(FLOOR_CUTS))][WARM_UP:]
    yield Figure(
        "cable cut → UDP answered by the other ISP",
        "ms",
        tuple(ms for ms, _ in took),
        Budget(30, Statistic.P95),
        floor=tuple(ms for ms, _ in floor),
        note="slowest of 4 flows at 1 kHz; floor: a bare netlink loop",
    )
    yield Figure(
        "lost on the healthy ISP, cut and return",
        "datagrams",
        tuple(float(lost) for _, lost in took),
        Budget(0, Statistic.WORST),
    )


def _cut(lab: Lab, wanted: Sequence[Pair]) -> tuple[float, int]:
    """Cut, wait until all calls are answered, plug, wait until the ISP is used again."""
    with lab.udp_call(wanted, rate_hz=RATE_HZ) as call:
        cut_ns = lab.cut(CABLE)
        call.wait_for(lambda latest: all(isp == 2 for _, isp in latest), "every call goes through ISP 2")
        plugged_ns = lab.plug(CABLE)
        wait_until(lambda: _nexthops(lab) == 2, "both ISPs are used again", 15)
        flows = call.stop()
    routed.wait_for_beat(plugged_ns / 1e9 + CARRIER_REST_S)
    moved, stayed = flows[:4], flows[4:]
    took_ms = max(((flow.first_answer_ns(cut_ns, 2) or 0) - cut_ns) / 1e6 for flow in moved)
    return took_ms, sum(flow.lost() for flow in stayed)


def _nexthops(lab: Lab) -> int:
    return sum("via" in line for line in routed.lines(lab, "ip", "route", "show", "table", "243"))


@contextmanager
def _bare(lab: Lab) -> Iterator[None]:
    """The same router with the bare loop in the worker's place, from now on."""
    lab.end_worker()
    with lab.spawn("balancer", [sys.executable, bare.__file__]) as loop:
        try:
            assert loop.stdout is not None
            assert loop.stdout.readline() == b"ready\n"
            yield
        finally:
            loop.terminate()
