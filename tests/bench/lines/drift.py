"""Somebody deletes what is ours: how long until it is back, by the kernel's own announcements."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime

from app.kernel.netlink import NETLINK_NETFILTER, Channel
from app.kernel.nft_generation import table_exists
from app.plan.attempts import BURST
from lab import namespaces
from lab.lab import Lab
from lab.waiting import wait_until
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.lab import routed

# More repairs of one object in a row would have to wait.
RUNS = BURST
BUDGET = Budget(100, Statistic.WORST)
# What is deleted, and what of `ip -ts monitor` says that it went and that it came.
ROUTING = {
    "a rule": (["ip", "rule", "del", "priority", "243"], r"243:\s+from all lookup 243"),
    "the balanced route": (["ip", "route", "del", "default", "table", "243"], r"default.* table 243"),
}
_STAMP = re.compile(r"\[([0-9T:.-]+)\] (?:\[\w+\])?(Deleted )?(.*)")


def figures(effort: Effort) -> Iterator[Figure]:
    """One sample for each time that something of ours was deleted."""
    with routed.routed("b-drift") as lab:
        routed.wait_for_members(lab, 1, 2)
        for name, (command, pattern) in ROUTING.items():
            took = tuple(_routing_ms(lab, command, pattern) for _ in range(effort.runs(RUNS)))
            yield Figure(f"drift repaired: {name}", "ms", took, BUDGET)
        took = tuple(_ruleset_ms(lab) for _ in range(effort.runs(RUNS)))
        yield Figure("drift repaired: nft flush ruleset", "ms", took, BUDGET)


def _routing_ms(lab: Lab, command: list[str], pattern: str) -> float:
    gone_s = 0.0
    with lab.spawn("balancer", ["ip", "-ts", "monitor", "rule", "route"]) as monitor:
        try:
            _until_listening(lab, monitor.pid)
            lab.run("balancer", command)
            for line in monitor.stdout or ():
                found = _STAMP.match(line.decode())
                if found is None or not re.match(pattern, found[3]):
                    continue
                at_s = datetime.fromisoformat(found[1]).timestamp()
                if found[2]:
                    gone_s = at_s
                elif gone_s:
                    return 1000 * (at_s - gone_s)
        finally:
            monitor.terminate()
    raise AssertionError(f"{' '.join(command)}: it did not come back")


def _ruleset_ms(lab: Lab) -> float:
    """By asking whether our table is there, without a pause, while somebody flushes the ruleset."""
    asking = threading.Event()

    def gone_s() -> float:
        with closing(Channel(NETLINK_NETFILTER)) as channel:
            asking.set()
            while table_exists(channel):
                pass
            began_s = time.monotonic()
            while not table_exists(channel):
                pass
            return time.monotonic() - began_s

    with ThreadPoolExecutor(1) as pool:
        took = pool.submit(namespaces.inside, lab.namespace("balancer"), gone_s)
        asking.wait(5)
        lab.run("balancer", ["nft", "flush", "ruleset"])
        return 1000 * took.result(10)


def _until_listening(lab: Lab, pid: int) -> None:
    """Return once a monitor has a netlink socket: what happened before is not told."""

    def listens() -> bool:
        listing = lab.run("balancer", ["cat", f"/proc/{pid}/net/netlink"]).stdout
        return any(line.split()[2] == str(pid) and line.split()[3] != "00000000" for line in listing.splitlines()[1:])

    wait_until(listens, "the monitor listens", 5)
