"""A check that does not pass is run before it is saved: with real packets, from the console."""

import subprocess

from lab.lab import Lab
from tests.lab import routed


def typed(lab: Lab, *words: str) -> "subprocess.CompletedProcess[str]":
    return lab.run("balancer", ["config", *words], check=False)


def test_a_check_nobody_answers_is_refused_and_the_router_stays_as_it_was() -> None:
    with routed.routed("no-answer") as lab:
        routed.wait_for_members(lab, 1, 2)
        before = routed.status(lab).in_force
        refused = typed(lab, "gateway", "failover", "1", "icmp", "10.0.0.99")
        assert refused.returncode == 2
        for isp in (1, 2):
            assert f"icmp 10.0.0.99 fails through ISP {isp} (10.0.0.99: " in refused.stderr
        assert refused.stderr.endswith("(--force saves it anyway)\n")
        assert routed.status(lab).in_force == before
        assert all(one.in_use for one in routed.status(lab).gateways)
        assert not [one for one in routed.events(lab) if "is down" in one.text]
        passed = typed(lab, "gateway", "failover", "1", "tcp", "10.0.0.3", "80")
        assert passed.returncode == 0
        for isp in (1, 2):
            assert f"note: tcp 10.0.0.3 80 passes through ISP {isp} (10.0.0.3: reply in " in passed.stderr
