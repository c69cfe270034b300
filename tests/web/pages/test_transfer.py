"""The configuration taken away as a document and brought back, on the page and over the API; revisions over the API."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from app.service.configuration import Author, Configuration, Origin
from app.service.confirming import uptime_s
from app.service.document import LONGEST, exported
from app.service.revisions import revisions
from app.web.access.guard import LARGEST_DOCUMENT
from app.web.panel import Panel
from app.web.transport.connections import OPENED_S
from tests.web.person import OWN_PAGE, Browser, form_in, text_of

API = "/api/v1"


@pytest.fixture
def program(two_isps: Configuration, panel: Panel, visit: Callable[..., Browser]) -> Browser:
    secret = panel.tokens.create("script", Author("admin", Origin.CONSOLE), read_only=False)
    browser = visit()
    browser.client.headers["Authorization"] = f"Bearer {secret}"
    return browser


def upload(browser: Browser, text: str | bytes) -> httpx.Response:
    answer: httpx.Response = browser.client.post(
        "/settings/import", files={"document": ("backup.json", text)}, headers=OWN_PAGE
    )
    return answer


def test_a_document_comes_back_after_its_plan_was_shown(at_work: Browser, two_isps: Configuration) -> None:
    taken = at_work.get("/settings/export")
    assert taken.headers["content-disposition"] == 'attachment; filename="multihome-revision-1.json"'
    document = json.loads(taken.text)
    document["gateways"][0]["weight"] = 9
    shown = upload(at_work, json.dumps(document))
    assert "Orange: weight: 3 → 9" in text_of(shown.text)
    assert two_isps.head().number == 1
    answer = at_work.post("/settings/import", form_in(shown.text, "/settings/import").values)
    assert answer.headers["location"] == "/revisions?saved=2"
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert gateway.weight == 9


def test_a_document_is_shown_again_when_somebody_saved_meanwhile(at_work: Browser, two_isps: Configuration) -> None:
    text = exported(two_isps.head().config)
    at_work.fill_in("/isps/1", weight="5")
    answer = at_work.post("/settings/import", {"document": text, "revision": "1"})
    assert answer.status_code == 409
    assert "Orange: weight: 5 → 3" in text_of(answer.text)


def test_a_document_may_be_larger_than_what_a_form_sends(
    at_work: Browser, program: Browser, two_isps: Configuration
) -> None:
    document = {**json.loads(exported(two_isps.head().config)), "gateways": []}
    # Lines in it, which a browser sends back with an end of its own; exactly as long as a document may be.
    text = json.dumps(document) + "\n" * 900_000
    text += " " * (LONGEST - len(text))
    shown = upload(at_work, text)
    assert "Orange" in text_of(shown.text)
    sent = {"document": (None, text.replace("\n", "\r\n")), "revision": (None, "1")}
    assert at_work.client.post("/settings/import", files=sent, headers=OWN_PAGE).status_code == 303
    assert two_isps.head().config.gateways == ()
    assert program.client.post(f"{API}/plan", content=f'{{"configuration": {text}}}').status_code == 200
    assert program.client.put(f"{API}/configuration", content=text).status_code == 200
    assert program.client.put(f"{API}/configuration", content=text + " ").status_code == 422


async def stranger_gets(app: FastAPI, method: str, path: str) -> int:
    """The status that somebody who is not logged in gets; their body must not be asked for."""
    said: list[int] = []

    async def receive() -> Message:
        raise AssertionError("the body was asked for")

    async def send(message: Message) -> None:
        said.extend([message["status"]] if "status" in message else [])

    headers = [
        (b"host", b"localhost"),
        (b"sec-fetch-site", b"same-origin"),
        (b"content-length", b"%d" % LARGEST_DOCUMENT),
    ]
    headers.append((b"content-type", b"application/json"))
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b"", "scheme": "https"}
    await app(scope, receive, send)
    return said[0]


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/settings/import"), ("PUT", f"{API}/configuration"), ("POST", f"{API}/plan"),
])  # fmt: skip
def test_a_document_is_read_only_once_it_is_known_who_sends_it_and_never_too_much_of_it(
    at_work: Browser, app: FastAPI, method: str, path: str
) -> None:
    assert asyncio.run(stranger_gets(app, method, path)) in {401, 303}
    large = at_work.client.request(method, path, content=b"x" * (LARGEST_DOCUMENT + 1), headers=OWN_PAGE)
    assert (large.status_code, str(LARGEST_DOCUMENT) in large.text) == (413, True)
    in_pieces = at_work.client.request(
        method, path, content=(b"x" * 100_000 for _ in range(LARGEST_DOCUMENT // 100_000 + 1)),
        headers={**OWN_PAGE, "Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert in_pieces.status_code == 413


@pytest.mark.parametrize("text", ["", "{}", "[" * 5000, b"\xff\xfe", '{"format": "<script>alert(1)</script>"}'])
def test_what_is_no_document_is_refused(at_work: Browser, two_isps: Configuration, text: str | bytes) -> None:
    answer = upload(at_work, text)
    assert answer.status_code in {400, 422}
    assert "<script>alert" not in answer.text
    assert two_isps.head().number == 1


def test_the_window_is_set_and_bounded(at_work: Browser, two_isps: Configuration) -> None:
    assert at_work.fill_in("/settings", "/settings/window", confirm_window_s="7").status_code == 422
    assert at_work.fill_in("/settings", "/settings/window", confirm_window_s="90").status_code == 303
    assert two_isps.head().config.settings.panel.confirm_window_s == 90


def test_a_program_plans_saves_and_confirms(program: Browser, two_isps: Configuration, panel: Panel) -> None:
    plan = program.client.post(f"{API}/plan", json={"gateway": {"number": 1, "weight": 1}})
    assert plan.json()["sentence"].startswith("New connections: 50 % Orange, 50 % DIGI.")
    assert plan.json()["fields"][0]["after"] == "1"
    assert two_isps.head().number == 1
    assert program.client.post(f"{API}/plan", json={}).status_code == 422
    saved = program.client.patch(f"{API}/gateways/1", json={"weight": 1})
    assert saved.headers["multihome-confirm-within"] == "60"
    key = {"key": saved.headers["multihome-confirm-key"]}
    path = f"{API}/revisions/2/confirm"
    program.client.app_state.pop(OPENED_S, None)
    early = program.client.post(path, json=key)
    assert (early.status_code, early.headers["connection"]) == (409, "close")
    program.client.app_state[OPENED_S] = uptime_s()
    assert program.client.post(path, json={"key": "another"}).status_code == 409
    assert program.client.post(path, json=key).status_code == 204
    assert revisions(panel.home)[0].confirmed


def test_a_program_reads_the_history_and_restores(program: Browser, two_isps: Configuration) -> None:
    program.client.patch(f"{API}/gateways/1", json={"weight": 1})
    listed = program.get(f"{API}/revisions?limit=1").json()
    assert ([one["number"] for one in listed["items"]], listed["next"]) == ([2], 2)
    change = program.get(f"{API}/revisions/2").json()
    assert (change["before"], change["meant"]["fields"][0]["what"]) == (1, "Orange: weight")
    restored = program.client.post(f"{API}/revisions/1/restore")
    assert restored.json()["number"] == 3
    assert two_isps.head().config == two_isps.revision(1).config
    assert program.client.post(f"{API}/revisions/99/restore").status_code == 404
    assert program.client.post(f"{API}/revisions/1/restore", headers={"If-Match": '"1"'}).status_code == 412


def test_a_program_takes_the_document_and_brings_it_back(program: Browser, two_isps: Configuration) -> None:
    document = program.get(f"{API}/configuration").json()
    document["gateways"][1]["weight"] = 4
    assert program.client.post(f"{API}/plan", json={"configuration": document}).json()["fields"][0]["after"] == "4"
    answer = program.client.put(f"{API}/configuration", json=document)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert program.client.put(f"{API}/configuration", json={"format": "x"}).status_code == 422
    assert two_isps.head().number == 2
