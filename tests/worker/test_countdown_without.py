"""Confirm or return while config.db cannot be read: state.db alone says how it goes on."""

import asyncio
from datetime import UTC, datetime

from app.model.config import EMPTY
from app.model.countdown import OnTrial, Returned
from app.paths import StateDirectory
from app.plan.state import Desired, KernelState, Scope
from app.store.reader import Revision
from app.worker.countdown import Countdown
from app.worker.memory import Memory
from app.worker.reconciler import Outcome
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.worker.running import events, save, says, until, working
from tests.worker.trying import AWAY, BY_PAGE, OLD, WINDOW_S, Uptime, in_force, lan, play, tried, with_lan


def test_without_config_db_the_countdown_goes_on(kernel: FakeKernel, home: StateDirectory, uptime: Uptime) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home, uptime.boot):
            await tried(home, await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE))
        home.config_db.write_bytes(b"not a database")
        async with working(kernel, home, uptime.boot) as worker:
            await until(says(home, lambda seen: seen.rejected and seen.in_force == 2), "it goes by what was in force")
            assert lan(kernel) == {AWAY}
            uptime.seconds += WINDOW_S
            worker.wake()
            await until(lambda: lan(kernel) == {OLD}, "and goes back all the same")
            await in_force(home, 1)

    play(story)


def test_a_worker_that_starts_too_late_and_without_config_db_gives_back_once(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime
) -> None:
    save(home, paper.config())

    async def story() -> None:
        async with working(kernel, home, uptime.boot):
            await tried(home, await asyncio.to_thread(save, home, with_lan(AWAY), BY_PAGE))
        home.config_db.write_bytes(b"not a database")
        uptime.seconds += 10 * WINDOW_S
        for _ in range(2):
            async with working(kernel, home, uptime.boot):
                await until(says(home, lambda seen: seen.returned and seen.on_trial is None), "it is given back")
                await in_force(home, 1)
                assert lan(kernel) == {OLD}
        assert len([one for one in events(home, "revision") if "rolled back" in one.text]) == 1

    play(story)


def test_a_trial_that_was_never_in_force_is_over_without_config_db_too(home: StateDirectory, uptime: Uptime) -> None:
    memory = Memory(home.state_db)
    memory.in_force, memory.confirmed = Revision(2, EMPTY), Revision(1, paper.config())
    memory.trial = OnTrial(revision=3, boot_id=uptime.boot_id, window_s=WINDOW_S, started_s=uptime.seconds)
    countdown = Countdown(memory, uptime.boot, lambda _: None)

    async def story() -> None:
        assert await countdown.without() == memory.in_force
        uptime.seconds += WINDOW_S
        assert await countdown.without() == memory.confirmed
        assert (memory.trial, countdown.left_s) == (None, None)
        await memory.close()

    play(story)


def test_what_was_given_back_is_not_gone_by_though_it_is_still_noted_as_in_force(
    home: StateDirectory, uptime: Uptime
) -> None:
    memory = Memory(home.state_db)
    memory.in_force, memory.confirmed = Revision(2, EMPTY), Revision(1, paper.config())
    countdown = Countdown(memory, uptime.boot, lambda _: None)
    assert asyncio.run(countdown.without()) == memory.in_force
    memory.returned = Returned(revision=2, why="not confirmed within 60 s", at=datetime.now(UTC), to=1)
    assert asyncio.run(countdown.without()) == memory.confirmed


def test_a_countdown_that_is_over_does_not_have_the_loop_spin(
    kernel: FakeKernel, home: StateDirectory, uptime: Uptime
) -> None:
    over = OnTrial(revision=3, boot_id=uptime.boot_id, window_s=WINDOW_S, started_s=uptime.seconds - WINDOW_S)

    async def story() -> None:
        async with working(kernel, home, uptime.boot) as worker:
            await until(home.worker_sock.exists, "it listens")
            worker._memory.trial = over
            assert worker._pause_s(Outcome(Desired(KernelState(), Scope()), KernelState())) >= 0.05

    play(story)
