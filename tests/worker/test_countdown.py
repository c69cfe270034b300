"""Confirm or return over a kernel in memory: it comes back by itself, whatever happens to the worker meanwhile."""

import asyncio
from ipaddress import IPv4Interface, IPv4Network

import pytest

from app.errors import Conflict, KernelRejected
from app.model.choices import Role
from app.model.config import Config, Interface
from app.model.layout import BALANCED_TABLE, table
from app.paths import StateDirectory
from app.plan.objects.address import Address
from app.plan.objects.route import Nexthop, Route
from app.plan.state import Change, Put
from app.service.configuration import Configuration
from app.service.edits.gateways import change_gateway
from app.store.history import read_returned, read_trial
from app.worker.clock import Boot
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.worker.running import AUTHOR, events, members, save, says, until, working
from tests.worker.trying import (
    AWAY,
    BY_PAGE,
    OLD,
    WINDOW_S,
    Uptime,
    confirm,
    in_force,
    lan,
    play,
    tried,
    weighted,
    with_lan,
)


def test_a_change_that_nobody_confirms_is_given_back(kernel: FakeKernel, home: StateDirectory, uptime: Uptime) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home, uptime.boot) as worker:
            await in_force(home, 1)
            number = await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE)
            await tried(home, number)
            assert lan(kernel) == {AWAY}
            await until(says(home, lambda seen: seen.confirm_within_s == WINDOW_S), "it says how long")
            await until(says(home, lambda seen: seen.returns_to == 1), "and what it goes back to")
            uptime.seconds += WINDOW_S - 0.1
            worker.wake()
            await until(
                says(home, lambda seen: seen.confirm_within_s is not None and seen.confirm_within_s < 1), "near"
            )
            assert lan(kernel) == {AWAY}
            uptime.seconds += 0.1
            worker.wake()
            await in_force(home, 1)
            assert lan(kernel) == {OLD}
            await until(says(home, lambda seen: seen.returned is not None and seen.on_trial is None), "it says so")
            await until(says(home, lambda seen: seen.wanted == 2), "the newest is still the newest")
        told = [one.text for one in events(home, "revision") if "rolled back" in one.text]
        why = f"not confirmed within {WINDOW_S} s"
        assert told == [f"revision 2 rolled back, revision 1 restored: {why}"]

    play(story)


def test_a_confirmed_change_stays(kernel: FakeKernel, home: StateDirectory, uptime: Uptime) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home, uptime.boot) as worker:
            number = await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE)
            await tried(home, number)
            await asyncio.to_thread(confirm, home, number)
            await until(says(home, lambda seen: seen.on_trial is None), "its trial is over")
            uptime.seconds += 10 * WINDOW_S
            worker.wake()
            await until(says(home, lambda seen: seen.in_force == number and seen.returned is None), "it stays")
            assert lan(kernel) == {AWAY}
        assert read_trial(home.state_db) is None

    play(story)


def test_a_further_save_restarts_the_window_and_goes_back_to_the_last_confirmed(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime
) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home, uptime.boot) as worker:
            await tried(home, await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE))
            uptime.seconds += WINDOW_S - 1
            further = await asyncio.to_thread(save, home, with_lan(AWAY, weighted(3)), BY_PAGE)
            await tried(home, further)
            uptime.seconds += WINDOW_S - 1
            worker.wake()
            with pytest.raises(Conflict, match="revision 2 is not the newest: 3 is") as caught:
                await asyncio.to_thread(confirm, home, 2)
            assert (caught.value.expected, caught.value.newest) == (2, 3)
            uptime.seconds += 1
            worker.wake()
            await in_force(home, 1)
            assert lan(kernel) == {OLD}

    play(story)


def test_a_power_cycle_gives_back_at_once(kernel: FakeKernel, home: StateDirectory, uptime: Uptime) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home, uptime.boot):
            await tried(home, await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE))
        async with working(kernel, home, Boot("the next boot", lambda: 5.0)):
            await in_force(home, 1)
            assert lan(kernel) == {OLD}
            await until(says(home, lambda seen: seen.returned and "restarted" in seen.returned.why), "it says why")

    play(story)


def test_a_restart_of_the_worker_changes_nothing_about_the_countdown(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime
) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home, uptime.boot):
            await tried(home, await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE))
        uptime.seconds += WINDOW_S - 2
        async with working(kernel, home, uptime.boot):
            await until(says(home, lambda seen: seen.confirm_within_s == 2), "it counts on")
            assert lan(kernel) == {AWAY}
        uptime.seconds += 100  # nobody was there when it ended
        async with working(kernel, home, uptime.boot):
            await in_force(home, 1)
            assert lan(kernel) == {OLD}

    play(story)


def test_what_the_kernel_refuses_is_given_back_at_once_and_named(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime
) -> None:
    save(home, paper.config(paper.GATEWAYS[0]))
    foreign = Route(table=table(2), destination=IPv4Network("198.51.100.0/24"), nexthops=(Nexthop("eth0"),))
    kernel.routes[foreign.key] = foreign

    async def story() -> None:
        async with working(kernel, home, uptime.boot):
            await in_force(home, 1)
            await asyncio.to_thread(save, home, paper.config(), BY_PAGE)
            await until(says(home, lambda seen: seen.returned is not None), "it is given back")
            returned = read_returned(home.state_db)
            assert returned is not None
            assert "routing table 242 already contains foreign routes" in returned.why
            assert members(kernel) == ["eth1"]
            assert kernel.routes[foreign.key] == foreign
            await until(says(home, lambda seen: seen.in_force == 1 and not seen.rejected), "as it was")

    play(story)


def test_what_was_refused_before_is_no_fault_of_a_change(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(home, paper.config())
    broken = kernel.apply

    async def apply(change: Change) -> None:
        if isinstance(change.item, Route) and change.item.table == table(2):
            raise KernelRejected("table 242: no")
        await broken(change)

    async def story() -> None:
        async with working(kernel, home, uptime.boot):
            await in_force(home, 1)
            monkeypatch.setattr(kernel, "apply", apply)
            kernel.routes = {key: one for key, one in kernel.routes.items() if one.table != table(2)}
            kernel.cut("eth0")
            await until(says(home, lambda seen: seen.rejected), "something is refused")
            number = await asyncio.to_thread(save, home, weighted(3), BY_PAGE)
            await tried(home, number)
            await asyncio.to_thread(confirm, home, number)
            await until(says(home, lambda seen: seen.in_force == number and seen.on_trial is None), "it stays")

    play(story)


def test_going_back_counts_also_when_what_was_there_is_refused_now(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(home, paper.config())
    applied = kernel.apply

    async def apply(change: Change) -> None:
        if isinstance(change.item, Route) and change.item.table == table(2):
            raise KernelRejected("table 242: no")
        await applied(change)

    async def story() -> None:
        async with working(kernel, home, uptime.boot) as worker:
            await in_force(home, 1)
            await tried(home, await asyncio.to_thread(save, home, paper.config(paper.GATEWAYS[0]), BY_PAGE))
            monkeypatch.setattr(kernel, "apply", apply)
            uptime.seconds += WINDOW_S
            worker.wake()
            await until(says(home, lambda seen: seen.in_force == 1 and seen.rejected), "it is in force, with a refusal")

    play(story)


def test_what_was_taken_over_from_somebody_else_is_put_back(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime
) -> None:
    """The first change of a new router: its LAN had its address from the installer."""
    first = Config(interfaces=(Interface(name="eth0", role=Role.LAN, managed=True, addresses=(AWAY,)),))

    async def story() -> None:
        async with working(kernel, home, uptime.boot) as worker:
            await until(home.worker_sock.exists, "it listens")
            await tried(home, await asyncio.to_thread(save, home, first, BY_PAGE))
            assert lan(kernel) == {AWAY}
            uptime.seconds += WINDOW_S
            worker.wake()
            await until(lambda: lan(kernel) == {OLD}, "it is put back")
            await until(lambda: (r := read_returned(home.state_db)) is not None and not r.owed, "once")
            kernel.stranger(Put(Address("eth0", IPv4Interface("10.1.1.1/24"))))
            worker.wake()
            await until(says(home, lambda seen: seen.in_force == 0), "nothing is managed")
            assert lan(kernel) == {OLD, IPv4Interface("10.1.1.1/24")}

    play(story)


def test_after_a_return_a_change_is_one_to_what_is_in_force(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime
) -> None:
    save(home, paper.config())
    configuration = Configuration(home)

    async def story() -> None:
        async with working(kernel, home, uptime.boot) as worker:
            await tried(home, await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE))
            uptime.seconds += WINDOW_S
            worker.wake()
            await in_force(home, 1)
            assert configuration.head().number == 1
            with pytest.raises(Conflict, match="was rolled back: not confirmed"):
                await asyncio.to_thread(confirm, home, 2)
            saved = await asyncio.to_thread(
                lambda: configuration.change(
                    lambda config: change_gateway(config, 1, {"weight": 3}),
                    facts=paper.FACTS, author=AUTHOR, note="", expected=1, confirm=BY_PAGE,
                )
            )  # fmt: skip
            assert (saved.before.number, saved.after.number) == (1, 4)
            assert configuration.revision(3).config == paper.config()
            await tried(home, 4)
            await until(says(home, lambda seen: seen.returned is None and seen.returns_to == 3), "a trial of its own")
            assert lan(kernel) == {OLD}
            balanced = next(one for one in kernel.routes.values() if one.table == BALANCED_TABLE)
            assert [one.weight for one in balanced.nexthops] == [3, 1]

    play(story)


def test_a_trial_is_noted_before_the_kernel_hears_of_it(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(home, paper.config())
    noted: list[bool] = []
    applied = kernel.apply

    async def apply(change: Change) -> None:
        noted.append(read_trial(home.state_db) is not None)
        await applied(change)

    async def story() -> None:
        async with working(kernel, home, uptime.boot):
            await in_force(home, 1)
            monkeypatch.setattr(kernel, "apply", apply)
            await tried(home, await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE))
            assert noted
            assert all(noted)

    play(story)
