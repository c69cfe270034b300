"""A person at the lab's panel: Debian's Chromium, and what no page may ever do."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from app.model.layout import BALANCED_TABLE
from app.service.revisions import revisions
from app.store.revisions import SavedRevision
from lab.lab import Lab
from lab.topology import BALANCER_LAN
from lab.waiting import wait_until
from tests.lab import routed
from tests.screenshots import CHROMIUM, FLAGS, LIMIT_MS, close

NAME, PASSWORD = "ana", "violet harbour seven lanterns"
# A form with a mistake in it.
EXPECTED = (422,)


@dataclass
class Complaints:
    """What a browser complained about; a good page gives it no reason."""

    said: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))

    def _note(self, kind: str, text: str) -> None:
        # Chromium reports every answer of 4xx like a failure to load.
        if kind in {"error", "warning"} and not any(f"status of {one}" in text for one in EXPECTED):
            self.said.append(f"{kind}: {text}")


@contextmanager
def office(playwright: Playwright, lab: Lab, directory: Path) -> Iterator[Browser]:
    """Chromium on the machine `host`, which reaches the router by its LAN address alone."""
    command = directory / f"chromium-{lab.name}"
    command.write_text(f'#!/bin/sh\nexec ip netns exec {lab.namespace("host")} {CHROMIUM} "$@"\n')
    command.chmod(0o755)
    browser = playwright.chromium.launch(executable_path=command, args=FLAGS)
    yield browser
    browser.close()


@contextmanager
def set_up(browser: Browser, lab: Lab) -> Iterator[Page]:
    """The first administrator's tab, on the router's LAN address."""
    context = browser.new_context(base_url=f"https://{BALANCER_LAN.ip}", ignore_https_errors=True)
    context.set_default_timeout(LIMIT_MS)
    page, token = context.new_page(), lab.setup_token
    assert token is not None
    first_run(page, token)
    yield page
    close(context)


@contextmanager
def page_of(browser: Browser, lab: Lab, *, javascript: bool = True) -> Iterator[tuple[Page, Complaints]]:
    """An empty tab on the lab's panel."""
    context = browser.new_context(base_url=lab.panel_address, ignore_https_errors=True, java_script_enabled=javascript)
    context.set_default_timeout(LIMIT_MS)
    page, complaints = context.new_page(), Complaints()
    complaints.listen(page)
    try:
        yield page, complaints
    finally:
        close(context)


def connected(page: Page) -> None:
    """Wait until the page's stream is open. Not by wait_for_function: it evaluates strings, which is forbidden."""
    is_open = "Boolean(document.getElementById('live')._htmx?.sse)"
    wait_until(lambda: page.evaluate(is_open), "the page's stream is open", LIMIT_MS / 1000)


def first_run(page: Page, token: str) -> None:
    """From the token to the page that asks where the cables lead."""
    page.goto("/")
    page.get_by_label("Setup token").fill(token)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat password").fill(PASSWORD)
    page.get_by_role("button", name="Create account and log in").click()
    expect(page.get_by_role("heading", name="Assign your network ports")).to_be_visible()


def log_in(page: Page, at: str = "") -> None:
    page.goto(f"{at}/login")
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#summary")).to_be_visible()


def newest(lab: Lab) -> SavedRevision:
    """The newest revision that was saved."""
    return revisions(routed.home(lab), limit=1)[0]


def saved(page: Page, lab: Lab) -> int:
    """Press *Save*; the number of the newest revision that this makes (after a return it makes two)."""
    known = newest(lab).number
    page.get_by_role("button", name="Save").click()
    wait_until(lambda: newest(lab).number > known, "it is saved", LIMIT_MS / 1000)
    return newest(lab).number


def is_kept(lab: Lab) -> bool:
    """Whether the newest change is in force and needs no confirmation any more."""
    seen = routed.status(lab)
    return seen.on_trial is None and seen.in_force == seen.wanted


def wait_until_kept(lab: Lab) -> None:
    """Return once the page has kept its change by itself, so that its tab may be closed."""
    wait_until(lambda: is_kept(lab), "the page has kept its change", LIMIT_MS / 1000)


def keep_by_hand(page: Page, lab: Lab) -> None:
    """Press *Keep changes*, as a page without JavaScript asks for; again, if the connection was too old to prove it."""

    def pressed() -> bool:
        page.goto("/")
        if is_kept(lab):
            return True
        page.get_by_role("button", name="Keep changes").click()
        return is_kept(lab)

    wait_until(pressed, "the change is kept by hand", LIMIT_MS / 1000)


def card(page: Page, number: int) -> Locator:
    """The card of an ISP on the status page."""
    return page.locator(f"#isp-{number}")


@contextmanager
def visitor(lab: Lab) -> Iterator[httpx.Client]:
    """A client without a browser, logged in; raises for every answer that is an error."""
    hooks = {"response": [lambda response: None if response.is_redirect else response.raise_for_status()]}
    address = lab.panel_address or ""
    with httpx.Client(base_url=address, verify=False, headers={"Origin": address}, event_hooks=hooks) as client:  # noqa: S501
        client.timeout = httpx.Timeout(LIMIT_MS / 1000)
        client.post("/login", data={"name": NAME, "password": PASSWORD})
        yield client


def balanced_at_s(monitor: "subprocess.Popen[bytes]") -> float:
    """When `ip -ts monitor route` next sees the balanced table change, on the wall clock."""
    limit = threading.Timer(LIMIT_MS / 1000, monitor.terminate)
    limit.start()
    stamped_s = 0.0
    try:
        for line in monitor.stdout or ():
            words = line.decode().split()
            if words and words[0].startswith("["):
                stamped_s = datetime.fromisoformat(words[0].strip("[]")).timestamp()
                words = words[1:]
            if "table" in words and words[words.index("table") + 1] == str(BALANCED_TABLE):
                return stamped_s
    finally:
        limit.cancel()
    raise AssertionError("the balanced table did not change")
