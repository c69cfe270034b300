"""A panel without sockets: the application in the test's process, a fake worker, and browsers that are logged in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.paths import StateDirectory
from app.service import worker_client
from app.service.configuration import Author, Configuration, Origin
from app.service.edits.gateways import add_gateway
from app.service.edits.interfaces import set_interface
from app.service.edits.settings import change_failover
from app.service.users import Users
from app.store.people import User
from app.web.application import create_application
from app.web.panel import Panel, assemble
from app.web.rendering.assets import Assets
from app.web.rendering.templating import Templates
from tests.store import databases
from tests.web.client import TestClient
from tests.web.fake_worker import FACTS, FakeWorker, fake_worker
from tests.web.person import ADMIN, PASSWORD_HASH, Browser
from tests.web.waiting import until

AUTHOR = Author(ADMIN, Origin.CONSOLE)


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.migrated(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def home(blank_database: Path, tmp_path: Path) -> StateDirectory:
    """A state directory whose config.db holds nothing."""
    databases.copy(blank_database, tmp_path)
    return StateDirectory(tmp_path)


@pytest.fixture
def worker(home: StateDirectory, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorker]:
    """The worker, listening. A save waits until it has heard of it, also where no core is free."""
    monkeypatch.setattr(worker_client, "WAKE_PATIENCE_S", worker_client.PATIENCE_S)
    with fake_worker(home) as worker:
        yield worker


@pytest.fixture
def admin(home: StateDirectory) -> User:
    """The administrator that most tests are."""
    return Users(home).create_first(ADMIN, PASSWORD_HASH, AUTHOR)


@pytest.fixture
def two_isps(home: StateDirectory, admin: User, worker: FakeWorker) -> Configuration:
    """The paper's router with names: Orange with weight 3 and DIGI with weight 1, checked by icmp."""
    configuration = Configuration(home)

    def edit(config):  # type: ignore[no-untyped-def]
        config = set_interface(config, "eth0", {"role": "lan"})
        config = add_gateway(config, FACTS, {"name": "Orange", "address": "192.168.1.2", "weight": 3})
        config = add_gateway(config, FACTS, {"name": "DIGI", "address": "172.17.0.2", "weight": 1})
        return change_failover(config, {"checks": [{"kind": "icmp", "targets": ["10.0.0.3"]}]})

    configuration.change(edit, facts=FACTS, author=AUTHOR, note="the paper's router")
    worker.take_over()
    return configuration


@pytest.fixture(scope="session")
def templates() -> Templates:
    """Compiled once for all tests."""
    return Templates(Assets())


@pytest.fixture
def panel(home: StateDirectory, templates: Templates) -> Panel:
    """The parts of the panel; its first administrator, if any, was there before it."""
    return assemble(home, "test0001", templates)


@pytest.fixture
def app(panel: Panel) -> FastAPI:
    return create_application(panel, ("localhost", "router.example"))


@pytest.fixture
def visit(app: FastAPI, panel: Panel) -> Iterator[Callable[..., Browser]]:
    """Makes browsers that nobody is logged in with. The application runs, and has heard the worker if there is one."""
    with TestClient(app, base_url="https://localhost") as lifespan:
        if panel.home.worker_sock.exists():
            until(lambda: panel.link.status is not None)

        def browser(address: str = "192.168.1.50") -> Browser:
            client = TestClient(
                lifespan.app, base_url="https://localhost", client=(address, 40000), follow_redirects=False
            )
            return Browser(client)

        yield browser


@pytest.fixture
def stranger(visit: Callable[..., Browser]) -> Browser:
    """A browser that nobody is logged in with."""
    return visit()


@pytest.fixture
def browser(admin: User, panel: Panel, visit: Callable[..., Browser]) -> Browser:
    """The administrator's browser, without a worker unless the test asks for one first."""
    return visit().with_session_of(panel, admin)


@pytest.fixture
def at_work(two_isps: Configuration, browser: Browser) -> Browser:
    """The administrator's browser on a router with two ISPs that work."""
    return browser
