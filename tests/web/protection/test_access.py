"""Waiting and queueing: what an attacker cannot do to the owner."""

import asyncio
import threading
from functools import partial

import pytest

from app.web.protection.login_backoff import FREE_FAILURES, LONGEST_WAIT_S, MOST_SOURCES, LoginBackoff
from app.web.protection.password_queue import MOST_PER_SOURCE, MOST_WAITING, PasswordQueue, TooBusy
from app.web.transport.addresses import source
from tests.yielding import others_run


def test_each_failure_doubles_the_wait_up_to_a_minute() -> None:
    backoff, waits = LoginBackoff(), []
    for _ in range(FREE_FAILURES + 9):
        backoff.failed("a", 0.0)
        waits.append(backoff.wait_s("a", 0.0))
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, LONGEST_WAIT_S, LONGEST_WAIT_S, LONGEST_WAIT_S]
    assert backoff.wait_s("b", 0.0) == 0
    assert backoff.wait_s("a", 4000.0) == 0


def test_strangers_cannot_push_an_owner_out_of_the_memory() -> None:
    backoff = LoginBackoff()
    backoff.remember("owner")
    for number in range(MOST_SOURCES + 100):
        backoff.failed(f"stranger {number}", 0.0)
    assert backoff.knows("owner")
    assert backoff.wait_s("owner", 0.0) == 0


def test_a_neighbor_in_the_same_network_cannot_make_an_owner_wait() -> None:
    backoff, owner, neighbor = LoginBackoff(), "2001:db8::50", "2001:db8::66"
    backoff.remember(owner)
    for _ in range(FREE_FAILURES + 5):
        backoff.failed(backoff.source_of(neighbor), 0.0)
    assert backoff.wait_s(backoff.source_of("2001:db8::67"), 0.0) > 0
    assert backoff.wait_s(backoff.source_of(owner), 0.0) == 0
    for _ in range(FREE_FAILURES + 5):
        backoff.failed(backoff.source_of(owner), 0.0)
    assert backoff.wait_s(backoff.source_of(owner), 0.0) > 0


def test_one_subscriber_is_one_source() -> None:
    assert source("203.0.113.9") == source("::ffff:203.0.113.9") == "203.0.113.9"
    assert source("2001:db8:1:2:3:4:5:6") == source("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert source("fe80::1%eth0") == "fe80::/64"
    assert source(None) == source("nonsense") == "unknown"


def test_one_password_at_a_time_and_the_owner_before_a_crowd() -> None:
    order: list[str] = []
    running, most = 0, 0
    gate = threading.Event()

    def work(name: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        gate.wait(5)
        order.append(name)
        running -= 1

    async def crowd() -> None:
        hashing = PasswordQueue()
        tasks = [asyncio.ensure_future(hashing.run("first", lambda: work("first"), known=False))]
        await others_run()
        for number in range(MOST_WAITING):
            name = f"stranger {number}"
            tasks.append(asyncio.ensure_future(hashing.run(name, partial(work, name), known=False)))
        await others_run()
        tasks.append(asyncio.ensure_future(hashing.run("owner", lambda: work("owner"), known=True)))
        await others_run()
        with pytest.raises(TooBusy):
            await hashing.run("one too many", lambda: work("no"), known=False)
        gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(crowd())
    assert most == 1
    assert order.index("owner") == 1
    assert len(order) == MOST_WAITING + 2


def test_one_source_cannot_fill_the_queue() -> None:
    gate = threading.Event()

    async def greedy() -> None:
        hashing = PasswordQueue()
        tasks = [
            asyncio.ensure_future(hashing.run("a", lambda: gate.wait(5), known=False))
            for _ in range(MOST_PER_SOURCE + 1)
        ]
        await others_run()
        with pytest.raises(TooBusy):
            await hashing.run("a", lambda: None, known=False)
        other = asyncio.ensure_future(hashing.run("b", lambda: "done", known=False))
        gate.set()
        assert await other == "done"
        await asyncio.gather(*tasks)

    asyncio.run(greedy())


def test_who_gives_up_waiting_does_not_stop_the_queue() -> None:
    gate = threading.Event()

    async def impatient() -> None:
        hashing = PasswordQueue()
        first = asyncio.ensure_future(hashing.run("a", lambda: gate.wait(5), known=False))
        await others_run()
        second = asyncio.ensure_future(hashing.run("b", lambda: "no", known=False))
        third = asyncio.ensure_future(hashing.run("c", lambda: "done", known=False))
        await others_run()
        second.cancel()
        gate.set()
        assert await third == "done"
        await first

    asyncio.run(impatient())
