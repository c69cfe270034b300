"""Backups: they rest, take over, and give their flows back when they are told to; which way is answered."""

import asyncio
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from app.errors import KernelRejected
from app.model.choices import IfDown, OnReturn, Protocol
from app.model.config import Config, Failover, Settings
from app.model.layout import BALANCED_TABLE, table
from app.model.rule import TrafficRule
from app.model.timing import Timing
from app.model.way import Packet, Way
from app.paths import StateDirectory
from app.plan.objects.route import Route
from app.plan.state import Change
from app.service.worker_client import which_way, worker_status
from tests.kernel.fake import FakeKernel, Flow
from tests.plan import paper
from tests.worker.running import events, members, save, says, until, working
from tests.worker.trying import play

RULED_CLIENT = "62.231.110.99"
RULE = TrafficRule(number=4, name="Voice", source=IPv4Network(f"{RULED_CLIENT}/32"), gateway=2, if_down=IfDown.REFUSE)


def with_backup(on_return: OnReturn = OnReturn.STAY) -> Config:
    """The paper's second ISP stands by for the first; one client has a rule that leads there."""
    backup = replace(paper.GATEWAYS[1], tier=2, on_return=on_return)
    settings = Settings(failover=Failover(timing=Timing(hold_s=0)))
    return replace(paper.config(paper.GATEWAYS[0], backup, settings=settings), rules=(RULE,))


def texts(home: StateDirectory) -> list[str]:
    return [one.text for one in events(home, "failover")]


async def taken_over(kernel: FakeKernel) -> None:
    """Have the first ISP used, then die, and wait until the backup carries in its place."""
    await until(lambda: members(kernel) == ["eth1"], "the first alone is used")
    kernel.cut("eth1")
    await until(lambda: members(kernel) == ["eth2"], "the backup takes over")


def test_a_backup_stands_by_takes_over_and_is_told_of_both_ways(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, with_backup())
    kernel.flows = [Flow(2)]

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth1"], "the first alone is used")
            await until(says(home, lambda seen: seen.gateways[1].standby), "the second stands by")
            seen = await asyncio.to_thread(worker_status, home.worker_sock)
            assert [(one.tier, one.in_use, one.standby) for one in seen.gateways] == [
                (1, True, False),
                (2, False, True),
            ]
            assert (kernel.dead, kernel.away) == (frozenset(), frozenset())
            kernel.cut("eth1")
            await until(lambda: members(kernel) == ["eth2"], "the backup takes over")
            assert kernel.dead == kernel.away == {1}
            await until(lambda: "ISP 1 is down; ISP 2 (tier 2) carries new connections" in texts(home), "it is told")
            await until(says(home, lambda seen: not seen.gateways[1].standby), "it does not stand by any more")
            kernel.plug("eth1")
            await until(lambda: members(kernel) == ["eth1"], "the first is used again")
            back = "ISP 1 (tier 1) carries new connections again; ISP 2 is on standby"
            await until(lambda: back in texts(home), "that is told, too")
            assert kernel.flows == [Flow(2)], "its flows stay"

    play(story)


def test_a_backup_gives_back_what_no_rule_sent_there_and_only_once(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, with_backup(OnReturn.MOVE_BACK))
    staying = [Flow(2, client=RULED_CLIENT), Flow(2, inbound=True), Flow(1)]

    async def story() -> None:
        async with working(kernel, home):
            await taken_over(kernel)
            kernel.flows = [Flow(2), Flow(2, "tcp"), *staying]
            kernel.plug("eth1")
            await until(lambda: kernel.flows == staying, "what is the first one's goes back to it")
            told = "ISP 2 is on standby again: 2 flows moved to a better tier, 1 TCP connection reset"
            await until(lambda: told in texts(home), "it is told")
            many = len(texts(home))
            kernel.flows.append(Flow(2))
            kernel.cut("eth0")  # something else happens
            await until(says(home, lambda seen: not seen.facts.links[0].carrier), "it is seen")
            assert Flow(2) in kernel.flows, "whoever goes there now was sent there"
            assert len(texts(home)) == many

    play(story)


def refuse_table(kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch, number: int) -> asyncio.Event:
    """Have a routing table lost, and every attempt to fill it again refused from now on; set once one was."""
    apply, refused = kernel.apply, asyncio.Event()

    async def refusing(change: Change) -> None:
        if isinstance(change.item, Route) and change.item.table == number:
            refused.set()
            raise KernelRejected(f"table {number}: no")
        await apply(change)

    monkeypatch.setattr(kernel, "apply", refusing)
    kernel.routes = {key: one for key, one in kernel.routes.items() if one.table != number}
    return refused


def test_a_refusal_that_has_nothing_to_do_with_it_keeps_no_flow_from_going_back(
    kernel: FakeKernel, home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(home, with_backup(OnReturn.MOVE_BACK))

    async def story() -> None:
        async with working(kernel, home):
            await taken_over(kernel)
            kernel.flows = [Flow(2)]
            refuse_table(kernel, monkeypatch, table(2))
            kernel.plug("eth1")
            await until(lambda: kernel.flows == [], "its flow goes back")
            await until(says(home, lambda seen: seen.rejected), "though something is refused")

    play(story)


def test_what_somebody_sends_to_a_backup_outlives_refusals_and_restarts(
    kernel: FakeKernel, home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(home, with_backup(OnReturn.MOVE_BACK))
    sent_there = Flow(2)

    async def story() -> None:
        async with working(kernel, home):
            await taken_over(kernel)
            kernel.plug("eth1")
            await until(lambda: members(kernel) == ["eth1"], "the first is used again")
            kernel.flows = [sent_there]
        for _ in range(2):
            async with working(kernel, home) as worker:
                with monkeypatch.context() as patched:
                    await until(says(home, lambda seen: seen.gateways[1].standby), "the second stands by")
                    refused = refuse_table(kernel, patched, BALANCED_TABLE)
                    worker.wake()
                    await refused.wait()
                    await until(says(home, lambda seen: seen.rejected), "something is refused")
                worker.wake()
                await until(says(home, lambda seen: not seen.rejected), "and is not any more")
                worker.wake()
                await until(says(home, lambda seen: seen.in_force == 1), "it goes on")
        assert kernel.flows == [sent_there]

    play(story)


def test_it_says_which_way_a_packet_goes_and_counts_what_rules_decide(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, with_backup())
    other = IPv4Address("62.231.110.70")
    packet = Packet(source=other, destination=IPv4Address("9.9.9.9"), protocol=Protocol.ICMP)
    ruled = replace(packet, source=IPv4Address(RULED_CLIENT))

    async def story() -> None:
        async with working(kernel, home):

            async def way(asked: Packet) -> Way:
                return await asyncio.to_thread(which_way, home.worker_sock, asked)

            await until(says(home, lambda seen: seen.gateways[1].standby), "the second stands by")
            assert await way(packet) == Way(
                gateway=1, source=IPv4Address("192.168.1.1"), reason="no rule matches: balanced"
            )
            assert await way(ruled) == Way(
                rule=4, gateway=2, source=IPv4Address("172.17.0.1"), reason="rule 4 (Voice) leads to ISP 2"
            )
            inside = await way(replace(packet, destination=other))
            assert (inside.gateway, inside.reason) == (None, f"{other} is on the LAN")
            kernel.cut("eth2")
            await until(lambda: kernel.away == {2}, "the second is away")
            refused = await way(ruled)
            assert (refused.gateway, refused.refused, refused.rule) == (None, True, 4)
            kernel.hits[4] = 17
            await until(says(home, lambda seen: [(one.number, one.hits) for one in seen.rules] == [(4, 17)]), "hits")

    play(story)


def test_a_hostile_question_is_refused_in_a_sentence(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, with_backup())

    async def story() -> None:
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.in_force == 1), "it is in force")
            reader, writer = await asyncio.open_unix_connection(str(home.worker_sock))
            for packet in ("null", "[]", "7", '{"source": "x"}', '{"source": "1.2.3.4", "destination": "1.2.3.4"}'):
                writer.write(f'{{"command": "which_way", "packet": {packet}}}\n'.encode())
                assert (await reader.readline()).startswith(b'{"error": ')
            sound = '{"source": "1.1.1.1", "destination": "9.9.9.9", "protocol": "gre"}'
            writer.write(f'{{"command": "which_way", "packet": {sound}}}\n'.encode() * 300)
            answers = [await reader.readline() for _ in range(300)]
            assert b'"gateway":1' in answers[0]
            assert any(b"try again later" in one for one in answers)
            for command in ("which_way", "probe_once"):  # what cannot be understood costs the worker time as well
                writer.write(f'{{"command": "{command}", "packet": null}}\n'.encode() * 300)
                answers = [await reader.readline() for _ in range(300)]
                assert any(b"try again later" in one for one in answers)
            writer.close()

    play(story)
