"""The kernel brought to what is wanted, and how little a standing refusal is made of."""

import logging
from pathlib import Path

import pytest

from app.errors import KernelRejected
from app.model.layout import table
from app.model.verdict import State
from app.paths import StateDirectory
from app.plan.state import Change, Desired, KernelState, Route, Scope
from app.worker.memory import Memory
from app.worker.reconciler import Outcome, Reconciler
from app.worker.worker import LOOK_AGAIN_S, RETRY_S
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.plan.strategies import verdict
from tests.worker.running import papers_machine, until, working
from tests.worker.trying import play

UP = dict.fromkeys((1, 2), verdict(State.UP))


class Refusing(FakeKernel):
    """A kernel that takes no route into these tables, and counts what it refuses."""

    def __init__(self, *tables: int) -> None:
        super().__init__(**vars(papers_machine()))
        self.closed = set(tables)
        self.refusals = 0

    async def apply(self, change: Change) -> None:
        if isinstance(change.item, Route) and change.item.table in self.closed:
            self.refusals += 1
            raise KernelRejected(f"a route into table {change.item.table}: no")
        await super().apply(change)


def test_what_is_refused_again_and_again_is_tried_once_a_time_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kernel, memory = Refusing(table(2)), Memory(tmp_path / "state.db")
    reconciler = Reconciler(kernel, memory)
    caplog.set_level(logging.WARNING)

    async def settle() -> Outcome:
        kernel.refusals = 0
        return await reconciler.settle(paper.config(), paper.FACTS, UP)

    async def story() -> None:
        assert (await settle()).has_new_refusals
        said = len(caplog.records)
        for _ in range(3):
            outcome = await settle()
            assert outcome.rejected
            assert not outcome.has_new_refusals
            assert kernel.refusals == len(outcome.rejected)
        assert len(caplog.records) == said == len(set(outcome.rejected))
        kernel.closed.clear()
        assert (await settle()).rejected == ()
        kernel.closed.add(table(2))
        kernel.routes = {key: one for key, one in kernel.routes.items() if one.table != table(2)}
        assert (await settle()).has_new_refusals
        assert len(caplog.records) == 2 * said
        await memory.close()

    play(story)


@pytest.mark.parametrize(("has_new_refusals", "pause_s"), [(True, RETRY_S), (False, LOOK_AGAIN_S)])
def test_what_was_refused_before_is_not_tried_every_second(
    kernel: FakeKernel, home: StateDirectory, has_new_refusals: bool, pause_s: float
) -> None:
    outcome = Outcome(
        Desired(KernelState(), Scope()), KernelState(), rejected=("no",), has_new_refusals=has_new_refusals
    )

    async def story() -> None:
        async with working(kernel, home) as worker:
            await until(home.worker_sock.exists, "it listens")
            assert worker._pause_s(outcome) == pause_s

    play(story)
