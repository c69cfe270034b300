"""ISPs that hand out addresses: whatever dhclient and udhcpc make of what dnsmasq says is followed."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count

import pytest

from app.kernel.conntrack import outbound
from app.model.verdict import Layer, State
from lab import namespaces
from lab.lab import Lab
from lab.measures import pairs
from lab.packets import Packet
from lab.waiting import wait_until
from tests.lab import leases, routed
from tests.lab.journal import journal
from tests.lab.leases import Client, Provider
from tests.legs import ipv4
from tests.pace import Pace

pytestmark = pytest.mark.exact

FOLLOWED_WITHIN_S = 0.3
# dhclient renews when its time has come, udhcpc when it is told to.
BOTH = pytest.mark.parametrize("isp", [1, 2], ids=["dhclient", "udhcpc"])


@dataclass
class Line:
    """An ISP and the client that asks it; addresses are given out in turn."""

    provider: Provider
    client: Client
    network: str

    def next_address(self) -> IPv4Address:
        """Have the client come back with another address."""
        address = IPv4Address(f"{self.network}.{next(NUMBERS)}")
        self.provider.hand_out(address)
        self.renew()
        return address

    def renew(self) -> None:
        if self.provider.number == 2:
            self.client.renew()


NUMBERS = count(100)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("leases", blank=True) as lab:
        leases.follow(lab, "eth1", "eth2")
        yield lab


@pytest.fixture(scope="module")
def lines(lab: Lab) -> Iterator[dict[int, Line]]:
    with ExitStack() as stack:
        one, two = stack.enter_context(leases.providers(lab, 1, 2))
        one.hand_out("192.168.1.77")
        two.hand_out("172.17.0.77")
        dhclient = stack.enter_context(leases.dhclient(lab, "eth1", metric=100))
        udhcpc = stack.enter_context(leases.udhcpc(lab, "eth2"))
        routed.wait_for_members(lab, 1, 2)
        yield {1: Line(one, dhclient, "192.168.1"), 2: Line(two, udhcpc, "172.17.0")}
        for client in (dhclient, udhcpc):
            client.stop()


def stale(lab: Lab, isp: int, address: IPv4Address) -> int:
    """How many flows of this gateway still answer to an address."""
    entries = namespaces.inside(lab.namespace("balancer"), lambda: [e for batch in outbound(ipv4(isp)) for e in batch])
    return sum(address.packed in entry for entry in entries)


def is_dhcp(packet: Packet) -> bool:
    return packet.destination_port == 67


def test_what_the_clients_installed_is_detected_and_used(lab: Lab, lines: dict[int, Line]) -> None:
    shown = routed.console(lab, "gateway detect").splitlines()
    assert "eth1 · DHCP · 192.168.1.77 · next hop 192.168.1.2" in shown
    assert "eth2 · DHCP · 172.17.0.77 · next hop 172.17.0.2" in shown
    counts = routed.by_isp(lab.connections(pairs(200)))
    assert set(counts) == {1, 2}


@BOTH
def test_a_renewal_that_changes_nothing_disturbs_nothing(lab: Lab, lines: dict[int, Line], isp: int) -> None:
    line, known = lines[isp], lines[isp].provider.renewals
    with journal(lab) as written, lab.udp_call(routed.pairs_by_isp(lab, isp, 3), rate_hz=200) as call:
        line.renew()
        wait_until(lambda: line.provider.renewals > known, "the lease is renewed", leases.LIMIT_S)
        answered = [answers for answers, _ in call.latest]
        call.wait_for(lambda latest: all(a > k + 50 for (a, _), k in zip(latest, answered, strict=True)), "they go on")
        flows = call.stop()
        changed = [entry.text for entry in written.entries if "table 24" in entry.text or "lookup" in entry.text]
    assert [(flow.last_isp, flow.lost()) for flow in flows] == [(isp, 0)] * 3
    assert changed == []


@BOTH
def test_a_new_address_under_load_is_followed_at_once_and_only_stale_flows_go(
    lab: Lab, lines: dict[int, Line], isp: int
) -> None:
    routed.wait_for_members(lab, 1, 2)
    before, other = routed.gateway(lab, isp).source, 3 - isp
    assert isinstance(before, IPv4Address)
    mine, others = routed.pairs_by_isp(lab, isp, 3), routed.pairs_by_isp(lab, other, 3)
    with ExitStack() as stack:
        written = stack.enter_context(journal(lab))
        moved = stack.enter_context(lab.udp_call(mine, rate_hz=200))
        untouched = stack.enter_context(lab.udp_call(others, rate_hz=200))
        talkers = stack.enter_context(lab.tcp_talkers(mine))
        leaving = stack.enter_context(lab.capture("balancer", f"eth{isp}", lambda packet: packet.outgoing))
        address = lines[isp].next_address()
        leases.wait_for_address(lab, f"eth{isp}", address)
        wait_until(lambda: routed.gateway(lab, isp).source == address, "the worker knows it", routed.LIMIT_S)
        routed.wait_for_members(lab, 1, 2)
        moved.wait_for(lambda latest: all(answers for answers, _ in latest), "every call is answered")
        assert [flow.lost() for flow in untouched.stop()] == [0] * 3
        assert [flow.last_isp for flow in moved.stop()] == [other] * 3
        assert all(stream.ending == "reset" for stream in talkers.stop())
        assert set(routed.by_isp(lab.connections(pairs(100)))) == {1, 2}
        packets = leaving.stop()
    given = written.wait_for(lambda text: text.startswith(f"default via {lines[isp].provider.inside.ip}")
                             and "table" not in text, "the client's default route")  # fmt: skip
    table = written.wait_for(lambda text: f"table 24{isp}" in text, "its table", since_ns=given.at_ns)
    first = next(p for p in packets if p.source == address and p.icmp is not None and p.at_ns > given.at_ns)
    joined = written.wait_for(lambda text: "table 243" in text and "nexthop" in text, "both", since_ns=given.at_ns)
    figures = [(one.at_ns - given.at_ns) / 1e9 for one in (table, first, joined)]
    print("table, first probe, carrying again: " + ", ".join(f"{1000 * one:.0f} ms" for one in figures))
    assert figures[0] <= Pace().allows(FOLLOWED_WITHIN_S)
    assert figures[1] <= Pace().allows(FOLLOWED_WITHIN_S)
    carried = [packet for packet in packets if packet.at_ns > given.at_ns and not is_dhcp(packet)]
    assert {p.source for p in carried} == {address}
    assert stale(lab, isp, before) == 0


def test_a_new_address_carries_nothing_before_it_is_proven(lab: Lab, lines: dict[int, Line]) -> None:
    isp, other = 1, 2
    routed.wait_for_members(lab, 1, 2)
    lab.silence(f"isp{isp}-vmnet8")
    try:
        address = lines[isp].next_address()
        with lab.capture("balancer", f"eth{isp}", lambda p: p.outgoing and p.source == address) as leaving:
            leases.wait_for_address(lab, f"eth{isp}", address)
            wait_until(lambda: routed.gateway(lab, isp).source == address, "the new address is followed")
            counts = routed.by_isp(lab.connections(pairs(50)))
            probes = [packet for packet in leaving.stop() if not is_dhcp(packet)]
    finally:
        lab.restore(f"isp{isp}-vmnet8")
    assert counts == {other: 50}
    assert {packet.protocol_name for packet in probes} == {"icmp"}
    routed.wait_for_members(lab, 1, 2)


def test_the_only_isp_goes_on_under_its_new_address(lab: Lab, lines: dict[int, Line]) -> None:
    isp, other = 1, 2
    lab.silence(f"isp{other}-vmnet8")
    try:
        routed.wait_for_members(lab, isp)
        with lab.udp_call(pairs(3), rate_hz=200) as call:
            address = lines[isp].next_address()
            leases.wait_for_address(lab, f"eth{isp}", address)
            wait_until(lambda: routed.gateway(lab, isp).source == address, "the new address is followed")
            known = [answers for answers, _ in call.latest]
            call.wait_for(lambda latest: all(a > k for (a, _), k in zip(latest, known, strict=True)), "they go on")
            assert [flow.last_isp for flow in call.stop()] == [isp] * 3
    finally:
        lab.restore(f"isp{other}-vmnet8")
    routed.wait_for_members(lab, 1, 2)


def test_another_next_hop_is_followed_and_the_flows_of_the_address_stay(lab: Lab, lines: dict[int, Line]) -> None:
    """udhcpc's script takes the old default route away before it puts the new one."""
    line, router = lines[2], IPv4Address("172.17.0.9")
    source = routed.gateway(lab, 2).source
    assert isinstance(source, IPv4Address)
    lab.run("isp2", ["ip", "address", "add", f"{router}/24", "dev", "eth1"])
    with lab.tcp_talkers(routed.pairs_by_isp(lab, 2, 2)) as talkers:
        line.provider.hand_out(source, router=router)
        line.renew()
        wait_until(lambda: routed.gateway(lab, 2).next_hop == router, "the next hop is followed", leases.LIMIT_S)
        assert f"default via {router} dev eth2 proto static" in routed.lines(lab, "ip", "route", "show", "table", "242")
        routed.wait_for_members(lab, 1, 2)
        heard = [times for _, times in talkers.latest]
        talkers.wait_for(lambda latest: all(now > h for (_, now), h in zip(latest, heard, strict=True)), "they go on")
        assert [(stream.ending, stream.isp) for stream in talkers.stop()] == [("open", 2)] * 2
    assert routed.gateway(lab, 2).source == source
    line.next_address()
    wait_until(lambda: routed.gateway(lab, 2).next_hop == line.provider.inside.ip, "it is back", leases.LIMIT_S)


@BOTH
def test_a_lost_lease_takes_the_isp_out_and_says_so(lab: Lab, lines: dict[int, Line], isp: int) -> None:
    routed.wait_for_members(lab, 1, 2)
    line, other = lines[isp], 3 - isp
    with journal(lab) as written, lab.udp_call(routed.pairs_by_isp(lab, isp, 2), rate_hz=200) as call:
        line.provider.take_away()
        line.renew()
        gone = written.wait_for(lambda text: text.startswith("Deleted") and f"eth{isp}" in text, "the address goes")
        out = written.wait_for(
            lambda text: "table 243" in text and "nexthop" not in text, "one is left", since_ns=gone.at_ns
        )
        call.wait_for(lambda latest: all(by == other for _, by in latest), "the calls go on through the other ISP")
    print(f"without it {(out.at_ns - gone.at_ns) / 1e6:.0f} ms after its address went")
    assert (out.at_ns - gone.at_ns) / 1e9 <= Pace().allows(FOLLOWED_WITHIN_S)
    wait_until(lambda: routed.pending(lab) == {f"gateways.{isp}": f"eth{isp} has no address"}, "it is pending")
    seen = routed.gateway(lab, isp)
    assert (seen.state, seen.layer, seen.reason) == (State.DOWN, Layer.ADDRESS, f"eth{isp} has no address")
    line.next_address()
    routed.wait_for_members(lab, 1, 2)


def test_a_worker_that_starts_again_moves_no_flow_though_main_has_no_default_route_any_more(
    lab: Lab, lines: dict[int, Line]
) -> None:
    """An administrator has tidied `main`: only our own tables still know the next hops."""
    routed.wait_for_members(lab, 1, 2)
    for name in ("eth1", "eth2"):
        lab.run("balancer", ["ip", "route", "del", "default", "dev", name])
    with lab.udp_call(pairs(6), rate_hz=200) as call:
        carriers = [isp for _, isp in call.latest]
        lab.end_worker(kill=True)
        lab.start_worker()
        wait_until(lab.gateways, "it answers", leases.LIMIT_S)
        routed.wait_for_members(lab, 1, 2)
        wait_until(lambda: routed.gateway(lab, 1).state is State.UP, "it is proven again")
        flows = call.stop()
    assert [(flow.last_isp, flow.lost()) for flow in flows] == [(isp, 0) for isp in carriers]
    lines[1].next_address()
    lines[2].next_address()
    wait_until(lambda: len(routed.facts(lab).defaults) == 2, "the clients put their routes again", leases.LIMIT_S)
    routed.wait_for_members(lab, 1, 2)
