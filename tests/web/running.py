"""A panel with real sockets: TLS on a free port of the loopback, in a thread of the test's process."""

import atexit
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uvicorn

from app.paths import StateDirectory
from app.systemd import Supervisor
from app.web.__main__ import server
from app.web.application import create_application
from app.web.extension import Extension
from app.web.panel import Panel, assemble
from app.web.rendering.templating import Templates
from app.web.transport.certificate import own_certificate
from app.web.transport.sockets import listening
from tests.web.waiting import until

NAMES = ("localhost", "127.0.0.1")


@cache
def _tls() -> Path:
    """One certificate for all tests: making one takes a second."""
    directory = Path(tempfile.mkdtemp(prefix="multihome-tls-"))
    atexit.register(shutil.rmtree, directory)
    own_certificate(directory / "tls", NAMES)
    return directory / "tls"


@dataclass(frozen=True)
class Running:
    """Where the panel is, and what it consists of."""

    port: int
    panel: Panel
    serving: uvicorn.Server

    @property
    def url(self) -> str:
        """As people type it."""
        return f"https://localhost:{self.port}"


@contextmanager
def running_panel(
    home: StateDirectory,
    templates: Templates | None = None,
    port: int = 0,
    supervisor: Supervisor | None = None,
    extension: Extension | None = None,
) -> Iterator[Running]:
    """A panel that serves for as long as the block lasts; with a socket of a lab it is that lab's."""
    certificate = own_certificate(_tls(), NAMES)
    panel = assemble(home, certificate.instance(), templates, extension)
    own = listening([("127.0.0.1", port)])
    app = create_application(panel, ("localhost",))
    serving = server(app, panel.certificate.start(certificate), supervisor)
    thread = threading.Thread(target=serving.run, args=(list[socket.socket](own),))
    thread.start()
    try:
        until(lambda: serving.started)
        yield Running(own[0].getsockname()[1], panel, serving)
    finally:
        serving.should_exit = True
        thread.join(30)
        assert not thread.is_alive()
