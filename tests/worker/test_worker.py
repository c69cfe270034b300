"""The loop over a kernel in memory: what it brings about, and what cannot stop it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from app.errors import KernelRejected, WorkerSilent
from app.model.config import Failover, Settings
from app.model.facts import Facts, Neighbor
from app.model.family import Family
from app.model.layout import BALANCED_PRIORITY, BALANCED_TABLE, table
from app.model.timing import Timing
from app.model.verdict import State
from app.paths import StateDirectory
from app.plan.objects.route import Nexthop, Route
from app.plan.objects.rule import Rule
from app.plan.state import Put, Remove
from app.probe.nameservers import nameservers
from app.service.worker_client import kernel_view, worker_status
from app.store.history import read_samples, read_sysctls_before, read_verdicts
from app.store.migrate import migrate
from tests.kernel.fake import FakeKernel, Flow
from tests.plan import paper
from tests.worker.running import events, members, save, says, until, working
from tests.worker.trying import play

BALANCED = Rule(priority=BALANCED_PRIORITY, table=BALANCED_TABLE)


def both_used(kernel: FakeKernel) -> Callable[[], bool]:
    return lambda: members(kernel) == ["eth1", "eth2"]


def test_a_new_router_manages_nothing(kernel: FakeKernel, home: StateDirectory) -> None:
    async def story() -> None:
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.wanted == 0), "it answers")
            assert kernel.applied == []

    play(story)


def test_the_status_names_the_servers_that_checks_by_name_are_looked_up_at(
    kernel: FakeKernel, home: StateDirectory
) -> None:
    async def story() -> None:
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.facts.name_servers == nameservers()), "it has looked")

    play(story)


def test_a_saved_revision_is_brought_into_the_kernel_and_noted(kernel: FakeKernel, home: StateDirectory) -> None:
    async def story() -> None:
        async with working(kernel, home):
            await until(home.worker_sock.exists, "it listens")
            number = await asyncio.to_thread(save, home, paper.config())
            await until(both_used(kernel), "both are used")
            await until(says(home, lambda seen: seen.in_force == number), "it is in force")
            assert BALANCED in kernel.rules
            await until(lambda: events(home, "revision"), "it is noted")

    play(story)


def test_a_cut_cable_takes_a_gateway_out_and_moves_its_flows_alone(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())
    kernel.flows = [Flow(1), Flow(1, "tcp"), Flow(1, inbound=True), Flow(2)]

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
            kernel.cut("eth1")
            await until(lambda: members(kernel) == ["eth2"], "only the other is used")
            await until(lambda: kernel.told == [1], "its TCP client is told")
            assert kernel.flows == [Flow(1, "tcp"), Flow(1, inbound=True), Flow(2)]
            assert kernel.dead == {1}
            await until(lambda: events(home, "failover"), "it is noted")
            assert events(home, "failover")[0].flows_moved == 1
            await until(says(home, lambda seen: seen.gateways[0].reason == "no carrier on eth1"), "it says why")

    play(story)


def test_with_nowhere_to_go_no_flow_is_touched_until_there_is(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())
    kernel.flows = [Flow(1), Flow(2)]

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
            kernel.links = {name: replace(one, carrier=False) for name, one in kernel.links.items()}
            kernel.cut("eth1")
            await until(says(home, lambda seen: seen.all_down), "all are down")
            assert kernel.flows == [Flow(1), Flow(2)]
            assert members(kernel) == ["eth1", "eth2"]

    play(story)


def test_where_nothing_works_the_first_cable_back_is_used_before_its_hold_is_over(
    kernel: FakeKernel, home: StateDirectory
) -> None:
    save(home, paper.config())
    kernel.flows = [Flow(1), Flow(2)]

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
            kernel.links = {name: replace(one, carrier=False) for name, one in kernel.links.items()}
            kernel.cut("eth1")
            await until(says(home, lambda seen: seen.all_down), "all are down")
            kernel.plug("eth2")
            await until(lambda: members(kernel) == ["eth2"], "it is used, though its hold of 10 s is not over")
            await until(lambda: kernel.flows == [Flow(2)], "the flows of the other go on through it")
            await until(says(home, lambda seen: not seen.all_down), "the Internet works")
            second = (await asyncio.to_thread(worker_status, home.worker_sock)).gateways[1]
            assert (second.state, second.is_early) == (State.UP, True)
            assert second.reason == "hold-down skipped, because no other ISP works"
            words = f"ISP 2 is up: {second.reason}"
            await until(lambda: words in [one.text for one in events(home, "verdict")], "it is told")
            kernel.plug("eth1")
            await until(both_used(kernel), "so is the other")
            kernel.cut("eth2")
            await until(lambda: members(kernel) == ["eth1"], "it has gone again before its hold was over")
            lost = "ISP 2 is down: no carrier on eth2"
            await until(lambda: [one.text for one in events(home, "verdict")].count(lost) == 2, "that is told, too")

    play(story)


@pytest.mark.parametrize("missing", ["rule", "table", "chains", "stranger"])
def test_drift_is_put_right_and_its_author_named(kernel: FakeKernel, home: StateDirectory, missing: str) -> None:
    save(home, paper.config())
    stray = Route(table=BALANCED_TABLE, destination=IPv4Network("198.51.100.0/24"), nexthops=(Nexthop("eth1"),))

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
            await until(says(home, lambda seen: seen.in_force == 1), "it is in force")
            before = (set(kernel.rules), dict(kernel.routes), kernel.ruleset)
            touches: dict[str, Callable[[], None]] = {
                "rule": lambda: kernel.stranger(Remove(BALANCED)),
                "table": kernel.delete_table,
                "chains": kernel.flush_ruleset,
                "stranger": lambda: kernel.stranger(Put(stray)),
            }
            touches[missing]()
            await until(lambda: events(home, "drift"), "it is noted")
            assert (set(kernel.rules), dict(kernel.routes), kernel.ruleset) == before
            assert events(home, "drift")[0].actor

    play(story)


def test_a_restart_changes_nothing_but_its_own_table_of_nftables(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
            await until(says(home, lambda seen: seen.in_force == 1), "it is in force")
        kernel.forget_ruleset()
        kernel.applied.clear()
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.in_force == 1), "it is in force")
            assert [type(change.item).__name__ for change in kernel.applied] == ["Ruleset"]
            assert not events(home, "drift")

    play(story)


def test_without_its_databases_the_router_routes_on(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.in_force == 1), "it is in force")
        home.config_db.write_bytes(b"not a database")
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.rejected), "it says so")
            kernel.cut("eth2")
            await until(lambda: members(kernel) == ["eth1"], "failover goes on")
            kernel.plug("eth2")

    play(story)


def test_a_full_disk_costs_history_and_nothing_else(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())
    home.state_db.mkdir()  # nothing can be written there

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
            kernel.cut("eth1")
            await until(lambda: members(kernel) == ["eth2"], "failover goes on")

    play(story)


def test_a_table_that_somebody_else_filled_is_refused_by_name_and_the_others_go_on(
    kernel: FakeKernel, home: StateDirectory
) -> None:
    save(home, paper.config(settings=Settings(failover=Failover(timing=Timing(hold_s=0)))))
    foreign = Route(table=table(1), destination=IPv4Network("198.51.100.0/24"), nexthops=(Nexthop("eth0"),))
    kernel.routes[foreign.key] = foreign

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth2"], "the other is used")
            await until(says(home, lambda seen: seen.gateways[0].state is State.DOWN), "it is not called up")
            assert kernel.routes[foreign.key] == foreign
            await until(says(home, lambda seen: "routing table 241" in " ".join(seen.rejected)), "it says so")
            kernel.stranger(Remove(foreign))
            await until(both_used(kernel), "it is used once the table is free")

    play(story)


def test_a_removed_gateway_leaves_nothing_behind(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
            kernel.flows = [Flow(2), Flow(2, "tcp"), Flow(1)]
            await asyncio.to_thread(save, home, paper.config(paper.GATEWAYS[0]))
            await until(lambda: members(kernel) == ["eth1"], "one is left")
            await until(lambda: kernel.flows == [Flow(1)], "its flows are gone")
            assert not [route for route in kernel.routes.values() if route.table == table(2)]
            assert not [rule for rule in kernel.rules if rule.table == table(2)]

    play(story)


def test_what_sysctls_were_before_is_kept_once(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        for _ in range(2):
            async with working(kernel, home):
                await until(both_used(kernel), "both are used")
                await until(says(home, lambda seen: seen.in_force == 1), "it is in force")
        before = read_sysctls_before(home.state_db)
        assert before["net/ipv4/ip_forward"] == "0"
        assert before["net/ipv4/conf/eth1/rp_filter"] == "0"

    play(story)


def test_what_was_known_is_written_down_when_the_worker_ends(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home) as worker:
            await until(both_used(kernel), "both are used")
            await until(lambda: worker._history._samples, "a sample is taken")
        assert {one.leg.number: one.verdict.state for one in read_verdicts(home.state_db)} == {1: State.UP, 2: State.UP}
        assert {one.leg.number for one in read_samples(home.state_db, datetime(2000, 1, 1, tzinfo=UTC))} == {1, 2}

    play(story)


def test_a_gateway_never_proven_takes_no_traffic(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())
    kernel.cut("eth2")

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth1"], "the good one is used")
            await until(says(home, lambda seen: seen.gateways[1].state is State.DOWN), "it says so")

    play(story)


def test_a_kernel_that_refuses_to_be_looked_at_is_asked_again(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())
    refusals = {"observe": 2, "flow_counts": 2, "resolve": 2, "forget_flows": 1}

    def refusing(name: str, ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked(*words: Any) -> Any:
            refusals[name] -= 1
            if refusals[name] >= 0:
                raise KernelRejected(f"{name}: not now")
            return await ask(*words)

        return asked

    for name in refusals:
        setattr(kernel, name, refusing(name, getattr(kernel, name)))
    kernel.neighbors = [Neighbor(interface="eth1", address=IPv4Address("192.168.1.2"), failed=True)]
    kernel.flows = [Flow(1)]

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
            await until(lambda: kernel.resolved, "the next hop is looked up")
            kernel.cut("eth1")
            await until(lambda: kernel.flows == [], "its flows are moved in the end")

    play(story)


def test_only_next_hops_are_looked_up_again(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())
    kernel.neighbors = [
        Neighbor(interface="eth1", address=IPv4Address(f"192.168.1.{last}"), failed=True) for last in range(2, 250)
    ]

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: kernel.resolved, "the next hop is looked up")
            assert set(kernel.resolved) == {("eth1", IPv4Address("192.168.1.2"))}
            await until(says(home, lambda seen: len(seen.facts.neighbors) == 1), "nobody else is spoken of")

    play(story)


def test_a_database_made_anew_does_not_take_the_router_down(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.in_force == 1), "it is in force")
        for file in home.path.glob("config.db*"):
            file.unlink()
        migrate(home.config_db)
        for _ in range(2):
            async with working(kernel, home):
                await until(says(home, lambda seen: "it was replaced" in " ".join(seen.rejected)), "it says so")
                assert members(kernel) == ["eth1", "eth2"]
                assert BALANCED in kernel.rules

    play(story)


def test_losing_the_history_leaves_no_orphan_when_a_gateway_goes(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.in_force == 1), "it is in force")
        for file in home.path.glob("state.db*"):
            file.unlink()
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.in_force == 1), "it is in force again")
            await asyncio.to_thread(save, home, paper.config(paper.GATEWAYS[0]))
            await until(lambda: not [one for one in kernel.routes.values() if one.table == table(2)], "nothing is left")

    play(story)


def test_before_its_first_look_it_claims_nothing(home: StateDirectory) -> None:
    """An empty kernel that is as wanted would be a claim."""
    looked = asyncio.Event()

    class Slow(FakeKernel):
        async def facts(
            self, wans: Collection[str] | None = None, families: tuple[Family, ...] = (Family.IPV4,)
        ) -> Facts:
            await looked.wait()
            return await super().facts(wans, families)

    async def story() -> None:
        async with working(Slow(), home):
            await until(home.worker_sock.exists, "it listens")
            for ask in (worker_status, kernel_view):
                with pytest.raises(WorkerSilent, match="not read the kernel"):
                    await asyncio.to_thread(ask, home.worker_sock)
            looked.set()
            await until(says(home, lambda seen: seen.wanted == 0), "it has looked")
            assert (await asyncio.to_thread(kernel_view, home.worker_sock)).desired == ()

    play(story)
