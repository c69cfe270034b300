from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.paths import StateDirectory
from app.service.audit import read_audit
from app.service.sessions import IDLE, LONGEST
from app.store.people import User
from app.web.live.streams import News, Streams
from app.web.panel import Panel
from tests.web.person import ADMIN, PASSWORD, Browser, text_of


def cookie_of(answer_headers: str) -> dict[str, str]:
    parts = [part.strip() for part in answer_headers.split(";")]
    return {name.lower(): value for name, _, value in (part.partition("=") for part in parts)}


def test_name_and_password_open_the_way_to_the_page_that_was_asked_for(admin: User, stranger: Browser) -> None:
    assert stranger.get("/isps").headers["location"] == "/login?next=/isps"
    answer = stranger.login(next="/isps")
    assert (answer.status_code, answer.headers["location"]) == (303, "/isps")
    assert stranger.get("/isps").status_code == 200
    assert stranger.get("/login").headers["location"] == "/"


def test_the_cookie_is_as_strict_as_cookies_can_be(admin: User, stranger: Browser) -> None:
    cookie = cookie_of(stranger.login().headers["set-cookie"])
    assert cookie["__host-multihome-test0001"] != ""
    assert {"secure", "httponly"} <= cookie.keys()
    assert (cookie["samesite"], cookie["path"]) == ("strict", "/")
    assert "domain" not in cookie


@pytest.mark.parametrize(("name", "password"), [(ADMIN, "wrong"), ("nobody", PASSWORD), ("", ""), (ADMIN, "x" * 5000)])
def test_whatever_is_wrong_the_answer_is_the_same(admin: User, stranger: Browser, name: str, password: str) -> None:
    answer = stranger.login(name, password)
    assert answer.status_code == 422
    assert "Wrong user name or password." in text_of(answer.text)
    assert "set-cookie" not in answer.headers


OUTSIDE = ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb")


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_login_never_leads_to_somebody_elses_page(admin: User, stranger: Browser, path: str) -> None:
    assert stranger.login(next=path).headers["location"] == "/"


def test_a_login_replaces_the_session_that_the_browser_had(admin: User, panel: Panel, browser: Browser) -> None:
    before = browser.client.cookies[panel.cookie]
    browser.login()
    assert browser.client.cookies[panel.cookie] != before
    assert panel.sessions.find(before) is None


def test_failures_make_one_address_wait_and_nobody_else(
    admin: User, panel: Panel, visit: Callable[..., Browser], home: StateDirectory
) -> None:
    attacker, owner = visit("203.0.113.9"), visit("192.168.1.50")
    for _ in range(4):
        assert attacker.login(password="a wrong guess").status_code == 422
    refused = attacker.login()
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert owner.login().status_code == 303
    failed = [one for one in read_audit(home) if one.event.kind == "login failed"]
    assert {(one.event.address, one.event.text) for one in failed} == {("203.0.113.9", "failed login as admin")}


def test_a_good_login_forgets_the_failures(admin: User, stranger: Browser) -> None:
    for _ in range(3):
        stranger.login(password="a wrong guess")
    assert stranger.login().status_code == 303
    for _ in range(3):
        assert stranger.login(password="a wrong guess").status_code == 422


def test_a_session_ends_after_half_an_hour_of_nothing(admin: User, panel: Panel, browser: Browser) -> None:
    token = browser.client.cookies[panel.cookie]
    now = datetime.now(UTC)
    assert panel.sessions.find(token, now + IDLE - timedelta(seconds=5)) is not None
    assert panel.sessions.find(token, now + IDLE + timedelta(seconds=5)) is None


def test_a_session_ends_after_twelve_hours_whatever_is_done(admin: User, panel: Panel, browser: Browser) -> None:
    token = browser.client.cookies[panel.cookie]
    start = datetime.now(UTC)
    for minutes in range(20, 12 * 60, 20):
        session = panel.sessions.find(token, start + timedelta(minutes=minutes))
        assert session is not None
        panel.sessions.use(session, start + timedelta(minutes=minutes))
    assert panel.sessions.find(token, start + LONGEST + timedelta(seconds=5)) is None


def test_watching_is_not_using(admin: User, panel: Panel, browser: Browser) -> None:
    before = panel.sessions.of(ADMIN)[0].last_used_at
    browser.get("/live/now?view=status")
    assert panel.sessions.of(ADMIN)[0].last_used_at == before
    browser.get("/")
    assert panel.sessions.of(ADMIN)[0].last_used_at > before


def test_logging_out_ends_the_session_and_not_only_the_cookie(admin: User, panel: Panel, browser: Browser) -> None:
    token = browser.client.cookies[panel.cookie]
    assert browser.post("/logout").headers["location"] == "/login"
    browser.client.cookies.set(panel.cookie, token, domain="localhost.local")
    assert browser.get("/").headers["location"] == "/login"


def test_somebody_elses_cookie_of_another_panel_is_left_alone(admin: User, stranger: Browser) -> None:
    stranger.client.cookies.set("__Host-multihome-other001", "x" * 43)
    assert stranger.login().status_code == 303
    assert stranger.client.cookies["__Host-multihome-other001"] == "x" * 43


def test_the_colors_can_be_chosen_before_the_login(admin: User, stranger: Browser) -> None:
    answer = stranger.post("/theme", {"theme": "dark", "back": "/login"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert 'data-theme="dark"' in stranger.get("/login").text
    stranger.post("/theme", {"theme": '"><script>', "back": "//evil.example"})
    assert 'data-theme="auto"' in stranger.get("/login").text


def test_what_a_page_asks_by_itself_does_not_keep_a_session_alive(
    browser: Browser, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    monkeypatch.setattr(type(panel.sessions), "use", lambda _self, session: used.append(session.user))
    over: list[bool] = []

    async def messages(
        _self: Streams, _who: str, _news: News, is_over: Callable[[], bool], **_how: bytes
    ) -> AsyncIterator[bytes]:
        over.append(is_over())
        yield b""

    monkeypatch.setattr(Streams, "messages", messages)
    for path in ("/api/v1/stream", "/live"):
        assert browser.get(path).status_code == 200
    assert over == [False, False]
    for path in ("/events", "/kernel"):
        assert browser.get(path, **{"HX-Request": "true"}).status_code == 200
    assert used == []
    browser.get("/events")
    assert used == ["admin"]
