"""The port that the panel listens on is never left open to the ISPs by what somebody does in the panel."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.model.choices import Role
from app.model.config import EMPTY, Config
from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin
from app.service.edits.gateways import add_gateway
from app.service.edits.interfaces import set_interface
from app.service.edits.settings import change_panel
from app.service.listening import open_to_isps
from app.service.warnings import new_warnings
from app.web.__main__ import beyond_loopback
from app.web.panel import Panel, assemble
from app.web.rendering.templating import Templates
from app.web.transport.sockets import listening
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FACTS
from tests.web.pages.test_transfer import upload
from tests.web.person import Browser, text_of

REFUSED = "the panel listens on port 443 until it is restarted"


@pytest.fixture
def panel(home: StateDirectory, templates: Templates) -> Panel:
    """A panel that listens where the configuration says."""
    return assemble(home, "test0001", templates, ports=frozenset({443}))


def document(browser: Browser, port: int) -> str:
    found = json.loads(browser.get("/settings/export").text)
    found["settings"]["panel"]["port"] = port
    return json.dumps(found)


def on_the_console(configuration: Configuration, port: int) -> None:
    configuration.change(lambda config: change_panel(config, {"port": port}), facts=FACTS, author=AUTHOR, note="port")


def test_an_import_that_would_bare_the_port_is_refused_already_as_a_plan(
    at_work: Browser, two_isps: Configuration
) -> None:
    answer = upload(at_work, document(at_work, 8443))
    assert answer.status_code == 422
    assert REFUSED in text_of(answer.text)
    saved = at_work.post("/settings/import", {"document": document(at_work, 8443), "revision": "1"})
    assert saved.status_code == 422
    assert two_isps.head().number == 1


def test_a_program_is_told_the_field(
    two_isps: Configuration, panel: Panel, visit: Callable[..., Browser], at_work: Browser
) -> None:
    secret = panel.tokens.create("script", Author("admin", Origin.CONSOLE), read_only=False)
    program = visit().client
    program.headers["Authorization"] = f"Bearer {secret}"
    text = document(at_work, 8443)
    put = program.put("/api/v1/configuration", content=text)
    plan = program.post("/api/v1/plan", json={"configuration": json.loads(text)})
    for answer in (put, plan):
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == ["settings.panel.port"]
    assert two_isps.head().number == 1


def test_an_old_revision_with_another_port_is_not_brought_back(at_work: Browser, two_isps: Configuration) -> None:
    on_the_console(two_isps, 8443)
    on_the_console(two_isps, 443)
    answer = at_work.post("/revisions/2/restore")
    assert answer.status_code == 422
    assert REFUSED in text_of(answer.text)


def test_while_the_console_has_set_another_port_every_page_says_so_and_saves(
    at_work: Browser, two_isps: Configuration
) -> None:
    assert "open there to the ISPs" not in text_of(at_work.get("/isps").text)
    on_the_console(two_isps, 8443)
    assert "The panel listens on port 443 and is open there to the ISPs" in text_of(at_work.get("/isps").text)
    assert at_work.fill_in("/isps/1", weight="5").headers["location"] == "/isps?saved=3"
    assert upload(at_work, document(at_work, 443)).status_code == 200


def test_the_console_is_warned_of_a_panel_that_runs() -> None:
    moved = change_panel(EMPTY, {"port": 8443})
    assert [one.field for one in new_warnings(EMPTY, moved, FACTS)] == ["settings.panel.port"]
    assert new_warnings(moved, set_interface(moved, "eth0", {"role": "lan"}), FACTS) == ()


def test_what_is_open_to_the_isps_is_known() -> None:
    ports = frozenset({443})
    config = add_gateway(Config(), FACTS, {"address": "192.168.1.2"})
    moved = change_panel(config, {"port": 8443})
    assert open_to_isps(config, ports) == frozenset()
    assert open_to_isps(moved, ports) == ports
    assert open_to_isps(moved, frozenset({8443})) == frozenset()
    assert open_to_isps(change_panel(moved, {"reachable_from_outside": True}), ports) == frozenset()
    inside = tuple(replace(one, role=Role.LAN) for one in moved.interfaces)
    assert open_to_isps(replace(moved, interfaces=inside), ports) == frozenset()


def test_a_socket_on_the_loopback_concerns_nobody_else() -> None:
    """A lab's panel listens on its router and on the loopback of the host."""
    listeners = listening([("127.0.0.1", 0), ("::1", 0), ("0.0.0.0", 0)])
    try:
        assert beyond_loopback(listeners) == {listeners[2].getsockname()[1]}
    finally:
        for listener in listeners:
            listener.close()
