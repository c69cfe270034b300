"""What holds for every route, found by walking the routes, so that a new one cannot be forgotten."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from app.errors import StoreUnavailable
from app.paths import StateDirectory
from app.service.backup import LARGEST_BACKUP
from app.service.configuration import Configuration
from app.store.files import reading
from app.web import application
from app.web.access.authentication import API, SIGNED_IN, before_setup, caller, declared, everybody, visitor
from app.web.access.guard import LARGEST_BODY, LARGEST_DOCUMENT
from app.web.panel import Panel, assemble
from app.web.rendering.assets import Assets
from app.web.rendering.templating import Templates
from app.web.transport.headers import HEADERS
from lab.page.link import LabLink
from lab.page.simulation import RESOURCES, Simulation
from tests.web.client import TestClient
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FakeWorker
from tests.web.person import HTMX, OWN_PAGE, Browser

UPLOAD = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--x--\r\n'
SAFE = {"GET", "HEAD", "OPTIONS"}
# Routes that answer to everybody. Every other one must refuse a stranger.
FOR_EVERYBODY = {
    "/login", "/theme", "/static/{path:path}", "/api/v1/healthz", "/setup", "/setup/token", "/setup/administrator",
}  # fmt: skip
# What takes a whole document or backup.
LARGER = {
    ("POST", "/settings/import"): LARGEST_DOCUMENT,
    ("POST", "/api/v1/plan"): LARGEST_DOCUMENT,
    ("PUT", "/api/v1/configuration"): LARGEST_DOCUMENT,
    ("POST", "/settings/restore"): LARGEST_BACKUP + LARGEST_BODY,
}
# What a token that may only read may ask by POST.
QUESTIONS = {"/api/v1/way", "/api/v1/plan"}


@pytest.fixture
def panel(home: StateDirectory, monkeypatch: pytest.MonkeyPatch) -> Panel:
    """With the one page that another program adds: its routes are walked like all others."""

    async def listened(_link: LabLink, _patience_s: float) -> None:
        """Nobody talks here; and these clients have an event loop each, of which the link knows one."""

    monkeypatch.setattr(LabLink, "listened", listened)
    return assemble(home, "test0001", Templates(Assets(RESOURCES), RESOURCES), Simulation(home.path / "no-lab.sock"))


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of the application."""
    for context in iter_route_contexts(app.routes):
        for method in sorted(context.methods or ()):
            yield method, context.path or ""


def concrete(path: str) -> str:
    filled = path.replace("{number}", "1").replace("{name}", "eth1").replace("{session_id}", "1")
    return filled.replace("{token_id}", "1").replace("{path:path}", "x").replace("{cable}", "balancer-isp1")


def who_may_call(path: str) -> object:
    if path.startswith("/setup"):
        return before_setup
    if path in FOR_EVERYBODY:
        return everybody
    return caller if path.startswith("/api/") else visitor


def test_every_route_declares_who_may_call_it_and_how_large_its_body_may_be(app: FastAPI) -> None:
    for route in iter_route_contexts(app.routes):
        assert declared(route) == [who_may_call(route.path or "")], route.path
        for method in route.methods or ():
            largest = LARGER.get((method, route.path or ""), LARGEST_BODY)
            assert route.max_body_size == largest, (method, route.path)


@pytest.mark.parametrize(
    ("router", "route"),
    [
        (APIRouter(), {}),
        (APIRouter(max_body_size=LARGEST_BODY), {}),
        (APIRouter(dependencies=SIGNED_IN["dependencies"]), {}),
        (APIRouter(**SIGNED_IN), {"dependencies": API["dependencies"]}),
    ],
)
def test_a_route_that_declares_too_little_or_two_things_stops_the_panel(
    panel: Panel, monkeypatch: pytest.MonkeyPatch, router: APIRouter, route: dict[str, Any]
) -> None:
    router.add_api_route("/forgotten", lambda: None, **route)
    monkeypatch.setattr(application, "PAGES", (*application.PAGES, router))
    with pytest.raises(LookupError, match=r"^/forgotten does not declare"):
        application.create_application(panel, ())


def test_a_token_that_may_only_read_changes_nothing(
    app: FastAPI, two_isps: object, stranger: Browser, panel: Panel
) -> None:
    secret = panel.tokens.create("monitoring", AUTHOR, read_only=True)
    for method, path in changing(app):
        if path.startswith("/api/"):
            answer = stranger.client.request(method, path, headers={"Authorization": f"Bearer {secret}"}, json={})
            assert (answer.status_code == 403) is (path not in QUESTIONS), (method, path, answer.text)


def changing(app: FastAPI) -> list[tuple[str, str]]:
    found = [(method, concrete(path)) for method, path in routes(app) if method not in SAFE]
    assert len(found) > 15
    return found


def test_every_changing_route_refuses_a_page_of_somebody_else(app: FastAPI, at_work: Browser) -> None:
    for method, path in changing(app):
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "https://localhost:8443"},
            {},
        ):
            answer = at_work.client.request(method, path, headers=headers)
            assert answer.status_code == 403, (method, path, headers)
            if path.startswith("/api/"):
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["status"] == 403


def test_a_browser_without_fetch_metadata_is_known_by_its_origin(at_work: Browser) -> None:
    answer = at_work.client.post("/isps/2/disable", headers={"Origin": "https://localhost"})
    assert answer.status_code == 303


def test_every_route_refuses_a_name_that_is_not_ours(app: FastAPI, at_work: Browser) -> None:
    for method, path in routes(app):
        headers = {**OWN_PAGE, "Host": "evil.example"}
        assert at_work.client.request(method, concrete(path), headers=headers).status_code == 421, (method, path)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8443", "router.example.", "192.168.1.1", "10.1.2.3:8443", "[fd00::1]:443"]
)
def test_our_names_and_every_address_are_answered(stranger: Browser, host: str) -> None:
    assert stranger.get("/api/v1/healthz", host=host).status_code == 200


@pytest.mark.parametrize("host", ["", "evil.example", "localhost.evil.example", "1.2.3.4.evil.example", "[::1", "a b"])
def test_other_names_are_not(stranger: Browser, host: str) -> None:
    assert stranger.get("/api/v1/healthz", host=host).status_code == 421


def test_every_other_route_refuses_a_stranger(app: FastAPI, two_isps: object, stranger: Browser) -> None:
    for method, path in routes(app):
        if path in FOR_EVERYBODY:
            continue
        answer = stranger.client.request(method, concrete(path), headers=OWN_PAGE)
        if path.startswith("/api/"):
            assert answer.status_code == 401, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
        elif method == "GET" or path == "/logout":
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/login"), (method, path)
        else:
            assert answer.status_code == 401, (method, path)
            assert "You are logged out" in answer.text, (method, path)


def test_htmx_of_a_stranger_is_sent_to_the_login_page(two_isps: object, stranger: Browser) -> None:
    answer = stranger.get("/isps", **HTMX)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login?next=/isps")


@pytest.mark.parametrize(("method", "path"), [("POST", "/isps/1"), ("GET", "/live"), ("GET", "/live/now")])
def test_a_page_that_may_hold_something_typed_is_not_led_away_from_it(
    two_isps: object, stranger: Browser, method: str, path: str
) -> None:
    answer = stranger.client.request(method, path, headers=HTMX)
    assert (answer.status_code, answer.headers["hx-reswap"], answer.text) == (401, "none", "")
    assert "hx-redirect" not in answer.headers


def test_what_is_refused_is_said_beside_the_form_and_not_in_its_place(
    at_work: Browser, worker: FakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = at_work.form("/isps/1").values

    def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("config.db cannot be written: the disk is <b>full</b>")

    monkeypatch.setattr(Configuration, "change", full)
    refused = at_work.post("/isps/1", {**values, "name": "Half typed"}, HTMX)
    too_large = at_work.client.post("/isps/1", content=b"x" * (LARGEST_BODY + 1), headers=HTMX)
    for answer, status, words in ((refused, 503, "the disk is &lt;b&gt;full"), (too_large, 413, "at most 65536 bytes")):
        assert (answer.status_code, answer.headers["hx-retarget"]) == (status, "#refused")
        assert words in answer.text
        assert "<html" not in answer.text
    whole = at_work.post("/isps/1", values)
    assert (whole.status_code, "hx-retarget" in whole.headers, "<html" in whole.text) == (503, False, True)


def test_even_the_answer_to_what_nobody_foresaw_carries_the_headers(
    app: FastAPI, at_work: Browser, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Configuration, "head", lambda _self: 1 / 0)
    client = TestClient(app, base_url="https://localhost", raise_server_exceptions=False)
    client.cookies.update(at_work.client.cookies)
    answer = client.get("/isps")
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"


def test_every_answer_carries_the_headers(app: FastAPI, at_work: Browser) -> None:
    for method, path in routes(app):
        if path in {"/live", "/api/v1/stream"}:
            continue  # endless; the streams have tests of their own
        answer = at_work.client.request(method, concrete(path), headers=OWN_PAGE)
        assert answer.status_code < 500, (method, path, answer.text)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (method, path, name)
        assert answer.headers["cache-control"] == "no-store", (method, path)


def everything_kept(home: StateDirectory) -> list[tuple[object, ...]]:
    """All that the panel writes, but for when somebody was seen last: the rows of config.db, other files' names."""
    with reading(home.config_db) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [
            tuple(row)
            for table in sorted(tables)
            if table != "session"
            for row in connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - names from the file
        ]
        rows += [tuple(row) for row in connection.execute("SELECT id, user, token_hash FROM session")]
    return rows + sorted((path.name,) for path in home.path.iterdir())


def test_no_get_changes_anything(app: FastAPI, at_work: Browser, home: StateDirectory, worker: FakeWorker) -> None:
    assert at_work.get("/").status_code == 200
    before, wakes = everything_kept(home), worker.wakes
    for method, path in routes(app):
        if method not in {"GET", "HEAD"} or path in {"/live", "/api/v1/stream"}:
            continue
        for question in (
            "",
            "?saved=1&kept=1&topic=isps&view=status&do=cut&sure=yes&how=cut&name=x&weight=9&revision=1",
        ):
            for words in ({}, HTMX):
                at_work.client.request(method, concrete(path) + question, headers=words)
    assert everything_kept(home) == before
    assert worker.wakes == wakes


def test_every_changing_route_bounds_its_body(app: FastAPI, at_work: Browser) -> None:
    for method, path in changing(app):
        largest = LARGER.get((method, path), LARGEST_BODY)
        for length in (str(largest + 1), "9" * 30, "-1", "x", ""):
            headers = {**OWN_PAGE, "Content-Length": length}
            answer = at_work.client.request(method, path, headers=headers)
            assert answer.status_code == 413, (method, path, length)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/isps/new", "application/x-www-form-urlencoded"),
        ("/login", "application/x-www-form-urlencoded"),
        ("/api/v1/gateways", "application/json"),
    ],
)
def test_a_body_that_is_too_large_is_refused(at_work: Browser, path: str, kind: str) -> None:
    headers = {**OWN_PAGE, "Content-Type": kind}
    announced = at_work.client.post(path, content=b"x" * (LARGEST_BODY + 1), headers=headers)
    assert announced.status_code == 413
    in_pieces = at_work.client.post(path, content=(b"x" * 1000 for _ in range(100)), headers=headers)
    assert in_pieces.status_code == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data", b"no boundary"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(1000))),
        ("application/x-www-form-urlencoded", b"weight=%ff%fe&name=%00"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--x--\r\n',
        ),
        ("application/json", b"{}"),
        ("", b"\x00\xff"),
    ],
)
def test_what_is_no_form_is_the_senders_fault(at_work: Browser, app: FastAPI, kind: str, body: bytes) -> None:
    for method, path in changing(app):
        if method == "POST" and path != "/logout":
            answer = at_work.client.post(path, content=body, headers={**OWN_PAGE, "Content-Type": kind})
            assert answer.status_code < 500, (path, answer.text)


def test_the_routes_are_really_walked(app: FastAPI) -> None:
    found = {path for _, path in routes(app)}
    assert {"/", "/isps/{number}", "/api/v1/gateways/{number}", "/live", "/settings/tokens", "/simulation"} <= found
