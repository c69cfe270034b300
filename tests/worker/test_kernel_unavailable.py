"""A kernel that cannot be asked for a moment, whatever it is that is asked: the worker works on."""

import asyncio
from typing import Any

import pytest

from app.errors import KernelUnavailable
from app.paths import StateDirectory
from tests.kernel.fake import FakeKernel, Flow
from tests.plan import paper
from tests.worker.running import LIMIT_S, members, save, says, until, working
from tests.worker.trying import play

ASKED = ["facts", "observe", "apply", "flow_counts", "rule_counts", "traffic", "forget_flows", "tell_clients"]


@pytest.mark.parametrize("question", ASKED)
def test_a_question_that_fails_ends_nothing(
    kernel: FakeKernel, home: StateDirectory, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    save(home, paper.config())
    kernel.flows = [Flow(1), Flow(1, "tcp"), Flow(2)]
    sound = getattr(kernel, question)
    failed = asyncio.Event()

    async def fails_once(*asked: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise KernelUnavailable("netlink: No buffer space available")
        return await sound(*asked)

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth1", "eth2"], "both are used")
            monkeypatch.setattr(kernel, question, fails_once)
            kernel.cut("eth1")
            async with asyncio.timeout(LIMIT_S):
                await failed.wait()
            await until(lambda: members(kernel) == ["eth2"], "only the other is used")
            await until(lambda: kernel.told == [1] and kernel.flows == [Flow(1, "tcp"), Flow(2)], "its flows are moved")
            kernel.cut("eth2")
            await until(says(home, lambda seen: seen.all_down), "it goes on")

    play(story)
