"""Whose flows are forgotten, how fast, and how waiting clients are told."""

import asyncio
import errno
import socket
import struct
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest

from app.errors import KernelUnavailable
from app.kernel.conntrack import Sweeper, layout, looks, outbound
from app.kernel.contract import Protocols, Released
from app.kernel.linux import LinuxKernel
from app.kernel.netlink import Channel
from app.model.family import Family
from app.model.layout import INBOUND_BIT, mark
from app.model.leg import LegId
from app.plan.rule_matcher import FlowKey
from tests.kernel.flows import ESP, GRE, ICMP, ICMPV6, SCTP, SERVERS, TCP, UDP, Flows
from tests.kernel.namespace import Namespace
from tests.legs import ipv4, ipv6
from tests.pace import ATTEMPTS, Pace
from tests.yielding import others_run

OTHER_BITS = 0x00FFFFFF
HERE = "192.168.7.1"


def flows_left() -> int:
    return int(Path("/proc/sys/net/netfilter/nf_conntrack_count").read_text())


def test_a_flow_is_chosen_by_its_whole_number_and_its_direction(namespace: Namespace) -> None:
    async def scenario() -> None:
        flows, kernel = Flows(), LinuxKernel()
        kept = (0, OTHER_BITS, mark(2), mark(3), mark(127), mark(1) | INBOUND_BIT, INBOUND_BIT)
        for client, bits in enumerate(kept, start=1):
            flows.make(UDP, range(1000, 1003), bits, client=f"192.168.8.{client}")
        flows.make(UDP, range(1000, 1005), mark(1), client="192.168.9.1")
        flows.make(UDP, range(1000, 1005), mark(1) | OTHER_BITS, client="192.168.9.2")
        assert await kernel.forget_flows(ipv4(1), Protocols.MOVABLE) == 10
        assert flows_left() == 3 * len(kept)
        flows.close()
        await kernel.close()

    namespace.run(scenario)


@pytest.mark.parametrize("protocol", [UDP, ICMP, GRE, ESP, SCTP])
@pytest.mark.parametrize("answered", [True, False])
def test_all_but_answered_tcp_is_movable(namespace: Namespace, protocol: int, answered: bool) -> None:
    async def scenario() -> None:
        flows, kernel = Flows(), LinuxKernel()
        flows.make(protocol, range(5, 6), mark(1), replied=answered)
        flows.make(TCP, range(5, 6), mark(1), replied=True)
        flows.make(TCP, range(6, 8), mark(1), replied=False)
        assert await kernel.forget_flows(ipv4(1), Protocols.MOVABLE) == 3
        assert flows_left() == 1
        flows.close()
        await kernel.close()

    namespace.run(scenario)


class OfAnOlderKernel(Channel):
    """A way to a kernel before 6.12, which refuses to delete what is described by its protocol alone."""

    refusal = errno.EINVAL
    asked = 0

    def post(self, _requests: list[bytes]) -> list[int]:
        OfAnOlderKernel.asked += 1
        return [self.refusal]


@pytest.mark.parametrize("refusal", [errno.EINVAL, errno.EOPNOTSUPP])
def test_a_kernel_that_cannot_sweep_is_asked_once_and_all_that_is_movable_goes_all_the_same(
    namespace: Namespace, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    monkeypatch.setattr(OfAnOlderKernel, "refusal", refusal)
    monkeypatch.setattr(OfAnOlderKernel, "asked", 0)

    async def scenario() -> None:
        flows, kernel = Flows(), LinuxKernel()
        kernel._sweeper = Sweeper(OfAnOlderKernel)
        for number in (1, 2):
            for protocol in (UDP, ICMP, GRE, ESP, SCTP):
                flows.make(protocol, range(5, 6), mark(number), client=f"192.168.8.{number}")
            flows.make(TCP, range(5, 6), mark(number), client=f"192.168.8.{number}")
            assert await kernel.forget_flows(ipv4(number), Protocols.MOVABLE) == 5
        assert flows_left() == 2
        assert OfAnOlderKernel.asked == 1
        flows.close()
        await kernel.close()

    namespace.run(scenario)


def test_any_other_refusal_is_tried_again(namespace: Namespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OfAnOlderKernel, "refusal", errno.EPERM)

    async def scenario() -> None:
        kernel = LinuxKernel()
        kernel._sweeper = Sweeper(OfAnOlderKernel)
        for _ in range(2):
            with pytest.raises(KernelUnavailable, match="conntrack: deleting flows: Operation not permitted"):
                await kernel.forget_flows(ipv4(1), Protocols.MOVABLE)
        await kernel.close()

    namespace.run(scenario)


def test_half_of_fifty_thousand_flows_go_quickly_and_the_loop_goes_on(namespace: Namespace) -> None:
    async def times_s() -> tuple[float, float]:
        """How long it took, and how long the loop stood still at most."""
        flows, kernel = Flows(), LinuxKernel()
        for number in (1, 2):
            flows.make(UDP, range(10_000, 35_000), mark(number), client=f"192.168.8.{number}")
        longest_s, ended = 0.0, asyncio.Event()

        async def tick() -> None:
            nonlocal longest_s
            while not ended.is_set():
                before = time.perf_counter()
                await others_run()
                longest_s = max(longest_s, time.perf_counter() - before)

        ticking = asyncio.create_task(tick())
        started = time.perf_counter()
        assert await kernel.forget_flows(ipv4(1), Protocols.MOVABLE) == 25_000
        took_s = time.perf_counter() - started
        ended.set()
        await ticking
        assert flows_left() == 25_000
        assert await kernel.forget_flows(ipv4(2), Protocols.MOVABLE) == 25_000
        flows.close()
        await kernel.close()
        return took_s, longest_s

    pace = Pace()
    for _ in range(ATTEMPTS):
        took_s, longest_s = namespace.run(times_s)
        # The promise is 150 ms on a machine of one's own; here a loop spins beside it on a shared one.
        if took_s < pace.allows(0.4) and longest_s < pace.allows(0.05):
            break
    assert took_s < pace.allows(0.4)
    assert longest_s < pace.allows(0.05)


def test_a_waiting_client_is_sent_a_syn_ack_of_its_server(namespace: Namespace) -> None:
    namespace.ip("link add lan type veth peer name client", "link set lan up", "link set client up")
    namespace.ip(f"address add {HERE}/24 dev lan")
    # A rule that asks for the state has conntrack see what the router itself sends.
    namespace.nft("table ip t { chain c { type filter hook output priority 0; ct state new counter; }; }")

    async def scenario() -> None:
        flows, kernel = Flows(), LinuxKernel()
        flows.make(TCP, range(5000, 5003), mark(1), client="192.168.7.9")
        flows.make(TCP, range(6000, 6003), mark(1), client="192.168.7.9", replied=False)
        flows.make(TCP, range(5000, 5003), mark(2), client="192.168.7.10")
        flows.make(TCP, range(5000, 5003), mark(1) | INBOUND_BIT, client="192.168.7.11")
        flows.make(TCP, range(5000, 5003), mark(1), client=HERE)
        flows.make(UDP, range(5000, 5003), mark(1), client="192.168.7.12")
        flows.close()
        namespace.ip("neigh add 192.168.7.9 lladdr 02:00:00:00:00:09 dev lan nud permanent")
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(0x0800)) as wire:
            wire.bind(("client", 0x0800))
            wire.settimeout(5)
            assert await kernel.tell_clients(ipv4(1)) == 3
            seen = sorted(port for packet in _packets(wire, 3) for port in _told(packet))
        assert seen == [5000, 5001, 5002]
        assert flows_left() == 18
        await kernel.close()

    namespace.run(scenario)


def test_a_backups_flows_are_let_go_of_but_for_those_that_stay_the_routers_own_and_those_of_others(
    namespace: Namespace,
) -> None:
    namespace.ip(
        "link add lan type veth peer name client",
        "link set lan up",
        "link set client up",
        f"address add {HERE}/24 dev lan",
    )
    staying = int(IPv4Address("192.168.7.10"))

    async def scenario() -> None:
        flows, kernel = Flows(), LinuxKernel()
        for client in ("192.168.7.9", "192.168.7.10", HERE):
            flows.make(TCP, range(5000, 5003), mark(1), client=client)
            flows.make(UDP, range(5000, 5003), mark(1), client=client)
        flows.make(ICMP, range(1, 4), mark(1), client="192.168.7.9")
        flows.make(UDP, range(6000, 6003), mark(1) | INBOUND_BIT, client="192.168.7.9")
        flows.make(UDP, range(7000, 7003), mark(2), client="192.168.7.9")
        flows.close()
        namespace.ip("neigh add 192.168.7.9 lladdr 02:00:00:00:00:09 dev lan nud permanent")
        seen: list[FlowKey] = []

        def stays(looks: FlowKey) -> bool:
            seen.append(looks)
            return looks.source == staying

        assert await kernel.release_flows(ipv4(1), stays) == Released(flows=9, told=3)
        assert flows_left() == 18
        assert {one.source_port for one in seen} == {None, 5000, 5001, 5002}
        assert {one.destination_port for one in seen} == {None, 80}
        assert {one.destination for one in seen} == {int(IPv4Address("203.0.113.5"))}
        assert await kernel.release_flows(ipv4(1), stays) == Released(flows=0, told=0)
        await kernel.close()

    namespace.run(scenario)


def _packets(wire: socket.socket, count: int) -> Iterator[bytes]:
    while count:
        packet = wire.recv(2048)
        if packet[9] == TCP:
            count -= 1
            yield packet


def _told(packet: bytes) -> Iterator[int]:
    """Check that this is a sound SYN/ACK from the server, and give the client's port that it goes to."""
    assert socket.inet_ntoa(packet[12:16]) == "203.0.113.5"
    assert socket.inet_ntoa(packet[16:20]) == "192.168.7.9"
    segment = packet[20:40]
    source_port, destination_port = struct.unpack(">HH", segment[:4])
    assert source_port == 80
    assert segment[13] == 0x12
    assert _sum(packet[12:20] + struct.pack(">HH", TCP, len(segment)) + segment) == 0xFFFF
    assert _sum(packet[:20]) == 0xFFFF
    yield destination_port


def _sum(data: bytes) -> int:
    """The one's complement sum of RFC 1071; of data with a right checksum it is all ones."""
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return total


@pytest.mark.parametrize(("doomed", "left"), [(ipv4(1), "2001:db8:8::1"), (ipv6(1), "192.168.8.1")])
@pytest.mark.parametrize("protocols", list(Protocols))
def test_the_flows_of_an_isps_other_family_stay(
    namespace: Namespace, doomed: LegId, left: str, protocols: Protocols
) -> None:
    async def scenario() -> None:
        kernel, flows = LinuxKernel(), Flows()
        for client in ("192.168.8.1", "2001:db8:8::1"):
            for protocol in (UDP, ICMPV6 if ":" in client else ICMP, GRE, SCTP):
                flows.make(protocol, range(1000, 1005), mark(1), client=client)
            flows.make(TCP, range(5, 6), mark(1), replied=False, client=client)
        flows.make(UDP, range(1000, 1005), mark(2), client="2001:db8:8::2")
        assert await kernel.forget_flows(doomed, protocols) == 21
        assert flows_left() == 26
        assert await kernel.forget_flows(doomed, protocols) == 0
        other = ipv6(1) if doomed == ipv4(1) else ipv4(1)
        entries = [entry for batch in outbound(other) for entry in batch]
        assert {looks(entry).source for entry in entries} == {int(ip_address(left))}
        assert {looks(entry).source_port for entry in entries if entry[layout(entry).protocol] == UDP} == set(
            range(1000, 1005)
        )
        flows.close()
        await kernel.close()

    namespace.run(scenario)


def test_a_waiting_client_of_ipv6_is_told_and_let_go_of_as_one_of_ipv4(namespace: Namespace) -> None:
    own, client = "2001:db8:7::1", "2001:db8:7::9"
    namespace.ip(
        "link add lan type veth peer name client",
        "link set lan up",
        "link set client up",
        f"address add {own}/64 dev lan nodad",
        f"neigh add {client} lladdr 02:00:00:00:00:09 dev lan nud permanent",
    )

    async def scenario() -> None:
        flows, kernel = Flows(), LinuxKernel()
        for address in (client, own):
            flows.make(TCP, range(5000, 5003), mark(1), client=address)
            flows.make(UDP, range(5000, 5003), mark(1), client=address)
        flows.make(TCP, range(5000, 5003), mark(1), client="192.168.7.9")
        flows.close()
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(0x86DD)) as wire:
            wire.bind(("client", 0x86DD))
            wire.settimeout(5)
            assert await kernel.tell_clients(ipv6(1)) == 3
            assert {_told_of_ipv6(wire) for _ in range(3)} == {5000, 5001, 5002}
        released = await kernel.release_flows(ipv6(1), lambda flow: flow.source_port == 5001)
        assert released == Released(flows=4, told=2)
        assert flows_left() == 2 + 6 + 3
        await kernel.close()

    namespace.run(scenario)


def _told_of_ipv6(wire: socket.socket) -> int:
    """The client's port that a sound SYN/ACK from the server goes to, from the next packet of TCP."""
    packet = wire.recv(2048)
    while packet[6] != TCP:
        packet = wire.recv(2048)
    addresses, segment = packet[8:40], packet[40:]
    assert addresses == SERVERS[Family.IPV6].packed + ip_address("2001:db8:7::9").packed
    assert (packet[0] >> 4, int.from_bytes(packet[4:6], "big"), len(segment)) == (6, 20, 20)
    assert (segment[:2], segment[13]) == (b"\0\x50", 0x12)
    # The pseudo header of RFC 8200, section 8.1.
    assert _sum(addresses + struct.pack(">IxxxB", len(segment), TCP) + segment) == 0xFFFF
    return int.from_bytes(segment[2:4], "big")
