"""`./run deb --prove`: install, run, break, upgrade, remove and purge the package on a Debian machine of its own.

The machine is the router of a lab: its systemd, its apt and its kernel's network are real, and so are the packets.
Prints what it has seen; ends with 1 at the first thing that is not as the package promises.
"""

import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lab.lab import Lab
from lab.measures import pairs
from lab.topology import BALANCER
from package.prove import steps
from package.prove.machine import ProofFailed, booted, fresh
from package.prove.newer import newer

LAB: Final = "prove"
TREE: Final = Path(__file__).resolve().parents[2]
WORK: Final = TREE / "build/prove"


def main() -> int:
    """Prove the newest package in dist/; 0 if everything is as promised."""
    # Ended from outside, it still takes down what it made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    package = max(TREE.glob("dist/multihome_*.deb"), key=lambda path: path.stat().st_mtime)
    started_s = time.monotonic()
    try:
        _prove(package)
    except (ProofFailed, TimeoutError) as failure:
        print(f"NOT AS PROMISED: {failure}", file=sys.stderr)
        return 1
    print(f"all as promised, in {time.monotonic() - started_s:.0f} s")
    return 0


def _prove(package: Path) -> None:
    _step("lintian", lambda: steps.lint(package))
    root = fresh(WORK, package)
    upgrade, schema = newer(package, WORK)
    shutil.copy(upgrade, root / "root")
    with Lab.up(LAB, bare=True) as lab, booted(root, lab.namespace(BALANCER)) as machine:
        before = steps.kernel(machine)
        _step("installed by apt", lambda: steps.install(machine, package.name))
        _step("users, files, units", lambda: steps.check_installed(machine))
        _step("the page, its token", lambda: steps.check_panel(machine))
        _step("the paper's commands", lambda: steps.configure(machine, lab))
        with lab.udp_call(pairs(8), rate_hz=200) as call:
            _step("sandboxed, and nothing refused", lambda: steps.check_sandbox(machine))
            _step("a rule deleted, a worker killed, one that hangs", lambda: steps.disturb(machine))
            _step("upgraded", lambda: steps.upgrade(machine, upgrade.name, schema))
            _step("removed", lambda: steps.remove(machine))
            flows = call.stop()
        steps.require(not sum(flow.lost() for flow in flows), f"packets were lost: {[flow.lost() for flow in flows]}")
        steps.require(all(len({isp for isp in flow.isps if isp}) == 1 for flow in flows), "a flow moved")
        sent = sum(len(flow.sent_ns) for flow in flows)
        print(f"   through all of it: {sent} datagrams of {len(flows)} flows, none lost, no flow moved")
        _step("installed again, cables cut", lambda: steps.fail_over(machine, lab, upgrade.name))
        _step("purged", lambda: steps.purge(machine, before))


def _step(name: str, step: Callable[[], str]) -> None:
    started_s = time.monotonic()
    print(f"{name}: ", end="", flush=True)
    print(f"{step()} ({time.monotonic() - started_s:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
