"""Preview, "Test now" and two people editing, as a person sees them."""

import pytest
from playwright.sync_api import Page, expect

from app.service.configuration import Configuration
from app.store.people import User
from tests.browser.conftest import NewPage
from tests.browser.test_quality import findings
from tests.screenshots import THEMES, WIDTHS
from tests.web.fake_worker import FakeWorker


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_preview_shows_the_plan_and_keeps_what_was_typed(
    two_isps: Configuration, admin: User, new_page: NewPage, javascript: bool
) -> None:
    page = new_page(user=admin, javascript=javascript)
    page.goto("/isps/1")
    page.get_by_label("Weight", exact=True).fill("1")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("New connections: 50 % Orange, 50 % DIGI.")).to_be_visible()
    expect(page.get_by_label("Weight", exact=True)).to_have_value("1")
    page.locator(".plan summary").click()
    assert two_isps.head().number == 1


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_test_now_answers_beside_the_check(
    two_isps: Configuration, admin: User, new_page: NewPage, worker: FakeWorker, javascript: bool
) -> None:
    page = new_page(user=admin, javascript=javascript)
    page.goto("/failover")
    page.get_by_label("Targets").first.fill("10.0.0.9")
    page.get_by_role("button", name="Test now check 1").click()
    expect(page.locator("#check-result-0")).to_contain_text("reply in 9.1 ms")
    expect(page.locator("#check-result-0 .badge")).to_have_count(2)
    expect(page.get_by_label("Targets").first).to_have_value("10.0.0.9")
    assert {one.gateway for one in worker.asked} == {1, 2}
    assert two_isps.head().number == 1


def test_what_is_wrong_begins_with_a_name_as_that_is_written(page: Page) -> None:
    """The name of an interface, `eth3`, is often the first word."""
    page.goto("/isps/1")
    page.get_by_label("Weight", exact=True).fill("0")
    page.get_by_role("button", name="Save").click()
    error = page.locator(".error > span").first
    assert error.evaluate("one => getComputedStyle(one, '::first-letter').textTransform") == "none"


def test_what_is_unfolded_stays_so_while_the_page_changes(page: Page, worker: FakeWorker) -> None:
    page.goto("/")
    layers = page.locator("#isp-2 details")
    expect(layers).not_to_have_attribute("open", "")
    page.locator("#isp-2 summary").click()
    worker.break_gateway(1)
    expect(page.locator("#isp-1 details")).to_have_attribute("open", "")
    expect(layers).to_have_attribute("open", "")
    page.locator("#isp-1 summary").click()
    worker.break_gateway(1, "no reply from 10.0.0.4 (icmp, 3 probes)")
    expect(page.locator("#isp-1 .reason")).to_contain_text("10.0.0.4")
    expect(page.locator("#isp-1 details")).not_to_have_attribute("open", "")


def test_axe_finds_nothing_in_what_a_form_answers(page: Page, worker: FakeWorker) -> None:
    page.goto("/isps/1")
    page.get_by_label("Weight", exact=True).fill("2")
    page.get_by_label("Its own checks").check()
    page.get_by_label("Kind").first.select_option("icmp")
    page.get_by_label("Targets").first.fill("192.168.1.2")
    page.get_by_role("button", name="Test now check 1").click()
    expect(page.locator("#check-result-0 .badge")).to_have_count(1)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Preview (not saved)")).to_be_visible()
    expect(page.get_by_text("this checks the modem")).to_be_visible()
    page.locator(".plan summary").click()
    assert findings(page) == []
    worker.follow = False
    page.request.post("/isps/1/disable", headers={"Sec-Fetch-Site": "same-origin"}, max_redirects=0)
    worker.take_over()
    page.get_by_label("Weight", exact=True).fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("in the meantime")).to_be_visible()
    expect(page.get_by_role("button", name="Keep changes")).to_be_visible()
    for theme in THEMES:
        for width in WIDTHS:
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 800})
            assert findings(page) == [], (theme, width)
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_an_isp_that_was_removed_while_it_was_edited_is_added_again(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/isps/2")
    page.get_by_label("Weight", exact=True).fill("9")
    page.request.post("/isps/2/remove", headers={"Sec-Fetch-Site": "same-origin"}, max_redirects=0)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("admin removed DIGI")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Add ISP", exact=True).click()
    expect(page.get_by_text("Saved as revision 3.")).to_be_visible()
