"""Whole tasks by keyboard alone: whoever cannot use a mouse sees where they are, at every step."""

import re

from playwright.sync_api import Locator, Page, expect

from app.service.configuration import Configuration
from app.store.people import User
from tests.browser.conftest import NewPage, connected
from tests.web.fake_worker import FakeWorker
from tests.web.person import ADMIN, PASSWORD
from tests.web.running import Running
from tests.web.waiting import until

MOST_STEPS = 60
# The focus is somewhere, and something is drawn around it.
VISIBLE = """() => {
    const at = document.activeElement, look = getComputedStyle(at), reach = at.querySelector(':scope > .reach');
    const ring = reach ? getComputedStyle(reach).stroke !== 'rgba(0, 0, 0, 0)'
        : look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2;
    return at !== document.body && at.matches(':focus-visible') && (at.id === 'main' || ring);
}"""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus; the focus is to be seen on the whole way."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        # Between two elements it is on the body for an instant.
        try:
            until(lambda: page.evaluate(VISIBLE))
        except TimeoutError as error:
            error.add_note("nobody sees it: " + page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
            raise
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("it is not reached by Tab")


def open_page(page: Page, path: str) -> None:
    """Open it and go past the list of pages, as the first link on it offers."""
    page.goto(path)
    tab_to(page, page.get_by_role("link", name="Skip to content"))
    page.keyboard.press("Enter")


def follow(page: Page, path: str) -> None:
    """Press Enter on a link, and wait for its page."""
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")


def saved(page: Page, revision: int) -> None:
    expect(page.get_by_text(f"Saved as revision {revision}.")).to_be_visible()


def test_logging_in_changing_the_colors_and_logging_out(
    two_isps: Configuration, admin: User, new_page: NewPage
) -> None:
    page = new_page()
    page.goto("/login")
    tab_to(page, page.get_by_role("button", name="Dark"))
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_be_focused()
    tab_to(page, page.get_by_label("User name"))
    page.keyboard.type(ADMIN)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Both ISPs are up")
    tab_to(page, page.get_by_role("button", name="Log out"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_checks_failover_and_an_address(page: Page) -> None:
    open_page(page, "/isps/1")
    tab_to(page, page.locator("[name=checks_from]").first)
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_label("Kind").first)
    page.keyboard.type("Ping")
    tab_to(page, page.get_by_label("Targets").first)
    page.keyboard.type("10.0.0.9")
    page.keyboard.press("Enter")
    saved(page, 2)

    open_page(page, "/failover")
    tab_to(page, page.get_by_label("Probe interval", exact=True))
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not saved.")).to_be_visible()
    expect(page.get_by_label("Probe interval", exact=True)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    saved(page, 3)
    tab_to(page, page.get_by_label("By source and destination"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    saved(page, 4)

    open_page(page, "/interfaces")
    tab_to(page, page.get_by_role("link", name="Edit eth3"))
    follow(page, "/interfaces/eth3")
    tab_to(page, page.get_by_role("radio", name=re.compile("Leave its addresses alone")))
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_label("Addresses to set"))
    page.keyboard.type("192.168.9.1/24")
    page.keyboard.press("Enter")
    saved(page, 5)


def test_disabling_enabling_removing_and_restoring(page: Page, running: Running) -> None:
    open_page(page, "/")
    tab_to(page, page.get_by_role("button", name="Disable DIGI"))
    page.keyboard.press("Enter")
    # The button has become another one, and the focus has stayed on it.
    expect(page.get_by_role("button", name="Enable DIGI")).to_be_focused()
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Disable DIGI")).to_be_focused()

    open_page(page, "/isps")
    tab_to(page, page.get_by_role("link", name="Remove DIGI"))
    follow(page, "/isps/2/remove")
    tab_to(page, page.get_by_role("button", name="Remove DIGI"))
    page.keyboard.press("Enter")
    saved(page, 4)

    open_page(page, "/revisions")
    tab_to(page, page.get_by_role("link", name="Changes of revision 1"))
    follow(page, "/revisions/1")
    tab_to(page, page.get_by_role("button", name="Restore"))
    page.keyboard.press("Enter")
    saved(page, 5)
    assert running.panel.configuration.head().config.gateway(2) is not None


def test_the_menu_of_a_phone_opens_closes_and_gives_the_focus_back(
    two_isps: Configuration, admin: User, new_page: NewPage
) -> None:
    page = new_page(user=admin, width=360)
    page.goto("/")
    tab_to(page, page.get_by_role("button", name="More"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Interfaces"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Interfaces")).to_be_hidden()
    expect(page.get_by_role("button", name="More")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Kernel"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kernel", level=1)).to_be_visible()


def test_a_form_that_is_being_edited_is_left_alone_while_the_network_changes(page: Page, worker: FakeWorker) -> None:
    page.goto("/isps/1")
    connected(page)
    page.get_by_label("Name", exact=True).fill("Half ty")
    worker.break_gateway(1)
    until(lambda: "Orange is down" in page.locator("#announcement").inner_text())
    page.keyboard.type("ped")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half typed")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
