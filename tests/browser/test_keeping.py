"""A good change keeps itself in the tab that made it, and in no other."""

import pytest
from playwright.sync_api import Page, expect

from app.service.configuration import Configuration
from app.service.revisions import revisions
from app.store.people import User
from app.store.revisions import SavedRevision
from tests.browser.conftest import NewPage, connected
from tests.web.fake_worker import FakeWorker
from tests.web.running import Running
from tests.web.waiting import until


def newest(running: Running) -> SavedRevision:
    return revisions(running.panel.home, limit=1)[0]


def test_a_weight_keeps_itself_and_nobody_notices(page: Page, running: Running) -> None:
    page.goto("/")
    page.goto("/isps/1")
    for weight in range(5, 15):
        page.get_by_label("Weight", exact=True).fill(str(weight))
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text(f"Saved as revision {weight - 3}.")).to_be_visible()
        until(lambda: newest(running).confirmed)
        assert newest(running).number == weight - 3
        expect(page.get_by_role("button", name="Keep changes")).to_be_hidden()
        page.goto("/isps/1")


def test_a_button_on_a_card_keeps_itself(page: Page, running: Running) -> None:
    page.goto("/")
    page.get_by_role("button", name="Disable DIGI").click()
    expect(page.locator("#isp-2 .badge")).to_have_text("disabled")
    until(lambda: newest(running).confirmed)


def test_going_elsewhere_at_once_keeps_it_all_the_same(page: Page, running: Running, worker: FakeWorker) -> None:
    worker.follow = False
    page.goto("/")
    with page.expect_response("**/isps/2/disable"):
        page.get_by_role("button", name="Disable DIGI").click()
    assert newest(running).number == 2
    page.goto("/events")
    assert not newest(running).confirmed
    worker.follow = True
    worker.take_over()
    until(lambda: newest(running).confirmed)


def test_a_dashboard_on_a_wall_shows_the_countdown_and_keeps_nothing(
    two_isps: Configuration, admin: User, new_page: NewPage, running: Running, worker: FakeWorker
) -> None:
    wall, other = new_page(user=admin), new_page(user=admin, javascript=False)
    wall.goto("/")
    connected(wall)
    other.goto("/isps/1")
    other.get_by_label("Weight", exact=True).fill("9")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("is rolled back in")).to_be_visible()
    expect(wall.get_by_text("Revision 2, saved by admin, is rolled back in")).to_be_visible()
    expect(wall.get_by_role("button", name="Keep changes")).to_have_count(0)
    assert not newest(running).confirmed
    other.get_by_role("button", name="Keep changes").click()
    expect(other.get_by_text("Revision 2 confirmed.")).to_be_visible()
    assert newest(running).confirmed
    expect(wall.get_by_text("is rolled back in")).to_be_hidden()


def test_without_javascript_a_worker_that_takes_its_time_takes_no_button_away(
    two_isps: Configuration, admin: User, new_page: NewPage, running: Running, worker: FakeWorker
) -> None:
    page = new_page(user=admin, javascript=False)
    page.goto("/isps/1")
    worker.follow = False
    page.get_by_label("Weight", exact=True).fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    expect(page.get_by_role("button", name="Keep changes")).to_have_count(0)
    worker.take_over()
    page.get_by_role("button", name="Keep changes").click()
    expect(page.get_by_text("Revision 2 confirmed.")).to_be_visible()
    assert newest(running).confirmed


def test_another_tab_of_the_same_browser_has_the_button(page: Page, running: Running, worker: FakeWorker) -> None:
    page.goto("/isps/1")
    other = page.context.new_page()
    other.goto("/events")
    connected(other)
    worker.follow = False
    page.get_by_label("Weight", exact=True).fill("9")
    with page.expect_response("**/isps/1"):
        page.get_by_role("button", name="Save").click()
    assert newest(running).number == 2
    page.close()
    worker.take_over()
    other.get_by_role("button", name="Keep changes").click()
    until(lambda: newest(running).confirmed)
    expect(other.get_by_role("button", name="Keep changes")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/failover"])
def test_the_page_says_that_a_change_was_given_back(page: Page, worker: FakeWorker, path: str) -> None:
    worker.follow = False
    page.goto(path)
    connected(page)
    other = page.context.request.post("/isps/2/disable", headers={"Sec-Fetch-Site": "same-origin"}, max_redirects=0)
    assert other.status == 303
    worker.give_back()
    expect(page.get_by_text("Revision 2 was rolled back: not confirmed")).to_be_visible()


def test_whoever_presses_the_button_in_vain_is_told_why(
    two_isps: Configuration, new_page: NewPage, admin: User, running: Running, worker: FakeWorker
) -> None:
    worker.follow = False
    page = new_page(user=admin, refused=(409,))
    page.goto("/isps/1")
    page.get_by_label("Weight", exact=True).fill("9")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/isps?saved=2")
    page.context.clear_cookies(name=running.panel.keep_cookie(2))
    page.goto("/events")
    connected(page)
    worker.take_over()
    page.get_by_role("button", name="Keep changes").click()
    expect(page.get_by_text("only admin can confirm revision 2, in the browser window that saved it")).to_be_visible()


def test_a_form_that_did_not_reach_the_panel_says_so_where_one_looks(page: Page, running: Running) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/isps/1")
    connected(page)
    page.route("**/isps/1", lambda route: route.abort())
    page.get_by_role("button", name="Save").click()
    lost = page.get_by_text("Your last change may not have been saved")
    expect(lost).to_be_visible()
    expect(lost).to_be_in_viewport()
    page.unroute("**/isps/1")
    page.get_by_role("button", name="Preview").click()
    expect(lost).to_be_hidden()
    page.get_by_label("Weight", exact=True).fill("9")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/isps?saved=2")
    assert newest(running).confirmed
