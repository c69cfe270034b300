"""Traffic rules and tiers over the API, and which way a connection would go."""

import json
from collections.abc import Callable
from ipaddress import IPv4Address

import pytest

from app.model.choices import IfDown
from app.model.rule import PortRange
from app.model.way import Way
from app.service.configuration import Author, Configuration, Origin
from app.web.panel import Panel
from tests.web.fake_worker import FakeWorker
from tests.web.person import Browser

API = "/api/v1"
BANK = {"name": "Bank", "destination": "198.51.100.0/24", "protocol": "tcp", "ports": "443, 8000-8100",
        "gateway": 1, "if_down": "refuse"}  # fmt: skip


@pytest.fixture
def program(two_isps: Configuration, panel: Panel, visit: Callable[..., Browser]) -> Browser:
    """A program with a token that may change things."""
    return with_token(panel, visit(), read_only=False)


def with_token(panel: Panel, browser: Browser, *, read_only: bool) -> Browser:
    secret = panel.tokens.create("a program", Author("admin", Origin.CONSOLE), read_only=read_only)
    browser.client.headers["Authorization"] = f"Bearer {secret}"
    return browser


def test_a_rule_is_made_read_changed_moved_and_removed(program: Browser, two_isps: Configuration) -> None:
    made = program.client.post(f"{API}/rules", json=BANK)
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, f"{API}/rules/1", '"2"')
    assert made.json()["ports"] == [{"first": 443, "last": 443}, {"first": 8000, "last": 8100}]
    assert program.get(f"{API}/rules/1").json() == made.json()
    first = program.client.post(f"{API}/rules", json={"name": "Voice", "dscp": "EF", "gateway": 2, "place": 1})
    assert (first.json()["number"], first.json()["dscp"]) == (2, 46)
    changed = program.client.patch(f"{API}/rules/1", json={"ports": [{"first": 80, "last": 80}], "place": 1})
    assert changed.status_code == 200
    rules = two_isps.head().config.rules
    assert [one.name for one in rules] == ["Bank", "Voice"]
    assert (rules[0].ports, rules[0].if_down) == ((PortRange(first=80, last=80),), IfDown.REFUSE)
    ordered = program.client.put(f"{API}/rules/order", json={"numbers": [2, 1]})
    assert [one["number"] for one in ordered.json()["items"]] == [2, 1]
    listed = program.get(f"{API}/rules")
    assert [one["name"] for one in listed.json()["items"]] == ["Voice", "Bank"]
    assert listed.headers["etag"] == '"5"'
    removed = program.client.delete(f"{API}/rules/1")
    assert (removed.status_code, removed.content) == (204, b"")
    for answer in (program.get(f"{API}/rules/1"), program.client.delete(f"{API}/rules/1")):
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_what_cannot_be_is_named_and_nothing_changes(program: Browser, two_isps: Configuration) -> None:
    program.client.post(f"{API}/rules", json=BANK)
    for body, field in (
        ({"ports": "http"}, "ports.0"),
        ({"ports": "80,80"}, "ports"),
        ({"gateway": 9}, "rules.1.gateway"),
        ({"tier": 2}, "rules.1.tier"),
        ({"dscp": "FAST"}, "dscp"),
        ({"if_down": "wait"}, "if_down"),
        ({"color": "red"}, "color"),
        ({"place": 0}, "place"),
        ({"name": None}, "rules.1.name"),
    ):
        answer = program.client.patch(f"{API}/rules/1", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), body
        assert field in [one["field"] for one in answer.json()["errors"]], answer.json()
    order = program.client.put(f"{API}/rules/order", json={"numbers": [1, 1]})
    assert (order.status_code, order.json()["errors"][0]["field"]) == (422, "numbers")
    gone = program.client.delete(f"{API}/gateways/1")
    assert (gone.status_code, "the traffic rule Bank leads to Orange" in gone.json()["detail"]) == (422, True)
    stale = program.client.delete(f"{API}/rules/1", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert two_isps.head().number == 2


def test_tiers_are_set_and_seen(program: Browser, two_isps: Configuration, worker: FakeWorker) -> None:
    fields = {"tier": 2, "on_return": "move-back", "timing": {"standby_interval_s": 300}}
    changed = program.client.patch(f"{API}/gateways/2", json=fields).json()
    assert (changed["tier"], changed["on_return"], changed["timing"]["standby_interval_s"]) == (2, "move-back", 300)
    assert program.client.patch(f"{API}/gateways/2", json={"tier": 0}).status_code == 422
    failover = program.get(f"{API}/failover").json()
    failover["timing"]["standby_interval_s"] = 30
    assert program.client.put(f"{API}/failover", json=failover).json()["timing"]["standby_interval_s"] == 30
    config = two_isps.head().config
    assert [config.timing(one).standby_interval_s for one in config.gateways] == [30, 300]


def test_the_status_tells_standby_and_hits(two_isps: Configuration, worker: FakeWorker, program: Browser) -> None:
    program.client.post(f"{API}/rules", json=BANK)
    program.client.patch(f"{API}/gateways/2", json={"tier": 2})
    worker.take_over()
    status = worker.status
    assert [(one.number, one.hits) for one in status.rules] == [(1, 10)]
    assert [(one.tier, one.standby) for one in status.gateways] == [(1, False), (2, True)]


def test_rules_are_planned_together(program: Browser, two_isps: Configuration) -> None:
    program.client.post(f"{API}/rules", json=BANK)
    proposal = {"rule": {"name": "Voice", "gateway": 2, "place": 1}, "order": {"numbers": [1, 2]}}
    planned = program.client.post(f"{API}/plan", json=proposal)
    assert planned.status_code == 200
    told = [(one["what"], one["after"]) for one in planned.json()["fields"]]
    assert ("rule Voice: send via", "DIGI") in told
    assert ("rule Voice: place", "2") in told
    changed = program.client.post(f"{API}/plan", json={"rule": {"number": 1, "tier": 1}}).json()
    assert [(one["what"], one["before"], one["after"]) for one in changed["fields"]] == [
        ("rule Bank: send via", "Orange", "none"),
        ("rule Bank: send via tier", "none", "1"),
    ]
    assert program.client.post(f"{API}/plan", json={"remove_rule": 9}).status_code == 422
    assert two_isps.head().number == 2


def test_what_never_decides_is_told(program: Browser) -> None:
    program.client.post(f"{API}/rules", json={"name": "All", "gateway": 1})
    program.client.post(f"{API}/rules", json=BANK)
    told = program.get(f"{API}/rules").json()["doubts"]
    assert told == [{"field": "rules.2", "message": "Bank never matches: rule 1 (All) matches the same traffic first"}]


def test_who_may_read_may_ask_which_way(
    two_isps: Configuration, worker: FakeWorker, panel: Panel, visit: Callable[..., Browser]
) -> None:
    program = with_token(panel, visit(), read_only=True)
    worker.way = Way(gateway=1, source=IPv4Address("192.168.1.1"), reason="its hash says so")
    packet = {"source": "62.231.110.70", "destination": "198.51.100.7", "protocol": "tcp", "destination_port": 443}
    answer = program.client.post(f"{API}/way", json=packet)
    assert answer.status_code == 200
    assert answer.json()["summary"] == ("It leaves by Orange and its public source is 192.168.1.1. Its hash says so.")
    assert (answer.json()["way"]["gateway"], answer.json()["rule"]) == (1, None)
    assert [(str(one.destination), one.destination_port) for one in worker.packets] == [("198.51.100.7", 443)]
    for body in ({**packet, "destination_port": "443"}, {**packet, "protocol": "tcp+udp"}, {"source": "x"}, {}):
        refused = program.client.post(f"{API}/way", json=body)
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json"), body
    assert program.client.post(f"{API}/rules", json=BANK).status_code == 403
    worker.stop()
    assert program.client.post(f"{API}/way", json=packet).status_code == 503


def test_the_api_describes_rules_and_ways(program: Browser) -> None:
    described = program.get(f"{API}/openapi.json").json()
    assert {f"{API}/rules", f"{API}/rules/{{number}}", f"{API}/rules/order", f"{API}/way"} <= described["paths"].keys()
    assert "standby" in json.dumps(described["components"]["schemas"])


def test_the_connections_of_a_client(program: Browser, worker: FakeWorker) -> None:
    found = program.get(f"{API}/flows?client=62.231.110.80")
    assert found.json() == {"addresses": ["62.231.110.80"], "isps": []}
    assert program.get(f"{API}/flows").status_code == 422
