"""Behavior 13: somebody touches what is ours: it is put right and noted; what is a stranger's stays."""

import time
from collections.abc import Iterator

import pytest

from lab.lab import Lab
from lab.measures import pairs
from lab.waiting import wait_until
from tests.lab import routed
from tests.lab.touches import TOUCHES
from tests.pace import Pace

pytestmark = pytest.mark.exact

# The budget is 0.1 s from the event; the rest is for the commands by which this test looks.
REPAIRED_WITHIN_S = 0.25


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("drift") as lab:
        routed.wait_for_members(lab, 1, 2)
        yield lab


def held(lab: Lab) -> tuple[list[str], ...]:
    """Everything of ours, as the kernel's own tools list it; the order within a priority is nobody's promise."""
    tables = [routed.lines(lab, "ip", "route", "show", "table", number) for number in ("241", "242", "243", "244")]
    rules = sorted(line for line in routed.lines(lab, "ip", "rule") if "proto 243" in line)
    nft = [line for line in routed.lines(lab, "nft", "-s", "list", "ruleset") if "packets" not in line]
    sysctls = routed.lines(lab, "sysctl", "net.ipv4.ip_forward", "net.ipv4.conf.eth1.rp_filter")
    addresses = routed.lines(lab, "ip", "-4", "-o", "address", "show", "dev", "eth2")
    return rules, nft, sysctls, [line.split(" valid_lft")[0] for line in addresses], *tables


@pytest.mark.parametrize("touch", TOUCHES)
def test_what_is_ours_is_put_right_and_noted(lab: Lab, touch: str) -> None:
    before, known = held(lab), len(drifts(lab))
    lab.run("balancer", touch.split())
    touched_s = time.monotonic()
    wait_until(lambda: len(drifts(lab)) > known, "the repair is noted")
    noted_s = time.monotonic() - touched_s
    wait_until(lambda: held(lab) == before, "everything is as before")
    print(f"noted {1000 * noted_s:.0f} ms after: {drifts(lab)[0]}")
    assert noted_s <= Pace().allows(REPAIRED_WITHIN_S)
    assert [one.error for one in lab.connections(pairs(20)) if one.error] == []


def test_the_cause_is_noted_too(lab: Lab) -> None:
    known = len(drifts(lab))
    lab.run("balancer", ["nft", "flush", "ruleset"])
    wait_until(lambda: len(drifts(lab)) > known, "the repair is noted")
    assert "nft" in routed.events(lab)[0].actor


def test_a_strangers_rule_route_and_table_stay(lab: Lab) -> None:
    lab.run("balancer", ["ip", "rule", "add", "priority", "100", "from", "203.0.113.0/24", "lookup", "77"])
    lab.run("balancer", ["ip", "route", "add", "default", "via", "172.17.0.2", "table", "77"])
    lab.run("balancer", ["nft", "add", "table", "inet", "stranger"])
    known = len(drifts(lab))
    lab.run("balancer", ["ip", "rule", "del", "priority", "243"])
    wait_until(lambda: len(drifts(lab)) > known, "ours is put right")
    assert any(line.startswith("100:") for line in routed.lines(lab, "ip", "rule"))
    assert routed.lines(lab, "ip", "route", "show", "table", "77")
    assert "table inet stranger" in routed.lines(lab, "nft", "list", "tables")


def drifts(lab: Lab) -> list[str]:
    return [event.text for event in routed.events(lab) if event.kind == "drift"]
