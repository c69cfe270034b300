"""Lines without a next hop: what pppd, a tunnel or an LTE stick makes, and a modem that answers for everybody."""

from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import IPv4Address

import pytest

from app.model.verdict import Layer, State
from lab.lab import Lab
from lab.topology import BALANCER_LAN
from lab.waiting import wait_until
from tests.lab import lines, routed
from tests.lab.journal import journal
from tests.lab.tunnel import NAME, point_to_point
from tests.pace import Pace

pytestmark = pytest.mark.exact

OURS, THEIRS = "10.64.0.2", "10.64.0.1"
FOLLOWED_WITHIN_S = 0.3


def configure(lab: Lab, interface: str) -> None:
    typed = (
        f"addr edit eth0 {BALANCER_LAN}",
        "addr edit eth1 192.168.1.1/24",
        "gateway add 192.168.1.2",
        f"gateway add auto {interface}",
        "gateway failover 0.2 icmp 10.0.0.3 --timeout 0.4 --hold 0",
    )
    lab.run("balancer", ["config", "batch", "-"], stdin="\n".join(typed) + "\n")
    routed.settled(lab)
    routed.wait_for_members(lab, 1, 2)


@pytest.fixture(scope="module", params=["tun", "veth"])
def line(request: pytest.FixtureRequest) -> Iterator[tuple[Lab, str]]:
    """The lab, and the interface that its second ISP is on."""
    with ExitStack() as stack:
        lab = stack.enter_context(routed.routed(f"p2p{request.param}", blank=True))
        own = {1: IPv4Address("192.168.1.1"), 2: IPv4Address(OURS)}
        if request.param == "tun":
            stack.enter_context(point_to_point(lab, 2, OURS, THEIRS))
            interface = NAME
        else:
            # The modem answers for every address on its side (proxy ARP), so the device alone is the way.
            lab.run("isp2", ["sysctl", "-qw", "net.ipv4.conf.eth1.proxy_arp=1", "net.ipv4.neigh.eth1.proxy_delay=0"])
            lab.run("isp2", ["ip", "route", "add", f"{OURS}/32", "dev", "eth1"])
            lab.run("balancer", ["ip", "address", "add", f"{OURS}/32", "dev", "eth2"])
            lab.run("balancer", ["ip", "route", "add", "default", "dev", "eth2", "metric", "50"])
            interface = "eth2"
        configure(lab, interface)
        stack.enter_context(lines.called(lab, own))
        yield lab, interface


def test_it_is_detected_and_both_carry_their_share(line: tuple[Lab, str]) -> None:
    lab, interface = line
    assert f"{interface} · point-to-point · {OURS}" in routed.console(lab, "gateway detect").splitlines()
    assert routed.gateway(lab, 2).next_hop is None
    lines.require_balance(lab)


@pytest.mark.parametrize("isp", [1, 2])
def test_whoever_calls_in_is_answered_through_the_same_isp(line: tuple[Lab, str], isp: int) -> None:
    lines.require_answers(line[0], isp)


def test_a_dead_one_is_left_out_and_no_other_flow_notices(line: tuple[Lab, str]) -> None:
    lines.require_failover(line[0], dead=2)


def test_a_device_that_goes_is_pending_and_comes_back_under_its_name() -> None:
    """The kernel takes the whole multipath route along when one of its devices is unregistered."""
    with ExitStack() as stack:
        lab = stack.enter_context(routed.routed("p2pgone", blank=True))
        with ExitStack() as session:
            session.enter_context(point_to_point(lab, 2, OURS, THEIRS))
            configure(lab, NAME)
            written = stack.enter_context(journal(lab))
            untouched = stack.enter_context(lab.udp_call(routed.pairs_by_isp(lab, 1, 3), rate_hz=200))
            moved = stack.enter_context(lab.udp_call(routed.pairs_by_isp(lab, 2, 3), rate_hz=200))
        gone = written.wait_for(lambda text: text.startswith("Deleted") and OURS in text, "its address goes")
        moved.wait_for(lambda latest: all(isp == 1 for _, isp in latest), "its calls go on elsewhere")
        one = written.wait_for(
            lambda text: "table 243" in text and not text.startswith("Deleted") and "nexthop" not in text,
            "the one that is left", since_ns=gone.at_ns)  # fmt: skip
        print(f"without it {(one.at_ns - gone.at_ns) / 1e6:.0f} ms after its address went")
        assert (one.at_ns - gone.at_ns) / 1e9 <= Pace().allows(FOLLOWED_WITHIN_S)
        wait_until(lambda: routed.pending(lab) == {"gateways.2": "ppp0 is absent"}, "it is pending")
        seen = routed.gateway(lab, 2)
        assert (seen.state, seen.layer, seen.reason) == (State.DOWN, Layer.CARRIER, "ppp0 is absent")
        stack.enter_context(point_to_point(lab, 2, "10.64.0.7", THEIRS))
        routed.wait_for_members(lab, 1, 2)
        assert routed.gateway(lab, 2).source == IPv4Address("10.64.0.7")
        settings = [f"net.ipv4.conf.ppp0.{name}" for name in ("rp_filter", "ignore_routes_with_linkdown")]
        assert routed.lines(lab, "sysctl", "-n", *settings) == ["2", "1"]
        lines.require_balance(lab)
        assert [(flow.last_isp, flow.lost()) for flow in untouched.stop()] == [(1, 0)] * 3
        wait_until(lambda: routed.kernel(lab).drift == (), "the kernel holds what is wanted")
