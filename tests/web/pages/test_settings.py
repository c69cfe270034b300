from collections.abc import Callable

from app.paths import StateDirectory
from app.service.audit import read_audit
from app.service.configuration import Configuration
from app.store.people import User
from app.web.panel import Panel
from app.web.protection.login_backoff import FREE_FAILURES
from tests.web.person import ADMIN, PASSWORD, Browser, error_beside, text_of

NEW = "four other random words"


def test_a_new_password_ends_every_session_but_this_browsers(
    admin: User, panel: Panel, browser: Browser, visit: Callable[..., Browser]
) -> None:
    other = visit().with_session_of(panel, admin)
    before = browser.client.cookies[panel.cookie]
    values = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert browser.post("/settings/password", values).status_code == 303
    assert browser.client.cookies[panel.cookie] != before
    assert browser.get("/settings").status_code == 200
    assert other.get("/settings").status_code == 303
    assert visit().login(password=PASSWORD).status_code == 422
    assert visit().login(password=NEW).status_code == 303


def test_the_password_needs_the_old_one_and_a_good_new_one(admin: User, browser: Browser) -> None:
    wrong = browser.post("/settings/password", {"current": "no", "password": NEW, "again": NEW})
    assert "wrong password" in error_beside(wrong.text, "current")
    short = browser.post("/settings/password", {"current": PASSWORD, "password": "x", "again": "x"})
    assert "at least 12" in error_beside(short.text, "password")
    differs = browser.post("/settings/password", {"current": PASSWORD, "password": NEW, "again": "x"})
    assert "does not match" in error_beside(differs.text, "again")
    assert {wrong.status_code, short.status_code, differs.status_code} == {422}


def test_guessing_the_old_password_is_noted_and_soon_has_to_wait(
    admin: User, home: StateDirectory, browser: Browser
) -> None:
    guess = {"current": "a wrong guess", "password": NEW, "again": NEW}
    said = [error_beside(browser.post("/settings/password", guess).text, "current") for _ in range(FREE_FAILURES + 2)]
    assert [one.partition(":")[0] for one in said] == [
        *["wrong password"] * (FREE_FAILURES + 1), "too many wrong passwords from your address",
    ]  # fmt: skip
    right = browser.post("/settings/password", {**guess, "current": PASSWORD})
    assert "try again in" in error_beside(right.text, "current")
    noted = [(one.event.actor, one.event.address) for one in read_audit(home) if one.event.kind == "password failed"]
    assert noted == [(ADMIN, "192.168.1.50")] * (FREE_FAILURES + 1)


def test_another_session_is_listed_and_can_be_ended(
    admin: User, panel: Panel, browser: Browser, visit: Callable[..., Browser]
) -> None:
    other = visit().with_session_of(panel, admin)
    found = {one.id for one in panel.sessions.of(ADMIN)}
    assert "this session" in text_of(browser.get("/settings").text)
    browser.post(f"/settings/sessions/{max(found)}/end")
    assert other.get("/").status_code == 303
    assert browser.get("/").status_code == 200


def test_a_token_is_shown_once_and_stored_as_a_hash(admin: User, panel: Panel, browser: Browser) -> None:
    made = browser.fill_in("/settings", "/settings/tokens", name="monitoring", access="read")
    secret = text_of(made.text).partition("It is not shown again. ")[2].split()[0]
    assert secret.startswith("multihome_")
    assert secret not in browser.get("/settings").text
    assert secret.encode() not in panel.home.config_db.read_bytes()
    token = panel.tokens.find(secret)
    assert token is not None
    assert (token.name, token.read_only) == ("monitoring", True)
    browser.post(f"/settings/tokens/{token.id}/revoke")
    assert panel.tokens.find(secret) is None


def test_the_panel_is_let_out_and_hidden_again(at_work: Browser, two_isps: Configuration) -> None:
    for answers in (True, False):
        assert at_work.fill_in("/settings", "/settings/outside").status_code == 303
        assert two_isps.head().config.settings.panel.reachable_from_outside is answers


def test_what_no_session_and_no_token_can_have_for_a_number_is_refused(browser: Browser) -> None:
    for path in ("/settings/sessions/{}/end", "/settings/tokens/{}/revoke"):
        for number in ("9" * 40, "-1", "x"):
            assert browser.post(path.format(number)).status_code == 422


def test_a_token_needs_a_name_of_its_own(admin: User, browser: Browser) -> None:
    browser.fill_in("/settings", "/settings/tokens", name="one")
    twice = browser.fill_in("/settings", "/settings/tokens", name="one")
    assert "token one already exists" in error_beside(twice.text, "name")
    blank = browser.fill_in("/settings", "/settings/tokens", name=" \n")
    assert blank.status_code == 422
