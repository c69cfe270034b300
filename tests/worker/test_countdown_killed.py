"""`kill -9` at any step of a change: the next worker takes the same course, from what was written by then."""

import asyncio
import shutil
from collections.abc import Callable

import pytest

from app.model.config import Config
from app.paths import StateDirectory
from app.store.history import read_in_force, read_trial
from app.worker.clock import Boot
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.worker.running import save, says, until, working
from tests.worker.trying import AWAY, BY_PAGE, OLD, WINDOW_S, Uptime, in_force, lan, play, tried, with_lan


class KillingKernel:
    """A kernel under which the worker is killed at one of its calls, together with a picture of its files."""

    def __init__(self, kernel: FakeKernel, at_call: int, home: StateDirectory, copy: StateDirectory) -> None:
        self._kernel, self._left, self._home, self._copy = kernel, at_call, home, copy
        self.killed = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        found = getattr(self._kernel, name)
        if name in {"events", "close", "traffic", "flow_counts"}:
            return found

        async def call(*args: object, **named: object) -> object:
            if self.killed.is_set():
                await asyncio.Event().wait()
            if self._left == 0:
                shutil.copytree(self._home.path, self._copy.path, ignore=shutil.ignore_patterns("*.sock", "*-shm"))
                self.killed.set()
                await asyncio.Event().wait()
            self._left -= 1
            return await found(*args, **named)

        return call


@pytest.mark.parametrize("at_call", range(12))
@pytest.mark.parametrize("reboots", ["same boot", "next boot"])
def test_a_worker_killed_at_any_step_of_a_change_leaves_a_next_one_that_comes_back(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime, at_call: int, reboots: str
) -> None:
    save(home, paper.config())
    copy = StateDirectory(home.path.with_name("copy"))

    async def story() -> None:
        async with working(kernel, home, uptime.boot):
            await in_force(home, 1)
        save(home, with_lan(AWAY), BY_PAGE)
        dying = KillingKernel(kernel, at_call, home, copy)
        async with working(dying, home, uptime.boot) as worker:  # type: ignore[arg-type]
            waking = asyncio.create_task(keep_waking(worker.wake))
            await asyncio.wait_for(dying.killed.wait(), 10)
            waking.cancel()
        noted = read_trial(copy.state_db)
        boot = uptime.boot if reboots == "same boot" else Boot("the next boot", lambda: 1.0)
        if reboots == "same boot":
            uptime.seconds += WINDOW_S if noted is not None else 0
        async with working(kernel, copy, boot) as worker:
            if noted is None:  # nothing of it had been touched yet: it is tried from the start
                await tried(copy, 2)
                uptime.seconds += WINDOW_S
            if noted is None and reboots == "next boot":
                return
            worker.wake()
            await until(says(copy, lambda seen: seen.in_force == 1 and seen.returned is not None), "it comes back")
            assert lan(kernel) == {OLD}
            assert read_trial(copy.state_db) is None
            await until(lambda: kept(copy) == paper.config(), "what is in force is written down")

    play(story)


def kept(home: StateDirectory) -> Config | None:
    known = read_in_force(home.state_db)
    return None if known is None else known.config


async def keep_waking(wake: Callable[[], None]) -> None:
    while True:
        wake()
        await asyncio.sleep(0.01)
