"""A worker that hangs is one to be started again: what it tells systemd comes from its loop, and stops with it."""

import asyncio
from pathlib import Path

from app.paths import StateDirectory
from app.plan.state import KernelState, Scope
from app.worker.worker import Worker
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.supervising import listening
from tests.worker.running import save, until
from tests.worker.trying import play
from tests.yielding import others_run

# Short enough that every turn of the loop tells it.
EVERY_TURN_US = "4"


class Stuck(FakeKernel):
    """A kernel that does not answer any more from some moment on."""

    def __init__(self, healthy: FakeKernel) -> None:
        vars(self).update(vars(healthy))
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked_in_vain = False

    async def observe(self, scope: Scope) -> KernelState:
        self.asked_in_vain = not self.answers.is_set()
        await self.answers.wait()
        return await super().observe(scope)


def test_each_turn_of_the_loop_tells_systemd_and_a_turn_that_hangs_does_not(
    kernel: FakeKernel, home: StateDirectory, tmp_path: Path
) -> None:
    save(home, paper.config())

    async def story() -> None:
        with listening(tmp_path) as listener:
            stuck = Stuck(kernel)
            worker = Worker(stuck, home, supervisor=listener.supervisor(EVERY_TURN_US))
            task = asyncio.create_task(worker.run())
            await until(lambda: listener.hears("READY=1"), "it is ready after its first turn")

            def goes_on() -> bool:
                worker.wake()
                return listener.heard().count("WATCHDOG=1") >= 3

            while not goes_on():
                await others_run()
            stuck.answers.clear()
            while not stuck.asked_in_vain:
                worker.wake()
                await others_run()
            so_far = listener.heard().copy()
            for _ in range(1000):  # turns of the event loop, which goes on: the rest of the worker is well
                worker.wake()
                await others_run()
            assert listener.heard() == so_far
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    play(story)
