"""Whole tasks, as a person does them: with a mouse, with a keyboard, and without JavaScript."""

import re
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from app.model.check import IcmpCheck
from app.service.configuration import Configuration
from app.store.people import User
from app.web.live import streams
from app.web.rendering.templating import Templates
from tests.browser.conftest import NewPage, connected
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FakeWorker
from tests.web.happening import happen
from tests.web.person import ADMIN, PASSWORD
from tests.web.running import Running, running_panel
from tests.web.waiting import until


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_first_run(new_page: NewPage, running: Running, javascript: bool) -> None:
    token = running.panel.setup_token.issue()
    page = new_page(javascript=javascript, width=360)
    page.goto("/")
    page.get_by_label("Setup token").fill(token)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat password").fill(PASSWORD)
    page.get_by_role("button", name="Create account and log in").click()
    page.locator("section", has_text="eth0").get_by_label("LAN").check()
    page.locator("section", has_text="eth1").get_by_label("ISP name").fill("Orange")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Targets").fill("10.0.0.3")
    page.get_by_role("button", name="Test now check 1").click()
    expect(page.locator("#check-result-0")).to_contain_text("reply in 9.1 ms")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Orange is up")
    assert running.panel.configuration.head().config.settings.failover.checks == (IcmpCheck(targets=("10.0.0.3",)),)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_adding_a_second_isp_takes_six_clicks_at_most(
    two_isps: Configuration, admin: User, new_page: NewPage, javascript: bool
) -> None:
    page = new_page(user=admin, javascript=javascript)
    page.goto("/")
    page.get_by_role("link", name="ISPs").click()
    page.get_by_role("link", name="Add an ISP").click()
    page.get_by_label("Name", exact=True).fill("Vodafone")
    page.get_by_label("Next hop", exact=True).fill("192.168.1.3")
    page.get_by_role("button", name="Add ISP", exact=True).click()
    expect(page.get_by_role("heading", name="Vodafone")).to_be_visible()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_mistake_is_shown_beside_the_field_and_what_was_typed_stays(
    two_isps: Configuration, admin: User, new_page: NewPage, javascript: bool
) -> None:
    page = new_page(user=admin, javascript=javascript)
    page.goto("/isps/1")
    page.get_by_label("Name", exact=True).fill("Half typed")
    page.get_by_label("Weight", exact=True).fill("999")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#field-weight-error")).to_contain_text("at most 256")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half typed")
    if javascript:
        expect(page.get_by_label("Weight", exact=True)).to_be_focused()
    page.get_by_label("Weight", exact=True).fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Half typed")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_disabling_and_enabling_an_isp(
    two_isps: Configuration, admin: User, new_page: NewPage, javascript: bool
) -> None:
    page = new_page(user=admin, javascript=javascript)
    page.goto("/")
    page.get_by_role("button", name="Disable DIGI").click()
    expect(page.locator("#isp-2 .badge")).to_have_text("disabled")
    page.get_by_role("button", name="Enable DIGI").click()
    expect(page.locator("#isp-2 .badge")).to_have_text("up")
    page.get_by_role("button", name="Disable DIGI").click()
    expect(page.locator("#isp-2 .badge")).to_have_text("disabled")
    page.get_by_role("button", name="Disable Orange").click()
    expect(page.get_by_text("No working ISP remains")).to_be_visible()


def test_a_change_shows_without_a_reload(page: Page, worker: FakeWorker) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Both ISPs are up")
    page.evaluate("window.stillTheSamePage = true")
    worker.break_gateway(2)
    expect(page.get_by_role("heading", level=1)).to_contain_text("DIGI is down", timeout=1000)
    expect(page.locator("#isp-2 .badge")).to_have_text("down")
    expect(page.get_by_role("status")).to_contain_text("DIGI is down: no reply from 10.0.0.3")
    assert page.evaluate("window.stillTheSamePage") is True


def test_events_appear_by_themselves_and_the_filter_stays(page: Page, worker: FakeWorker, running: Running) -> None:
    page.goto("/events?topic=drift")
    connected(page)
    happen(running, worker, "somebody <b>deleted</b> a rule")
    happen(running, worker, "the ISP fell", "verdict")
    happen(running, worker, "somebody flushed everything")
    expect(page.locator("#events li")).to_have_count(2)
    expect(page.get_by_text("somebody <b>deleted</b> a rule")).to_be_visible()
    assert page.url.endswith("/events?topic=drift")


def test_a_change_is_seen_within_150_ms(page: Page, worker: FakeWorker) -> None:
    page.goto("/")
    connected(page)
    page.evaluate(
        """() => new MutationObserver(() => {
            const word = document.querySelector('#isp-2 .badge').textContent.trim();
            if (window.seenWord !== word) { window.seenWord = word; window.seenAt = Date.now(); }
        }).observe(document.getElementById('cards'), {subtree: true, childList: true, characterData: true})"""
    )
    delays = []
    for _ in range(10):
        for change, word in ((partial(worker.break_gateway, 2), "down"), (worker.take_over, "up")):
            before = page.evaluate("Date.now()")
            change()
            until(lambda: page.evaluate("window.seenWord") == word)  # noqa: B023 - called before the loop goes on
            delays.append(page.evaluate("window.seenAt") - before)
    assert sorted(delays)[18] <= 150, delays


def test_the_page_says_when_the_worker_is_silent_and_when_it_is_back(page: Page, worker: FakeWorker) -> None:
    page.goto("/")
    worker.stop()
    expect(page.get_by_text("The routing service has not reported for")).to_be_visible(timeout=8000)
    worker.start()
    expect(page.get_by_text("The routing service has not reported for")).to_be_hidden()


def test_the_weight_is_shown_as_a_percentage_while_it_is_typed(page: Page) -> None:
    page.goto("/isps/1")
    expect(page.locator("output")).to_have_text(re.compile("75.% of new connections"))
    page.get_by_label("Weight", exact=True).fill("1")
    expect(page.locator("output")).to_have_text(re.compile("50.% of new connections"))


def test_the_colors_change_at_once_and_stay(page: Page) -> None:
    page.goto("/isps/1")
    page.get_by_label("Name", exact=True).fill("Half typed")
    with page.expect_response("**/theme"):
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half typed")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_an_isp_is_disabled_by_keyboard_alone(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.includes('Disable')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#isp-1 .badge")).to_have_text("disabled")


def test_focus_stays_where_it_is_while_the_page_changes(page: Page, worker: FakeWorker) -> None:
    page.goto("/")
    page.get_by_role("link", name="Edit DIGI").focus()
    worker.break_gateway(2)
    expect(page.locator("#isp-2 .badge")).to_have_text("down")
    expect(page.get_by_role("link", name="Edit DIGI")).to_be_focused()


def test_a_session_that_is_ended_leads_to_the_login_by_itself(
    page: Page, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RIGHT_CHECKED_EVERY_S", 0.1)
    page.goto("/")
    connected(page)
    for session in running.panel.sessions.of(ADMIN):
        running.panel.sessions.end(session.id, ADMIN, AUTHOR)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_form_says_which_page_it_came_from(
    two_isps: Configuration, admin: User, new_page: NewPage, running: Running, javascript: bool
) -> None:
    """Some browsers tell it in Origin alone."""
    page = new_page(javascript=javascript)
    page.goto("/login")
    page.get_by_label("User name").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Log in").click()
    assert sent.value.all_headers()["origin"] == running.url
    expect(page.get_by_role("heading", level=1)).to_contain_text("Both ISPs are up")


def test_ten_tabs_open_and_the_one_that_is_looked_at_is_live(page: Page, worker: FakeWorker) -> None:
    page.goto("/")
    tabs = [page, *(page.context.new_page() for _ in range(9))]
    for tab in tabs[1:]:
        tab.goto("/")
    tabs[-1].bring_to_front()
    worker.break_gateway(2)
    expect(tabs[-1].get_by_role("heading", level=1)).to_contain_text("DIGI is down")


def test_the_panel_comes_back_and_the_page_goes_on(
    two_isps: Configuration, admin: User, chrome: Browser, worker: FakeWorker, templates: Templates
) -> None:
    home = worker.home
    with running_panel(home, templates) as first:
        port = int(first.url.rpartition(":")[2])
        context = chrome.new_context(base_url=first.url, ignore_https_errors=True)
        token = first.panel.sessions.open(admin, AUTHOR, "Chromium")
        context.add_cookies([{"name": first.panel.cookie, "value": token, "url": first.url, "secure": True}])
        page = context.new_page()
        page.goto("/")
        connected(page)
    expect(page.get_by_text("No connection to the panel.")).to_be_visible()
    worker.break_gateway(2)
    with running_panel(home, templates, port):
        expect(page.get_by_role("heading", level=1)).to_contain_text("DIGI is down", timeout=10_000)
        expect(page.get_by_text("No connection to the panel.")).to_be_hidden()
        context.close()
