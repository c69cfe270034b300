"""Two ISPs behind one interface, and an ISP whose next hop lies outside our subnet."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address, IPv4Interface

import pytest

from lab import programs
from lab.lab import Lab
from lab.namespaces import CLOSET, namespace
from lab.topology import BALANCER_LAN
from tests.lab import leases, lines, routed

FAILOVER = "gateway failover 0.2 icmp 10.0.0.3 --timeout 0.4 --hold 0"
FAR = IPv4Interface("10.99.0.5/32")


def configure(lab: Lab, *typed: str) -> None:
    lines_typed = [f"addr edit eth0 {BALANCER_LAN}", *typed, FAILOVER]
    lab.run("balancer", ["config", "batch", "-"], stdin="\n".join(lines_typed) + "\n")
    routed.settled(lab)
    routed.wait_for_members(lab, 1, 2)


@contextmanager
def one_interface(name: str) -> Iterator[tuple[Lab, dict[int, IPv4Address]]]:
    """The second ISP's cable is plugged into a hub on the first one's, with one address of ours between them."""
    with ExitStack() as stack:
        lab = stack.enter_context(routed.routed(name, blank=True))
        programs.run(["ip", "link", "set", "2-isp2", "master", "balancer-isp1"], where=namespace(lab.name, CLOSET))
        (second,) = stack.enter_context(leases.providers(lab, 2))
        second.move(IPv4Interface("192.168.1.3/24"))
        configure(lab, "addr edit eth1 192.168.1.1/24", "gateway add 192.168.1.2", "gateway add 192.168.1.3")
        yield lab, dict.fromkeys((1, 2), IPv4Address("192.168.1.1"))


@contextmanager
def far_and_typed(name: str) -> Iterator[tuple[Lab, dict[int, IPv4Address]]]:
    with routed.routed(name, blank=True) as lab:
        lab.run("isp2", ["ip", "route", "add", str(FAR), "dev", "eth1"])
        configure(
            lab,
            "addr edit eth1 192.168.1.1/24",
            "gateway add 192.168.1.2",
            f"addr edit eth2 {FAR}",
            "gateway add 172.17.0.2 eth2 --far",
        )
        yield lab, {1: IPv4Address("192.168.1.1"), 2: FAR.ip}


@contextmanager
def far_and_leased(name: str) -> Iterator[tuple[Lab, dict[int, IPv4Address]]]:
    """What dhclient's script does with a lease of a single address."""
    with routed.routed(name, blank=True) as lab:
        lab.run("isp2", ["ip", "route", "add", str(FAR), "dev", "eth1"])
        for words in (f"address add {FAR}", "route add 172.17.0.2", "route add default via 172.17.0.2"):
            lab.run("balancer", ["ip", *words.split(), "dev", "eth2"])
        configure(lab, "addr edit eth1 192.168.1.1/24", "gateway add 192.168.1.2", "gateway add auto eth2")
        yield lab, {1: IPv4Address("192.168.1.1"), 2: FAR.ip}


KINDS = {"one interface": one_interface, "far, typed": far_and_typed, "far, leased": far_and_leased}


@pytest.fixture(scope="module", params=KINDS)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with KINDS[request.param](f"sh{list(KINDS).index(request.param)}") as (lab, own), lines.called(lab, own):
        yield lab


def test_both_carry_their_share(lab: Lab) -> None:
    lines.require_balance(lab)


@pytest.mark.parametrize("isp", [1, 2])
def test_whoever_calls_in_is_answered_through_the_same_isp(lab: Lab, isp: int) -> None:
    lines.require_answers(lab, isp)


def test_a_dead_one_is_left_out_and_no_other_flow_notices(lab: Lab) -> None:
    lines.require_failover(lab, dead=2)
