"""Hearing at once what others change; what is not ours never costs anything."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing, suppress
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from statistics import median

from app.kernel.contract import KernelEvent, Subject
from app.kernel.events import BUFFER_BYTES, Monitor, _actor
from app.kernel.links import IFF_UP, IFINFO
from app.kernel.linux import LinuxKernel
from app.kernel.netlink import NLM_F_ACK, Channel
from app.kernel.rtm import Rtm
from app.model.family import Family
from app.plan.objects.route import EVERYWHERE, Nexthop, Route
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.ruleset import Chain, Ruleset
from app.plan.state import Put, Scope
from tests.kernel.namespace import Namespace
from tests.pace import ATTEMPTS
from tests.yielding import others_run

Scenario = Callable[[LinuxKernel, AsyncIterator[KernelEvent]], Awaitable[None]]
V4, V6 = Family.IPV4, Family.IPV6
ROUTES = 20_000
LAST_WORD = "rule add priority 243 lookup 243 protocol 243"


def run(namespace: Namespace, scenario: Scenario) -> None:
    namespace.ip("link add eth1 type veth peer name far", "link set eth1 up", "link set far up")
    namespace.ip("address add 10.0.1.2/24 dev eth1", "address add 10.0.9.1/24 dev far")

    async def inside() -> None:
        kernel = LinuxKernel()
        try:
            await kernel.facts()
            await asyncio.wait_for(scenario(kernel, kernel.events()), timeout=60)
        finally:
            await kernel.close()

    namespace.run(inside)


async def heard(namespace: Namespace, events: AsyncIterator[KernelEvent]) -> list[KernelEvent]:
    """Everything there was to hear up to now, which a change of ours in a stranger's name ends."""
    namespace.ip(LAST_WORD)
    found = []
    async for event in events:
        if event.text.startswith("rule priority 243"):
            break
        found.append(event)
    return found


async def until_quiet(events: AsyncIterator[KernelEvent]) -> None:
    """Hear all that is still waiting in the kernel."""
    with suppress(TimeoutError):
        while True:
            await asyncio.wait_for(anext(aiter(events)), timeout=0.1)


def test_a_link_that_changes_is_out_within_a_millisecond(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        link = (await kernel.facts()).link("far")
        assert link is not None

        def change(flags: int) -> float:
            """Set the device up or down, and give the time at which the kernel had done and announced it."""
            with closing(Channel(socket.NETLINK_ROUTE)) as channel:
                list(channel.ask(Rtm.NEWLINK, NLM_F_ACK, IFINFO.pack(0, 0, link.index, flags, IFF_UP)))
            return time.monotonic()

        async def latency_s() -> float:
            """The median of twenty."""
            latencies_s = []
            for flags in (0, IFF_UP) * 10:
                changing = asyncio.create_task(asyncio.to_thread(change, flags))
                while not (await anext(events)).text.startswith("link far "):
                    pass
                heard_s = time.monotonic()
                latencies_s.append(heard_s - await changing)
            return median(latencies_s)

        for _ in range(ATTEMPTS):
            if (took_s := await latency_s()) < 0.001:
                break
        assert took_s < 0.001

    run(namespace, scenario)


def test_twenty_thousand_routes_of_others_are_neither_heard_nor_paid_for(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        nets = [f"20.{n >> 8}.{n & 255}.1" for n in range(ROUTES // 2)]
        foreign = [f"route {verb} {one} dev eth1" for verb in ("add", "del") for one in nets]
        before = time.process_time()
        await asyncio.to_thread(namespace.ip, *foreign)
        spent_s = time.process_time() - before
        assert await heard(namespace, events) == []
        assert spent_s < 0.1

    run(namespace, scenario)


def test_our_tables_and_default_routes_in_main_are_heard(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        ours = (241, 242, 243, 244, 245, 252, 24011, 24127)
        others = (1, 100, 240, 253, 255, 24010, 24128, 0x10000 + 243, 0x5DCB0000)
        for table in (*others, *ours):
            namespace.ip(f"route add 198.51.100.0/24 dev eth1 table {table}")
        namespace.ip("route add default dev eth1", "route add 198.51.100.0/24 dev eth1", "route del default")
        found = [event.text for event in await heard(namespace, events) if event.subject is Subject.ROUTE]
        assert found == [
            *(f"route 198.51.100.0/24 dev eth1 table {table} proto static added" for table in ours),
            "route default dev eth1 table 254 proto static added",
            "route default dev eth1 table 254 proto static deleted",
        ]

    run(namespace, scenario)


def test_rules_of_others_and_names_that_only_look_like_ours_are_silent(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        namespace.ip("rule add priority 100 lookup 243", "rule add priority 101 lookup 100 protocol 242")
        namespace.nft("add table inet multihome2", "add table inet theirs { set multihome { type mark; }; }")
        assert await heard(namespace, events) == []

    run(namespace, scenario)


def test_a_change_of_a_link_that_means_nothing_to_us_is_silent(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        namespace.ip("link set eth1 alias cable", "link set eth1 promisc on", "link set eth1 txqueuelen 77")
        assert await heard(namespace, events) == []
        namespace.ip("link set eth1 mtu 1400")
        assert (await anext(events)).text == "link eth1 is up"

    run(namespace, scenario)


def test_who_did_it_is_named(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        await kernel.apply(Put(Ruleset((), (Chain("c", None, ()),))))
        namespace.nft("add table ip other", "add rule inet multihome c drop", "add table ip another")
        assert (await anext(events)).actor.startswith("nft (pid ")
        namespace.ip("route add 198.51.100.0/24 dev eth1 table 243")
        assert (await anext(events)).actor.startswith(("ip (pid ", "pid "))

    run(namespace, scenario)


def test_a_neighbor_is_news_when_it_fails_and_when_it_answers_again(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        namespace.execute("sysctl", "-q", "-w", "net.ipv4.neigh.eth1.retrans_time_ms=50")
        await kernel.facts({"eth1"})
        await kernel.resolve("eth1", IPv4Address("10.0.1.77"))
        event = await anext(events)
        assert (event.subject, event.text) == (Subject.NEIGHBOR, "neighbor 10.0.1.77 dev eth1 does not answer")
        neighbor = (await kernel.facts({"eth1"})).neighbor("eth1", IPv4Address("10.0.1.77"))
        assert neighbor is not None
        assert neighbor.failed
        mac = "02:00:00:00:00:07"
        for state in ("reachable", "stale", "reachable", "delay"):
            namespace.ip(f"neigh replace 10.0.1.77 dev eth1 lladdr {mac} nud {state}")
            namespace.ip(f"neigh replace 10.0.9.77 dev far lladdr {mac} nud {state}")
        assert [one.text for one in await heard(namespace, events)] == [f"neighbor 10.0.1.77 dev eth1 is at {mac}"]

    run(namespace, scenario)


def test_neighbors_are_news_of_the_families_that_are_observed(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        for number, families in enumerate(((V4,), (V4, V6), (V4,)), start=7):
            await kernel.observe(Scope(families=families))
            every = {V6: f"2001:db8:1::{number}", V4: f"10.0.1.{number}"}
            for address in every.values():
                namespace.ip(f"neigh replace {address} dev eth1 lladdr 02:00:00:00:00:07 nud reachable")
            found: list[str] = []
            while every[V4] not in found:
                found += (word for word in (await anext(events)).text.split() if word in every.values())
            assert found == [address for family, address in every.items() if family in families]

    run(namespace, scenario)


def test_a_setting_is_news_only_with_another_value(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        paths = {f"net/ipv4/conf/eth1/{name}" for name in ("rp_filter", "ignore_routes_with_linkdown")}
        await kernel.observe(Scope(sysctls=frozenset(paths)))
        for path in sorted(paths):
            await kernel.apply(Put(Sysctl(path, "1")))
            namespace.execute("sysctl", "-q", "-w", f"{path}=0")
        namespace.execute("sysctl", "-q", "-w", "net/ipv4/conf/far/rp_filter=1")
        assert {one.text for one in await heard(namespace, events)} == {f"{path}=0" for path in paths}

    run(namespace, scenario)


def test_lost_events_are_an_event_and_hearing_goes_on(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        count = BUFFER_BYTES // 512
        # The loop is busy all the while, so that nobody reads.
        namespace.ip(*(f"route {verb} default dev eth1 table 243" for _ in range(count) for verb in ("add", "del")))
        event = await anext(events)
        while event.subject is not Subject.OVERRUN:
            event = await anext(events)
        await until_quiet(events)
        found = await heard(namespace, events)
        assert all(one.subject in {Subject.ROUTE, Subject.OVERRUN} for one in found)

    run(namespace, scenario)


def test_many_different_events_at_once_are_one(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        namespace.ip(*(f"route add 20.0.{n >> 8}.{n & 255} dev eth1 table 243" for n in range(1000)))
        for _ in range(1000):  # the worker is at something else meanwhile
            await others_run()
        found = await heard(namespace, events)
        assert found[0].subject is Subject.OVERRUN
        assert len(found) < 300

    run(namespace, scenario)


def test_the_same_thing_twice_before_anybody_listens_is_one_event(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        namespace.ip(*(f"route {verb} default dev eth1 table 243" for _ in range(20) for verb in ("add", "del")))
        assert [one.text.split()[-1] for one in await heard(namespace, events)] == ["added", "deleted"]

    run(namespace, scenario)


def test_changes_of_ours_are_silent_whatever_they_replace(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel, events: AsyncIterator[KernelEvent]) -> None:
        assert isinstance(events, Monitor)
        namespace.ip("route add default dev eth1 table 243")
        assert (await anext(events)).subject is Subject.ROUTE
        way = Nexthop("eth1", IPv4Address("10.0.1.1"))
        await kernel.apply(Put(Route(243, EVERYWHERE, (way,))))
        await kernel.apply(Put(Route(243, IPv4Network("10.0.1.0/24"), (Nexthop("eth1"),))))
        await kernel.apply(Put(Rule(244, 244)))
        assert await heard(namespace, events) == []

    run(namespace, scenario)


def test_who_has_a_name_that_is_no_text_is_named_all_the_same() -> None:
    own = Path("/proc/self/comm")
    before = own.read_bytes()
    own.write_bytes(b"bgp\xff")
    try:
        assert _actor(os.getpid()) == f"bgp\N{REPLACEMENT CHARACTER} (pid {os.getpid()})"
    finally:
        own.write_bytes(before)
