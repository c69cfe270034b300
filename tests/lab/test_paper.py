"""Behavior 1: the paper, line by line."""

from collections.abc import Iterator

import pytest

from lab.lab import Lab
from tests.lab import routed

COMMANDS = """
addr edit eth0 62.231.110.65/26
addr edit eth1 192.168.1.1/24
addr edit eth2 172.17.0.1/24
gateway edit 192.168.1.2 eth1
gateway add 172.17.0.2
gateway failover 2
""".strip().splitlines()

SHOWN = """\
Default gateway [1]: 192.168.1.2 (eth1) (enabled)
weight 1 src 192.168.1.1
Default gateway [2]: 172.17.0.2 (eth2) (enabled)
weight 1 src 172.17.0.1
Failover: (link monitor) (every 2s)
"""

# Section IV, and what ours say besides.
RULES = [
    "0: from all lookup local",
    "240: from all lookup main suppress_prefixlength 0 proto 243",
    "241: from 192.168.1.0/24 fwmark 0/0x7f000000 lookup 241 proto 243",
    "242: from 172.17.0.0/24 fwmark 0/0x7f000000 lookup 242 proto 243",
    "243: from all lookup 243 proto 243",
    "32766: from all lookup main",
    "32767: from all lookup default",
]
TABLE_243 = [
    "default proto static",
    "nexthop via 192.168.1.2 dev eth1 weight 1",
    "nexthop via 172.17.0.2 dev eth2 weight 1",
]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("paper", blank=True) as lab:
        for command in COMMANDS:
            routed.console(lab, command)
        routed.settled(lab)
        routed.wait_for_members(lab, 1, 2)
        yield lab


def test_config_gateway_show_prints_the_papers_five_lines(lab: Lab) -> None:
    assert routed.console(lab, "gateway show") == SHOWN


def test_the_kernel_has_the_papers_seven_rules_in_the_papers_order(lab: Lab) -> None:
    rules = routed.lines(lab, "ip", "rule")
    assert [rule for rule in rules if rule in RULES] == RULES
    assert all(rule.endswith("proto 243") for rule in rules if rule not in RULES)


def test_the_kernels_table_243_is_the_papers_to_the_letter(lab: Lab) -> None:
    assert routed.lines(lab, "ip", "route", "show", "table", "243") == TABLE_243


def test_addresses_are_those_that_were_typed(lab: Lab) -> None:
    for interface, address in (("eth0", "62.231.110.65/26"), ("eth1", "192.168.1.1/24"), ("eth2", "172.17.0.1/24")):
        assert any(f"inet {address}" in line for line in routed.lines(lab, "ip", "-4", "address", "show", interface))


def test_the_worker_needs_no_more_than_its_two_capabilities(lab: Lab) -> None:
    worker = next(process for process in lab.record.router if process.role == "worker")
    status = lab.run("balancer", ["cat", f"/proc/{worker.pid}/status"]).stdout
    held = {line.split()[0]: line.split()[1:] for line in status.splitlines() if line.startswith(("Cap", "Uid"))}
    net_admin_and_raw = f"{(1 << 12) | (1 << 13):016x}"
    assert "0" not in held["Uid:"]
    for which in ("CapPrm:", "CapEff:", "CapBnd:"):
        assert held[which] == [net_admin_and_raw]


def test_the_uninstaller_leaves_nothing_of_ours(lab: Lab) -> None:
    lab.end_worker()
    lab.run("balancer", ["multihome", "uninstall", "--yes"])
    assert not [rule for rule in routed.lines(lab, "ip", "rule") if "proto 243" in rule]
    for table in ("241", "242", "243", "244"):
        assert not lab.run("balancer", ["ip", "route", "show", "table", table], check=False).stdout.strip()
    assert "multihome" not in lab.run("balancer", ["nft", "list", "tables"]).stdout
    assert routed.lines(lab, "sysctl", "-n", "net.ipv4.ip_forward", "net.ipv4.conf.eth1.rp_filter") == ["0", "0"]
