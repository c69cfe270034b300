"""How the worker is heard, and that whatever keeps it from being heard keeps it from nothing else."""

import pytest

from app.model.status import EventKind
from app.paths import StateDirectory
from tests.kernel.fake import FakeKernel
from tests.plan import paper
from tests.worker.running import events, members, save, says, until, working
from tests.worker.trying import play


def test_where_its_socket_cannot_be_made_the_router_routes_on_and_it_is_heard_later(
    kernel: FakeKernel, home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.voice.SERVE_AGAIN_S", 0.01)
    save(home, paper.config())
    home.worker_sock.mkdir()  # as little can be made there as on a read-only disk

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth1", "eth2"], "both are used")
            kernel.cut("eth1")
            await until(lambda: members(kernel) == ["eth2"], "failover goes on")
            home.worker_sock.rmdir()
            await until(says(home, lambda seen: seen.in_force == 1), "it is heard")
        told = [one.text for one in events(home, EventKind.WORKER) if "worker.sock" in one.text]
        assert told == ["worker.sock cannot be made, so nobody is answered for now: Is a directory"]

    play(story)
