"""A real browser in front of a real server on the loopback, with a fake worker behind it.

Every page is watched: an error on its console, a refused resource or a violation of the content security policy fails
the test that opened it.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin
from app.store.people import User
from app.web.rendering.templating import Templates
from tests.screenshots import LIMIT_MS, chromium, close
from tests.web.conftest import admin, blank_database, home, templates, two_isps, worker
from tests.web.running import Running, running_panel
from tests.web.waiting import until

__all__ = ["admin", "blank_database", "home", "templates", "two_isps", "worker"]

NewPage = Callable[..., Page]
# Where no page is.
NOWHERE = "/nowhere"


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """Gone with this package's last test: while it lives no other test can run an event loop of its own."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def running(home: StateDirectory, worker: object, templates: Templates) -> Iterator[Running]:
    with running_panel(home, templates) as running:
        until(lambda: running.panel.link.status is not None)
        yield running


@pytest.fixture
def new_page(chrome: Browser, running: Running) -> Iterator[NewPage]:
    """Makes watched pages, each in a browser context of its own."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    usual = ["status of 422", "net::ERR_FAILED", "Failed to fetch"]

    def heard(message: ConsoleMessage) -> None:
        # Chromium notes every answer of 4xx by itself. 422: a form with a mistake in it; 409: another user who saved
        # first, never a change that is not confirmed yet.
        # ERR_FAILED, and what htmx says of it: a request that the test itself did not let through.
        url = message.location["url"]
        conflict = "status of 409" in message.text and not url.endswith("/confirm")
        expected = conflict or any(words in message.text for words in usual) or url.endswith(NOWHERE)
        if message.type in {"error", "warning"} and not expected:
            complaints.append(f"{message.type}: {message.text} ({url})")

    def make(
        *,
        width: int = 1280,
        theme: str = "light",
        javascript: bool = True,
        user: User | None = None,
        refused: tuple[int, ...] = (),
    ) -> Page:
        usual.extend(words for one in refused for words in (f"status of {one}", f"failed with status {one}"))
        context = chrome.new_context(
            base_url=running.url, ignore_https_errors=True, java_script_enabled=javascript,
            color_scheme="dark" if theme == "dark" else "light", viewport={"width": width, "height": 800},
            reduced_motion="reduce",
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(LIMIT_MS)
        if user is not None:
            token = running.panel.sessions.open(user, Author(user.name, Origin.PANEL, "127.0.0.1"), "Chromium")
            context.add_cookies([{"name": running.panel.cookie, "value": token, "url": running.url, "secure": True}])
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        return page

    yield make
    for context in contexts:
        close(context)
    assert complaints == []


@pytest.fixture
def page(two_isps: Configuration, admin: User, new_page: NewPage) -> Page:
    """The administrator's page, on a router with two ISPs that work."""
    return new_page(user=admin)


def connected(page: Page) -> None:
    """Wait until the page's stream is open. Not by wait_for_function: it evaluates strings, which is forbidden."""
    until(lambda: page.evaluate("Boolean(document.getElementById('live')._htmx?.sse)"))
