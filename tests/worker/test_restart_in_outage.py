"""A worker that starts while an ISP is down goes on where the last one was, its hold included."""

import asyncio
from pathlib import Path

from app.model.verdict import State
from tests.plan import paper
from tests.worker.running import members, papers_machine, save, says, state_directory, until, working


def test_an_isp_that_was_down_before_the_restart_waits_for_its_hold_after_it(tmp_path: Path) -> None:
    kernel, home = papers_machine(), state_directory(tmp_path)

    async def story() -> None:
        async with working(kernel, home):
            await until(home.worker_sock.exists, "it listens")
            await asyncio.to_thread(save, home, paper.config())
            await until(lambda: members(kernel) == ["eth1", "eth2"], "both are used")
            kernel.cut("eth1")
            await until(lambda: members(kernel) == ["eth2"], "the one without carrier is left out")
        async with working(kernel, home):
            await until(says(home, lambda seen: seen.gateways), "the next worker has looked")
            kernel.plug("eth1")
            await until(says(home, lambda seen: "recovering" in seen.gateways[0].reason), "it waits for its hold")
            await until(says(home, lambda seen: seen.gateways[0].state is State.DOWN), "and is down meanwhile")
            assert members(kernel) == ["eth2"]

    asyncio.run(asyncio.wait_for(story(), 30))
