"""Many tabs and windows on one panel: HTTP/1.1 has six connections to a host, and nobody may run out of them."""

from playwright.sync_api import Page, expect

from app.store.people import User
from tests.browser.conftest import NewPage, connected
from tests.web.fake_worker import FakeWorker


def test_ten_tabs_open_at_once_all_load_and_the_visible_one_is_live(page: Page, worker: FakeWorker) -> None:
    tabs = [page, *(page.context.new_page() for _ in range(9))]
    for tab in tabs:
        # Only begun: the others are asked for while this one still loads.
        tab.goto("/", wait_until="commit")
    for tab in tabs:
        expect(tab.get_by_role("heading", level=1)).to_contain_text("Both ISPs are up")
    tabs[-1].bring_to_front()
    worker.break_gateway(2)
    expect(tabs[-1].get_by_role("heading", level=1)).to_contain_text("DIGI is down", timeout=2000)


def test_four_windows_side_by_side_are_all_live(
    two_isps: object, admin: User, new_page: NewPage, worker: FakeWorker
) -> None:
    first = new_page(user=admin)
    windows = [first, *(first.context.new_page() for _ in range(3))]
    for window in windows:
        window.goto("/")
        expect(window.get_by_role("heading", level=1)).to_contain_text("Both ISPs are up")
    connected(windows[-1])
    worker.break_gateway(2)
    for window in windows:
        # Three have a stream; the fourth asks every five seconds.
        expect(window.get_by_role("heading", level=1)).to_contain_text("DIGI is down", timeout=8000)


def test_an_isp_is_added_by_keyboard_alone(page: Page) -> None:
    page.goto("/isps/new")
    page.get_by_role("link", name="Skip to content").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Vodafone")
    page.keyboard.press("Tab")
    page.keyboard.type("192.168.1.9")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Vodafone").first).to_be_visible()
