"""Two ISPs that hand out the same private subnet and next hop: with different addresses, and the very same."""

from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv4Interface

import pytest

from lab.lab import Lab
from tests.lab import leases, lines, routed

SUBNET, ROUTER = "192.168.1.0/24", IPv4Interface("192.168.1.254/24")
OWN = {"different addresses": ("192.168.1.100", "192.168.1.101"), "the very same": ("192.168.1.100", "192.168.1.100")}


@pytest.fixture(scope="module", params=OWN)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    own = OWN[request.param]
    with ExitStack() as stack:
        lab = stack.enter_context(routed.routed(f"twin{int(own[0] == own[1])}", blank=True))
        leases.follow(lab, "eth1", "eth2")
        for provider, address in zip(stack.enter_context(leases.providers(lab, 1, 2)), own, strict=True):
            provider.move(ROUTER)
            provider.hand_out(address)
        stack.enter_context(leases.dhclient(lab, "eth1", metric=100))
        stack.enter_context(leases.udhcpc(lab, "eth2"))
        routed.wait_for_members(lab, 1, 2)
        stack.enter_context(lines.called(lab, {isp: IPv4Address(own[isp - 1]) for isp in (1, 2)}))
        yield lab


def test_both_carry_their_share(lab: Lab) -> None:
    assert {routed.gateway(lab, isp).next_hop for isp in (1, 2)} == {ROUTER.ip}
    lines.require_balance(lab)


@pytest.mark.parametrize("isp", [1, 2])
def test_whoever_calls_in_is_answered_through_the_same_isp(lab: Lab, isp: int) -> None:
    lines.require_answers(lab, isp)


def test_a_dead_one_is_left_out_and_no_other_flow_notices(lab: Lab) -> None:
    """The first: `main` knows the subnet by its interface."""
    lines.require_failover(lab, dead=1)


@pytest.mark.parametrize("isp", [1, 2])
def test_a_probe_goes_to_its_own_isp_though_the_next_hop_is_called_the_same(lab: Lab, isp: int) -> None:
    """The next hop itself is asked: `main` knows two ways to it."""
    strays = lab.capture("balancer", f"eth{3 - isp}", lambda p: p.destination == ROUTER.ip and p.outgoing)
    with strays, lab.capture(f"isp{isp}", "eth1", lambda p: p.destination == ROUTER.ip) as heard:
        lab.run("balancer", ["ping", "-n", "-c", "3", "-i", "0.01", "-I", f"eth{isp}", str(ROUTER.ip)])
        assert len([p for p in heard.stop() if p.protocol_name == "icmp"]) == 3
        assert [p for p in strays.stop() if p.protocol_name == "icmp"] == []
