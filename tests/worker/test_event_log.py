"""What is told once stays told, and the timeline runs one way."""

import asyncio
from dataclasses import replace

from app.paths import StateDirectory
from app.store.history import read_events
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.worker.running import events, members, save, says, until, working
from tests.worker.trying import play


def verdicts_told(home: StateDirectory) -> list[str]:
    return [one.text for one in reversed(events(home, "verdict"))]


async def told_of_both(home: StateDirectory) -> None:
    await until(lambda: {one.number for one in events(home, "verdict")} == {1, 2}, "both are told of")


def test_the_next_worker_tells_no_verdict_again(kernel: FakeKernel, home: StateDirectory) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth1", "eth2"], "both are used")
            kernel.cut("eth1")
            await until(lambda: members(kernel) == ["eth2"], "the one without carrier is left out")
            await told_of_both(home)
        before = verdicts_told(home)
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.gateways), "the next worker has looked")
            await asyncio.to_thread(save, home, replace(paper.config(), gateways=paper.GATEWAYS[:1]))
            await until(says(home, lambda seen: seen.in_force == 2), "and has gone on since")
        assert verdicts_told(home) == before

    play(story)


def test_what_changed_while_no_worker_was_there_is_told_behind_its_start(
    kernel: FakeKernel, home: StateDirectory
) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth1", "eth2"], "both are used")
            await told_of_both(home)
        kernel.cut("eth1")
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth2"], "the next worker sees it")
            await until(lambda: "no carrier on eth1" in verdicts_told(home)[-1], "and tells")

    play(story)
    times = [one.event.at for one in read_events(home.state_db)]
    assert times == sorted(times, reverse=True)
