"""What somebody has typed is never lost: not by a session that ends, and not by a panel that cannot do it now."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.errors import StoreUnavailable
from app.service.configuration import Configuration
from app.store.people import User
from app.web.live import streams
from tests.browser.conftest import NewPage, connected
from tests.browser.test_quality import findings
from tests.web.conftest import AUTHOR
from tests.web.person import ADMIN, PASSWORD
from tests.web.running import Running


def half_typed(page: Page) -> None:
    page.goto("/isps/1")
    page.get_by_label("Name", exact=True).fill("Half typed")


def end_sessions(running: Running) -> None:
    for session in running.panel.sessions.of(ADMIN):
        running.panel.sessions.end(session.id, ADMIN, AUTHOR)


def log_in(page: Page) -> None:
    page.get_by_label("User name").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Both ISPs are up")


def log_in_elsewhere(page: Page) -> None:
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="log in in another tab").click()
    log_in(opened.value)
    opened.value.close()


def saved(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Half typed")).to_be_visible()


def test_a_session_that_ends_leaves_the_form_and_a_way_back(
    two_isps: Configuration, admin: User, new_page: NewPage, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RIGHT_CHECKED_EVERY_S", 0.1)
    page = new_page(user=admin, refused=(401,))
    half_typed(page)
    connected(page)
    end_sessions(running)
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    assert findings(page) == []
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half typed")
    log_in_elsewhere(page)
    expect(page.get_by_text("You are logged out.")).to_be_hidden()
    saved(page)


def test_a_form_that_is_sent_too_late_stays_and_is_sent_again(
    two_isps: Configuration, admin: User, new_page: NewPage, running: Running
) -> None:
    page = new_page(user=admin, refused=(401,))
    half_typed(page)
    connected(page)
    end_sessions(running)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half typed")
    log_in_elsewhere(page)
    saved(page)


def test_a_tab_that_polls_stays_too(
    two_isps: Configuration, admin: User, new_page: NewPage, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_IN_ALL", 0)
    page = new_page(user=admin, refused=(401,))
    with page.expect_response(re.compile(r"/live\?")):
        half_typed(page)
    end_sessions(running)
    expect(page.get_by_text("You are logged out.")).to_be_visible(timeout=10_000)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half typed")


def test_without_javascript_a_late_form_is_sent_again_by_a_reload(
    two_isps: Configuration, admin: User, new_page: NewPage, running: Running
) -> None:
    page = new_page(user=admin, javascript=False, refused=(401,))
    half_typed(page)
    end_sessions(running)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    log_in_elsewhere(page)
    page.reload()
    expect(page.get_by_role("heading", name="Half typed")).to_be_visible()


def test_a_panel_that_cannot_save_says_so_beside_the_form(
    two_isps: Configuration, admin: User, new_page: NewPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = new_page(user=admin, width=360, refused=(500, 503))
    half_typed(page)
    for error, words in (
        (StoreUnavailable("the disk is full"), "the disk is full"),
        (ZeroDivisionError(), "Internal error"),
    ):
        with monkeypatch.context() as broken:
            broken.setattr(Configuration, "change", _failing(error))
            page.get_by_role("button", name="Save").click()
            expect(page.locator("#refused")).to_contain_text(words)
        expect(page.locator("#refused")).to_be_in_viewport()
        expect(page.get_by_label("Name", exact=True)).to_have_value("Half typed")
        assert findings(page) == []
    saved(page)


def _failing(error: Exception) -> object:
    def change(*_: object, **__: object) -> None:
        raise error

    return change
