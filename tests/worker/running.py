"""A worker over a kernel in memory and a real state directory, and how tests wait for what it does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from app.errors import WorkerSilent
from app.model.config import Config
from app.model.events.event import LoggedEvent
from app.model.layout import BALANCED_TABLE
from app.model.status import Status
from app.paths import StateDirectory
from app.plan.objects.route import EVERYWHERE
from app.service.configuration import Author, Configuration, Origin
from app.service.confirming import Confirm
from app.service.worker_client import worker_status
from app.store.history import read_events
from app.store.migrate import migrate
from app.worker.clock import Boot
from app.worker.worker import Worker
from lab.waiting import wait_until
from tests.kernel.fake import FakeKernel
from tests.plan import paper

AUTHOR = Author("tester", Origin.CONSOLE)
LIMIT_S = 30.0


def papers_machine() -> FakeKernel:
    """The paper's balancer: three devices with their addresses, every cable plugged in."""
    kernel = FakeKernel()
    kernel.sysctls |= {"net/ipv4/fib_multipath_use_neigh": "0", "net/ipv4/fib_multipath_hash_policy": "0"}
    for interface in paper.INTERFACES:
        kernel.add_link(interface.name, *map(str, interface.addresses))
    return kernel


def state_directory(path: Path) -> StateDirectory:
    home = StateDirectory(path / "home")
    migrate(home.config_db)
    return home


def save(home: StateDirectory, config: Config, confirm: Confirm | None = None) -> int:
    """Make this the newest configuration; its number."""
    saved = Configuration(home).change(lambda _: config, facts=paper.FACTS, author=AUTHOR, note="", confirm=confirm)
    return saved.after.number


@asynccontextmanager
async def working(kernel: FakeKernel, home: StateDirectory, boot: Boot | None = None) -> AsyncIterator[Worker]:
    """A worker at work; ended as SIGTERM would end it."""
    worker = Worker(kernel, home, boot)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition while the worker goes on."""
    await asyncio.to_thread(wait_until, condition, what, LIMIT_S)


def members(kernel: FakeKernel) -> list[str]:
    """The interfaces that the balanced table sends new connections to."""
    route = kernel.routes.get((BALANCED_TABLE, EVERYWHERE, 0))
    return [] if route is None else [one.interface for one in route.nexthops]


def says(home: StateDirectory, condition: Callable[[Status], object]) -> Callable[[], bool]:
    """Whether the worker answers, and its status is such; to be asked from another thread than the worker's."""

    def asked() -> bool:
        with suppress(WorkerSilent):
            return bool(condition(worker_status(home.worker_sock)))
        return False

    return asked


def events(home: StateDirectory, kind: str) -> list[LoggedEvent]:
    return [one.event for one in read_events(home.state_db) if one.event.kind == kind]
