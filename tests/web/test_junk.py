"""Junk for every route: whatever comes in path, query, form or JSON, the panel answers and never fails.

The routes are walked, the forms are those of the pages, and the bodies are grown from what the API describes. What is
tried is drawn with a fixed seed for each route, so that a failure comes again.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from app.service.configuration import Author, Configuration, Origin
from app.service.edits.rules import add_rule
from app.store.people import User
from app.web.panel import Panel
from tests.web.access.test_guard import SAFE, routes
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FACTS
from tests.web.person import OWN_PAGE, Browser, error_beside

TRIES = 6
JUNK: tuple[str, ...] = (
    "", " ", "0", "-1", "1", "2", "9" * 40, "1e400", "nan", "0x10", "٣", "²", "a\x00b", "\x7f\x1b[2J", "\u202egnirts",
    "🦊" * 50, "<script>alert(1)</script>", "{{ 7 * 7 }}", "'; DROP TABLE user; --", "../../etc/passwd",
    "%00", "%ff%fe", "x" * 10_000,
    "10.0.0.3", "10.0.0.999", "10.0.0.0/0", "::1", "fe80::1%eth0", "eth1", "eth9", "http://[::1",
    "http://10.0.0.3:99999/", "icmp", "tcp", "wan", "true", "null", "[]", "on", "\r\nX-Evil: 1", "a\nb",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 10**400, 1e308, float("nan"), float("inf"), [], {}, [[]], [None], {"kind": "icmp"},
    {"kind": "http", "url": "http://[::1"}, ["10.0.0.3"] * 300, "\ud800", "\udfff\ud800", *JUNK,
)  # fmt: skip
# They would end the session that the rest is tried with, and are told apart from it by their names alone.
PARTING = {"/logout", "/settings/sessions/{session_id}/end"}
STREAMS = {"/live", "/api/v1/stream"}


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.node.name)  # noqa: S311 - nothing secret


def filled(path: str, draw: random.Random) -> str:
    """The path with junk for its parameters, or with what is there."""
    return re.sub(r"\{[^}]*\}", lambda _: quote(draw.choice(("1", "2", "eth1", *JUNK))[:300], safe=""), path)


def question(draw: random.Random) -> str:
    names = ("topic", "cursor", "view", "saved", "kept", "next", "before", "limit", "row", "cable", "changed", "junk")
    pairs = (f"{draw.choice(names)}={quote(draw.choice(JUNK)[:500])}" for _ in range(draw.randrange(4)))
    return "?" + "&".join(pairs)


def field_names(browser: Browser) -> list[str]:
    """The names of all fields of all forms."""
    pages = (
        "/isps/1",
        "/isps/new",
        "/interfaces/eth1",
        "/failover",
        "/settings",
        "/welcome",
        "/welcome/checks",
        "/simulation",
        "/login",
    )
    found = {name for page in pages for name in re.findall(r' name="([^"]+)"', browser.get(page).text)}
    assert len(found) > 40
    return sorted(found)


def bodies(described: Any, schema: Any, draw: random.Random, depth: int = 0) -> Any:
    """A value in the shape of a schema, with junk in some places."""
    if depth > 6 or draw.random() < 0.25:
        return draw.choice(VALUES)
    if "$ref" in schema:
        return bodies(described, described["components"]["schemas"][schema["$ref"].rpartition("/")[2]], draw, depth + 1)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return bodies(described, draw.choice(schema[several]), draw, depth + 1)
    if "enum" in schema or "const" in schema:
        return draw.choice(schema.get("enum") or [schema["const"]])
    if schema.get("type") == "object":
        wanted = schema.get("properties", {})
        return {name: bodies(described, one, draw, depth + 1) for name, one in wanted.items() if draw.random() < 0.8}
    if schema.get("type") == "array":
        return [bodies(described, schema.get("items", {}), draw, depth + 1) for _ in range(draw.randrange(3))]
    return draw.choice((1, 2, 3.5, "10.0.0.3", "192.168.1.2", "eth1", *JUNK[:6]))


def documents(described: Any, method: str, path: str, draw: random.Random) -> Iterator[bytes]:
    """Bodies for one operation of the API."""
    operation = described["paths"].get(path, {}).get(method.lower(), {})
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for _ in range(TRIES):
        yield json.dumps(bodies(described, schema, draw)).encode()[:60_000]
    yield b'{"name": "\\ud800", "address": "192.168.1.3"}'


def check(browser: Browser, method: str, path: str, **sent: Any) -> None:
    answer = browser.client.request(method, path, **sent)
    assert answer.status_code < 500, (method, path, sent, answer.text[-2000:])
    assert "x-evil" not in answer.headers
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert "<script>alert(1)" not in answer.text


def test_junk_in_pages_is_never_the_panels_fault(
    app: FastAPI, at_work: Browser, admin: User, panel: Panel, draw: random.Random
) -> None:
    names = field_names(at_work)
    for method, path in routes(app):
        if path in PARTING | STREAMS or path.startswith("/api/"):
            continue
        for _ in range(TRIES):
            address = filled(path, draw) + question(draw)
            if method in SAFE:
                check(at_work, method, address, headers=draw.choice(({}, {"HX-Request": "true"})))
                continue
            form = {name: draw.choice(JUNK)[:2000] for name in draw.sample(names, 12)}
            check(at_work, method, address, headers=OWN_PAGE, data=form)
    at_work.with_session_of(panel, admin)
    assert at_work.get("/").status_code == 200


# Python makes no number of more than 4,300 digits; the first four of these look like a good weight.
ENDLESS = "0001" + "0" * 5000


@pytest.mark.parametrize(("path", "name"), [
    ("/isps/1", "weight"), ("/isps/1", "tier"), ("/interfaces/eth1", "window_s"), ("/rules/1", "place"),
    ("/failover/checks", "timing.fall"), ("/settings/window", "confirm_window_s"), ("/isps/1", "revision"),
])  # fmt: skip
@pytest.mark.parametrize("button", [{}, {"preview": "1"}, {"more": "1"}], ids=["save", "preview", "more"])
def test_a_number_without_end_is_a_mistake_like_any_other(
    at_work: Browser, two_isps: Configuration, path: str, name: str, button: dict[str, str]
) -> None:
    two_isps.change(lambda config: add_rule(config, {"gateway": 1}), facts=FACTS, author=AUTHOR, note="a rule")
    page = "/failover" if path == "/failover/checks" else path
    values = at_work.form(page, path).values if path != "/settings/window" else {}
    answer = at_work.post(path, {**values, **button, name: ENDLESS})
    assert answer.status_code in {200, 409, 422}
    assert two_isps.head().number == 2


def test_a_place_that_is_too_long_is_refused_and_not_cut(at_work: Browser, two_isps: Configuration) -> None:
    two_isps.change(lambda config: add_rule(config, {"gateway": 1}), facts=FACTS, author=AUTHOR, note="a rule")
    answer = at_work.fill_in("/rules/1", place="1000000")
    assert "a whole number from 1" in error_beside(answer.text, "place")


def test_junk_in_the_api_is_never_the_panels_fault(
    app: FastAPI, two_isps: Configuration, panel: Panel, visit: Callable[..., Browser], draw: random.Random
) -> None:
    program = visit()
    secret = panel.tokens.create("junk", Author("ana", Origin.CONSOLE), read_only=False)
    program.client.headers["Authorization"] = f"Bearer {secret}"
    described = program.get("/api/v1/openapi.json").json()
    headers = {"Content-Type": "application/json"}
    for method, path in routes(app):
        if path in STREAMS or not path.startswith("/api/"):
            continue
        if method in SAFE:
            for _ in range(TRIES):
                check(program, method, filled(path, draw) + question(draw))
            continue
        for body in documents(described, method, path, draw):
            extra = draw.choice(({}, {"If-Match": draw.choice(('"1"', "*", "x", '"' + "9" * 40 + '"'))}))
            check(program, method, re.sub(r"\{[^}]*\}", "1", path), content=body, headers={**headers, **extra})
    assert program.get("/api/v1/status").status_code == 200
