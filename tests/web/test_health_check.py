"""What a container's health check finds of a panel and a worker that are alive, and of ones that are not."""

import socket

from app.cli.health import complaint
from app.model.config import EMPTY
from app.paths import StateDirectory
from app.service.edits.settings import change_panel
from tests.store.databases import save
from tests.web.fake_worker import FakeWorker
from tests.web.running import running_panel
from tests.web.waiting import until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_it_is_well_while_panel_and_worker_are(home: StateDirectory, worker: FakeWorker) -> None:
    port = free_port()
    save(home.config_db, 1, change_panel(EMPTY, {"port": port}))
    assert "does not answer on port" in complaint(home)
    with running_panel(home, port=port):
        until(lambda: complaint(home) == "")
    assert "does not answer on port" in complaint(home)


def test_a_silent_worker_is_what_is_wrong(home: StateDirectory) -> None:
    port = free_port()
    save(home.config_db, 1, change_panel(EMPTY, {"port": port}))
    with running_panel(home, port=port):
        until(lambda: complaint(home) == "the worker is silent")
