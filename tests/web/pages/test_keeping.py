"""A change stays only if the browser that saved it proves that it still reaches the router."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from app.model.choices import Role
from app.service.configuration import Configuration
from app.service.confirming import uptime_s, waiting
from app.service.revisions import revisions
from app.store.people import User
from app.web.panel import Panel
from app.web.transport.connections import OPENED_S
from tests.web.fake_worker import FakeWorker
from tests.web.person import HTMX, Browser, text_of
from tests.web.waiting import until


def save(browser: Browser, **typed: str) -> int:
    answer = browser.fill_in("/isps/1", **{"weight": "7", **typed})
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("=")[2])


def is_confirmed(panel: Panel, number: int) -> bool:
    return next(one.confirmed for one in revisions(panel.home) if one.number == number)


def test_a_change_waits_and_its_page_offers_to_keep_it(at_work: Browser, panel: Panel) -> None:
    number = save(at_work)
    page = at_work.get("/failover")
    assert "Revision 2 is rolled back in 60 s unless you confirm it. Keep changes" in text_of(page.text)
    assert page.headers["connection"] == "close"
    answer = at_work.post(f"/revisions/{number}/confirm")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?kept=2")
    shown = text_of(at_work.get("/?kept=2").text)
    assert "Revision 2 confirmed." in shown
    assert "goes back" not in shown
    assert is_confirmed(panel, number)


REFRESH = '<noscript><meta http-equiv="refresh"'


def test_without_a_script_the_page_looks_again_until_it_has_the_button(
    at_work: Browser, worker: FakeWorker, panel: Panel, admin: User, visit: Callable[..., Browser]
) -> None:
    """The worker may take longer than the browser: the page that it gets then must not be its last word."""
    worker.follow = False
    answer = at_work.fill_in("/isps/1", weight="7")
    page = answer.headers["location"]
    assert REFRESH in at_work.get(page).text
    # Elsewhere somebody may be typing, and others have nothing to wait for.
    assert REFRESH not in at_work.get("/isps/2").text
    assert REFRESH not in visit().with_session_of(panel, admin).get(page).text
    worker.take_over()
    until(lambda: panel.link.status is not None and panel.link.status.on_trial == 2)
    shown = at_work.get(page).text
    assert REFRESH not in shown
    assert "Keep changes" in shown


def test_a_page_about_a_change_that_was_given_back_waits_for_nothing(at_work: Browser, worker: FakeWorker) -> None:
    worker.follow = False
    page = at_work.fill_in("/isps/1", weight="7").headers["location"]
    worker.give_back()
    until(lambda: "was rolled back" in text_of(at_work.get(page).text))
    assert REFRESH not in at_work.get(page).text


def test_a_connection_that_is_older_than_the_change_proves_nothing(at_work: Browser, panel: Panel) -> None:
    opened_s = uptime_s()
    number = save(at_work)
    for headers in ({}, {"HX-Request": "true"}):
        at_work.client.app_state[OPENED_S] = opened_s
        answer = at_work.client.post(f"/revisions/{number}/confirm", headers={**HTMX, **headers} if headers else HTMX)
        assert (answer.status_code, answer.headers["connection"]) == (202, "close")
        assert answer.headers["retry-after"] == "1"
    del at_work.client.app_state[OPENED_S]
    unknown = at_work.client.post(f"/revisions/{number}/confirm", headers={"Sec-Fetch-Site": "same-origin"})
    assert (unknown.status_code, unknown.headers["connection"]) == (409, "close")
    assert "over a new connection" in text_of(unknown.text)
    assert not is_confirmed(panel, number)
    assert at_work.post(f"/revisions/{number}/confirm", headers=HTMX).status_code == 204
    assert is_confirmed(panel, number)


def test_another_session_sees_the_countdown_and_cannot_keep_the_change(
    at_work: Browser, panel: Panel, admin: User, visit: Callable[..., Browser]
) -> None:
    number = save(at_work)
    wall = visit().with_session_of(panel, admin)
    for path in ("/", "/live/now?view=status"):
        shown = text_of(wall.get(path).text)
        assert "Revision 2, saved by admin, is rolled back in" in shown
        assert "Keep changes" not in shown
    answer = wall.post(f"/revisions/{number}/confirm")
    assert answer.status_code == 409
    assert "only admin can confirm revision 2" in answer.text
    assert not is_confirmed(panel, number)
    assert "Keep changes" in at_work.get("/live/now?view=status").text


def test_the_session_without_the_key_cannot_keep_it(at_work: Browser, panel: Panel) -> None:
    number = save(at_work)
    at_work.client.cookies.delete(panel.keep_cookie(number))
    assert at_work.post(f"/revisions/{number}/confirm").status_code == 409
    assert not is_confirmed(panel, number)


@pytest.mark.parametrize("path", ["/isps/1", "/isps/2/disable"])
def test_whoever_presses_twice_and_sees_the_second_answer_alone_can_keep_the_change(
    at_work: Browser, panel: Panel, path: str
) -> None:
    typed = {**at_work.form("/isps/1").values, "weight": "7"} if path == "/isps/1" else {}
    before = dict(at_work.client.cookies)
    first = at_work.post(path, typed)
    at_work.client.cookies = httpx.Cookies(before)
    second = at_work.post(path, typed)
    assert (second.status_code, second.headers["location"]) == (303, first.headers["location"])
    assert at_work.post("/revisions/2/confirm").status_code == 303
    assert is_confirmed(panel, 2)


def test_of_two_tabs_that_save_at_once_the_answer_to_the_first_may_be_the_last(
    at_work: Browser, panel: Panel, visit: Callable[..., Browser]
) -> None:
    session = at_work.client.cookies[panel.cookie]
    late, other = visit(), visit()
    for tab in (late, other):
        tab.client.cookies.set(panel.cookie, session, domain="localhost.local")
    save(late)
    number = save(other, weight="8")
    both = visit()
    for tab in (other, late):
        both.client.cookies.update(tab.client.cookies)
    assert both.post(f"/revisions/{number}/confirm").status_code == 303
    assert is_confirmed(panel, number)


def test_a_browser_holds_the_key_of_what_it_saved_last_alone(at_work: Browser, panel: Panel) -> None:
    numbers = [save(at_work, weight=str(weight)) for weight in range(10, 14)]
    kept = [name for name in at_work.client.cookies if name.startswith(panel.keep_prefix)]
    assert kept == [panel.keep_cookie(numbers[-1])]


def test_an_older_revision_cannot_be_kept(at_work: Browser) -> None:
    first = save(at_work)
    second = save(at_work, weight="8")
    assert at_work.post(f"/revisions/{first}/confirm").status_code == 409
    by_script = at_work.post(f"/revisions/{first}/confirm", headers=HTMX)
    assert (by_script.status_code, by_script.headers.get("retry-after")) == (202, None)
    assert at_work.post(f"/revisions/{second}/confirm").status_code == 303


def test_a_change_that_was_given_back_is_told_of_and_cannot_be_kept(at_work: Browser, worker: FakeWorker) -> None:
    number = save(at_work)
    worker.give_back("not confirmed within 60 s")
    shown = text_of(at_work.get("/").text)
    assert "Revision 2 was rolled back: not confirmed within 60 s. Revision 1 has been in force again" in shown
    answer = at_work.post(f"/revisions/{number}/confirm")
    assert answer.status_code == 409
    assert "retry-after" not in answer.headers
    assert "rolled back" in text_of(at_work.get("/revisions").text)
    worker.say(replace(worker.status, in_force=number))
    until(lambda: "Revision 1 is being restored." in text_of(at_work.get("/").text))


def test_the_way_one_came_gets_more_time(at_work: Browser, two_isps: Configuration, panel: Panel) -> None:
    at_work.client.base_url = at_work.client.base_url.copy_with(host="62.231.110.65")
    at_work.client.cookies.set(panel.cookie, at_work.client.cookies[panel.cookie], domain="62.231.110.65")
    assert "connected through this interface" in text_of(at_work.get("/interfaces/eth0").text)
    at_work.fill_in("/interfaces/eth0", managed="on")
    assert next(one.window_s for one in revisions(panel.home)) == 300
    found = waiting(panel.home)
    assert found is not None
    assert not found.elsewhere
    at_work.fill_in("/interfaces/eth0", managed="on", addresses="62.231.110.70/26", window_s="20")
    found = waiting(panel.home)
    assert found is not None
    assert found.elsewhere
    assert next(one.window_s for one in revisions(panel.home)) == 20
    interface = two_isps.head().config.interface("eth0")
    assert interface is not None
    assert interface.role is Role.LAN


def test_an_older_session_is_told_that_a_new_login_keeps_a_change_of_the_address_in_use(
    at_work: Browser, panel: Panel, admin: User, visit: Callable[..., Browser]
) -> None:
    new = visit().with_session_of(panel, admin)
    session = new.client.cookies[panel.cookie]
    new.client.base_url = new.client.base_url.copy_with(host="62.231.110.65")
    new.client.cookies.set(panel.cookie, session, domain="62.231.110.65")
    new.fill_in("/interfaces/eth0", managed="on", addresses="62.231.110.70/26")
    until(lambda: "unless admin logs in again and confirms it." in text_of(at_work.get("/").text))
    assert "Keep changes" not in text_of(at_work.get("/").text)
    assert "Keep changes" in text_of(visit().with_session_of(panel, admin).get("/").text)


@pytest.mark.parametrize("path", ["/isps/2/disable", "/isps/1/remove"])
def test_every_way_to_save_waits(at_work: Browser, panel: Panel, path: str) -> None:
    at_work.post(path)
    found = waiting(panel.home)
    assert found is not None
    assert found.session is not None


def test_a_button_that_saves_tells_its_script_what_to_keep(at_work: Browser) -> None:
    answer = at_work.post("/isps/2/disable", headers=HTMX)
    assert (answer.status_code, answer.headers["multihome-saved"]) == (200, "2")
    assert answer.headers["connection"] == "close"
