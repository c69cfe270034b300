"""How the worker is heard, and that whatever keeps it from being heard keeps it from nothing else."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.model.events.kinds import DriftRepaired, FlowsMoved, RevisionInForce
from app.model.verdict import Layer
from app.paths import StateDirectory
from app.service.worker_client import kernel_view
from app.worker.publisher import _fields
from app.worker.worker import Worker
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.store.databases import AT
from tests.worker.running import events, members, save, says, until, working
from tests.worker.trying import play


def test_where_its_socket_cannot_be_made_the_router_routes_on_and_it_is_heard_later(
    kernel: FakeKernel, home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.publisher.SERVE_AGAIN_S", 0.01)
    save(home, paper.config())
    home.worker_sock.mkdir()  # as little can be made there as on a read-only disk

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth1", "eth2"], "both are used")
            kernel.cut("eth1")
            await until(lambda: members(kernel) == ["eth2"], "failover goes on")
            home.worker_sock.rmdir()
            await until(says(home, lambda seen: seen.in_force == 1), "it is heard")
        told = [one.text for one in events(home, "worker") if "worker.sock" in one.text]
        assert told == ["cannot create worker.sock, so the worker accepts no requests: Is a directory"]

    play(story)


def test_the_journal_can_be_asked_for_all_that_an_event_says() -> None:
    """The names are those of version 0.1."""
    moved = FlowsMoved("ISP 2", 2, 12, 3, layer=Layer.ICMP, switched_ms=4.5)
    drift = DriftRepaired(("ip rule add",), 0, (), "ip (1234)")
    said = [
        {name: value for name, value in _fields(one.logged(AT)).items() if value is not None}
        for one in (moved, drift, RevisionInForce(7))
    ]
    assert said == [
        {
            "EVENT": "failover", "GATEWAY": 2, "LAYER": "icmp", "SWITCHED_MS": 4.5, "FLOWS_MOVED": 12, "FLOWS_TOLD": 3,
            "SEVERITY": "notice",
        },
        {"EVENT": "drift", "ACTOR": "ip (1234)", "SEVERITY": "warning"},
        {"EVENT": "revision", "REVISION": 7, "SEVERITY": "info"},
    ]  # fmt: skip


async def at_rest(worker: Worker, home: StateDirectory) -> None:
    """Wait until nothing but an event or a timer has it look at the kernel again."""
    await until(says(home, lambda seen: seen.in_force == 1 and all(one.in_use for one in seen.gateways)), "all is used")
    await until(lambda: not worker._revisions.changed(), "what was saved is old enough to be read once and for all")


def without_carrier(kernel: FakeKernel) -> None:
    kernel.links["eth1"] = replace(kernel.links["eth1"], carrier=False)


def without_forwarding(kernel: FakeKernel) -> None:
    kernel.sysctls["net/ipv4/ip_forward"] = "0"


@pytest.mark.parametrize(
    ("happens", "is_dealt_with"),
    [
        (without_carrier, lambda kernel: members(kernel) == ["eth2"]),
        (without_forwarding, lambda kernel: kernel.sysctls["net/ipv4/ip_forward"] == "1"),
    ],
    ids=["carrier", "setting"],
)
def test_what_a_look_for_somebody_else_finds_is_dealt_with_though_no_event_tells_of_it_any_more(
    kernel: FakeKernel,
    home: StateDirectory,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[FakeKernel], None],
    is_dealt_with: Callable[[FakeKernel], bool],
) -> None:
    monkeypatch.setattr("app.worker.worker.LOOK_AGAIN_S", 3600)
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home) as worker:
            await at_rest(worker, home)
            happens(kernel)
            await asyncio.to_thread(kernel_view, home.worker_sock)
            await until(lambda: is_dealt_with(kernel), "it is dealt with")

    play(story)


def test_a_look_for_somebody_else_that_finds_nothing_new_wakes_nobody(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home) as worker:
            await at_rest(worker, home)
            assert await worker._look() is not None
            assert not worker._woken.is_set()

    play(story)
