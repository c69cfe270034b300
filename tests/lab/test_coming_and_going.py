"""Lines that come and go: a modem that reboots, a stick that is unplugged, ten flaps of whatever can flap."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from app.model.verdict import Layer, State
from lab import namespaces, programs
from lab.lab import Lab
from lab.measures import pairs
from lab.namespaces import CLOSET, namespace
from lab.packets import Packet
from lab.waiting import wait_until
from tests.lab import leases, routed
from tests.lab.leases import Client, Provider

OWN = "192.168.1.77"
# Half a flap: ten of them take less than ten seconds.
BEAT_S = 0.25


@dataclass
class Modem:
    """ISP 1: its modem, and the client that asks it. ISP 2 is well all the time."""

    lab: Lab
    provider: Provider

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client that asks while the cable is in, as a program that watches the cable runs one; it has its lease."""
        with leases.udhcpc(self.lab, "eth1") as client:
            leases.wait_for_address(self.lab, "eth1", OWN)
            yield client
            client.stop()


@pytest.fixture(scope="module")
def modem() -> Iterator[Modem]:
    with ExitStack() as stack:
        lab = stack.enter_context(routed.routed("going", blank=True))
        (provider,) = stack.enter_context(leases.providers(lab, 1))
        lab.run("balancer", ["ip", "address", "add", "172.17.0.1/24", "dev", "eth2"])
        lab.run("balancer", ["ip", "route", "add", "default", "via", "172.17.0.2", "metric", "500"])
        leases.follow(lab, "eth1", "eth2")
        provider.hand_out(OWN)
        yield Modem(lab, provider)


def is_carried(packet: Packet) -> bool:
    """Whether somebody's traffic is on the line: not a probe, not DHCP, not an ARP (which no capture shows)."""
    return packet.outgoing and packet.protocol_name != "icmp" and packet.destination_port != 67


def test_a_modem_that_reboots_carries_nothing_before_it_is_proven(modem: Modem) -> None:
    lab, provider = modem.lab, modem.provider

    def require_nothing_lost() -> None:
        assert routed.by_isp(lab.connections(pairs(50))) == {2: 50}

    with ExitStack() as stack:
        with modem.client():
            routed.wait_for_members(lab, 1, 2)
            well = stack.enter_context(lab.udp_call(routed.pairs_by_isp(lab, 2, 3), rate_hz=200))
            lab.cut("balancer-isp1")
            routed.wait_for_members(lab, 2)
        provider.fall_silent()
        lab.silence("isp1-vmnet8")
        line = stack.enter_context(lab.capture("balancer", "eth1", is_carried))
        lab.plug("balancer-isp1")
        wait_until(lambda: routed.gateway(lab, 1).layer is Layer.ADDRESS, "the carrier is back")
        assert routed.gateway(lab, 1).reason == "eth1 has no address"
        require_nothing_lost()
        provider.hand_out(OWN)
        stack.enter_context(modem.client())
        wait_until(lambda: routed.gateway(lab, 1).layer is not Layer.ADDRESS or "link is back" in
                   routed.gateway(lab, 1).reason, "the lease is back")  # fmt: skip
        require_nothing_lost()
        assert not routed.gateway(lab, 1).in_use
        restored_ns = lab.restore("isp1-vmnet8")
        routed.wait_for_members(lab, 1, 2)
        wait_until(lambda: lab.connections(pairs(50)) and bool(line.packets), "it carries again")
        assert [packet for packet in line.packets if packet.at_ns < restored_ns] == []
        assert [(flow.last_isp, flow.lost()) for flow in well.stop()] == [(2, 0)] * 3


def test_a_stick_that_is_unplugged_is_pending_and_comes_back_under_its_name(modem: Modem) -> None:
    lab, closet = modem.lab, namespace(modem.lab.name, CLOSET)
    with modem.client():
        routed.wait_for_members(lab, 1, 2)
        stick = routed.facts(lab).link("eth1")
        assert stick is not None
        programs.run(["ip", "link", "delete", "1-balancer"], where=closet)
        routed.wait_for_members(lab, 2)
        wait_until(lambda: routed.pending(lab) == {"gateways.1": "eth1 is absent"}, "it is pending")
        assert routed.gateway(lab, 1).state is State.DOWN
        assert routed.by_isp(lab.connections(pairs(50))) == {2: 50}
    peer = f"peer name eth1 address {stick.mac} netns {lab.namespace('balancer')}"
    plugged = [f"link add name 1-balancer index 2000 type veth {peer}", "link set 1-balancer master balancer-isp1 up"]
    programs.ip_batch(plugged, where=closet)
    with modem.client():
        routed.wait_for_members(lab, 1, 2)
        settings = [f"net.ipv4.conf.eth1.{name}" for name in ("rp_filter", "ignore_routes_with_linkdown")]
        assert routed.lines(lab, "sysctl", "-n", *settings) == ["2", "1"]
        assert set(routed.by_isp(lab.connections(pairs(50)))) == {1, 2}
        # The setting counts only for routes that came after it.
        lab.cut("balancer-isp1")
        dead = "default via 192.168.1.2 dev eth1 proto static dead linkdown"
        wait_until(lambda: dead in routed.lines(lab, "ip", "route", "show", "table", "241"), "the kernel skips it")
        lab.plug("balancer-isp1")
        routed.wait_for_members(lab, 1, 2)


def flap_cable(lab: Lab, client: Client) -> tuple[Callable[[], object], Callable[[], object]]:
    return lambda: lab.cut("balancer-isp1"), lambda: lab.plug("balancer-isp1")


def flap_device(lab: Lab, client: Client) -> tuple[Callable[[], object], Callable[[], object]]:
    def to(state: str) -> Callable[[], object]:
        return lambda: lab.run("balancer", ["ip", "link", "set", "eth1", state])

    return to("down"), to("up")


def flap_lease(lab: Lab, client: Client) -> tuple[Callable[[], object], Callable[[], object]]:
    return client.release, client.renew


@pytest.mark.parametrize("flap", [flap_cable, flap_device, flap_lease])
def test_after_ten_flaps_in_ten_seconds_all_is_as_it_is(
    modem: Modem, flap: Callable[[Lab, Client], tuple[Callable[[], object], Callable[[], object]]]
) -> None:
    lab = modem.lab
    with modem.client() as client:
        routed.wait_for_members(lab, 1, 2)
        before, processes = ours(lab), running(lab)
        with lab.udp_call(routed.pairs_by_isp(lab, 2, 3), rate_hz=200) as well:
            go, come = flap(lab, client)
            beat_s = time.monotonic()
            for _ in range(10):
                for change in (go, come):
                    change()
                    routed.wait_for_beat(beat_s := beat_s + BEAT_S)
            leases.wait_for_address(lab, "eth1", OWN)
            routed.wait_for_members(lab, 1, 2, limit_s=30)
            assert [(flow.last_isp, flow.lost()) for flow in well.stop()] == [(2, 0)] * 3
        wait_until(lambda: ours(lab) == before, "rules, routes and nftables are as before")
        wait_until(lambda: routed.pending(lab) == {} and routed.kernel(lab).drift == (), "nothing is left to do")
        wait_until(lambda: running(lab) <= processes, "no process is left behind")
        assert set(routed.by_isp(lab.connections(pairs(50)))) == {1, 2}


def ours(lab: Lab) -> tuple[list[str], ...]:
    """Everything of ours, as the kernel's own tools list it; the order within a priority is nobody's promise."""
    tables = [routed.lines(lab, "ip", "route", "show", "table", number) for number in ("241", "242", "243", "244")]
    nft = [
        line for line in routed.lines(lab, "nft", "-s", "list", "table", "inet", "multihome") if "packets" not in line
    ]
    return sorted(routed.lines(lab, "ip", "rule")), nft, *tables


def running(lab: Lab) -> set[int]:
    return set(namespaces.processes_in([lab.namespace("balancer")]))
