import json
import re
from collections.abc import Callable

import pytest

from app.model.trial import Trial, TrialTarget
from app.service.configuration import Author, Configuration, Origin
from app.web.panel import Panel
from tests.web.fake_worker import CABLE, TRIAL, FakeWorker
from tests.web.person import Browser
from tests.web.waiting import fall_silent

API = "/api/v1"


@pytest.fixture
def program(two_isps: Configuration, panel: Panel, visit: Callable[..., Browser]) -> Browser:
    """A program with a token that may change things; it sends what programs send, and no cookie."""
    secret = panel.tokens.create("script", Author("admin", Origin.CONSOLE), read_only=False)
    browser = visit()
    browser.client.headers["Authorization"] = f"Bearer {secret}"
    return browser


def test_the_status_has_a_sentence_and_everything_observed(program: Browser) -> None:
    status = program.get(f"{API}/status").json()
    assert status["level"] == "good"
    assert status["summary"].startswith("Both ISPs are up")
    assert (status["revision"], status["status"]["in_force"], status["worker_silent"]) == (1, 1, False)
    first = status["status"]["gateways"][0]
    assert (first["state"], first["rtt_ms"], first["share_percent"]) == ("up", 10.1, 75.0)


def test_a_gateway_is_made_read_changed_and_removed(program: Browser, two_isps: Configuration) -> None:
    made = program.client.post(f"{API}/gateways", json={"name": "Third", "address": "192.168.1.3", "weight": 2})
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, f"{API}/gateways/3", '"2"')
    read = program.get(f"{API}/gateways/3")
    assert read.json() == made.json()
    changed = program.client.patch(f"{API}/gateways/3", json={"enabled": False, "cut": True})
    assert (changed.json()["enabled"], changed.json()["weight"]) == (False, 2)
    removed = program.client.delete(f"{API}/gateways/3")
    assert (removed.status_code, removed.content) == (204, b"")
    assert program.get(f"{API}/gateways/3").status_code == 404
    assert [one["number"] for one in program.get(f"{API}/gateways").json()["items"]] == [1, 2]
    assert two_isps.head().number == 4


def test_a_part_of_a_leg_is_changed_as_before_there_were_legs_and_as_now(
    program: Browser, two_isps: Configuration
) -> None:
    for body in ({"snat": "off"}, {"ipv4": {"far": True}}, {"source": "192.168.1.1", "ipv4": {"far": False}}):
        assert program.client.patch(f"{API}/gateways/1", json=body).status_code == 200
    leg = {"address": "192.168.1.2", "source": "192.168.1.1", "far": False, "snat": "off"}
    assert program.get(f"{API}/gateways/1").json()["ipv4"] == leg


def test_if_match_guards_against_two_at_once(program: Browser, two_isps: Configuration) -> None:
    tag = program.get(f"{API}/gateways/1").headers["etag"]
    first = program.client.patch(f"{API}/gateways/1", json={"weight": 4}, headers={"If-Match": tag})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    second = program.client.patch(f"{API}/gateways/1", json={"weight": 5}, headers={"If-Match": tag})
    assert second.status_code == 412
    assert "revision 2" in second.json()["detail"]
    assert program.client.patch(f"{API}/gateways/1", json={"weight": 5}, headers={"If-Match": "*"}).status_code == 200
    nonsense = program.client.patch(f"{API}/gateways/1", json={"weight": 6}, headers={"If-Match": "newest"})
    assert nonsense.status_code == 422
    assert nonsense.json()["errors"][0]["field"] == "If-Match"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"weight": 0}, "weight"),
        ({"weight": None}, "gateways.1.weight"),
        ({"wieght": 2}, "wieght"),
        ({"address": "10.9.9.9"}, "gateways.1.ipv4.address"),
        ({"address": 5}, "ipv4.address"),
        ({"source": True}, "ipv4.source"),
        ({"checks": [{"kind": "icmp", "targets": []}]}, "checks.0.icmp.targets"),
        ({"checks": [{"kind": "smtp"}]}, "checks.0"),
        ({"timing": {"fall": 0}}, "timing.fall"),
        ({"name": "DIGI"}, "gateways.2.name"),
        ([], ""),
        ("text", ""),
    ],
)
def test_a_bad_body_is_a_problem_document_that_names_the_field(program: Browser, body: object, field: str) -> None:
    answer = program.client.patch(f"{API}/gateways/1", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (422, "about:blank")
    assert problem["errors"][0]["field"].startswith(field)


def test_what_is_not_json_is_refused(program: Browser) -> None:
    for content in (b"{", b"\xff\xfe", b"[" * 20_000, b'{"weight": 1e400}'):
        headers = {"Content-Type": "application/json"}
        assert program.client.patch(f"{API}/gateways/1", content=content, headers=headers).status_code in {400, 422}


@pytest.mark.parametrize("field", ["name", "interface", "address", "weight", "snat", "checks", "enabled"])
def test_half_of_a_character_is_no_text(program: Browser, two_isps: Configuration, field: str) -> None:
    for value in ('"\\ud800"', '"x\\udfff"', '{"\\ud800": 1}', '["\\ud800"]'):
        content = f'{{"{field}": {value}}}'.encode()
        answer = program.client.patch(
            f"{API}/gateways/1", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422, (content, answer.text)
    answer = program.client.patch(f"{API}/gateways/1", content=b'{"\\ud800": 1}')
    assert answer.status_code == 422
    assert two_isps.head().number == 1


def test_guard_is_read_planned_and_put_back(program: Browser, two_isps: Configuration) -> None:
    document = program.get(f"{API}/guard").json()
    assert document == {"mode": "undecided", "allowed": [], "trusted": []}
    wanted = {"mode": "on", "allowed": ["22/tcp from 203.0.113.0/24", "esp"], "trusted": ["2001:db8::/32"]}
    planned = program.client.post(f"{API}/plan", json={"guard": wanted}).json()
    assert any("guard_forward" in one for one in planned["changes"])
    assert not two_isps.head().config.settings.guard.is_on
    saved = program.client.put(f"{API}/guard", json=wanted).json()
    assert saved["allowed"][0]["source"] == "203.0.113.0/24"
    assert program.client.put(f"{API}/guard", json=saved).json() == saved == program.get(f"{API}/guard").json()
    assert two_isps.head().config.settings.guard.is_on
    wrong = program.client.put(f"{API}/guard", json={**wanted, "allowed": ["ssh"]})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"].startswith("allowed")


def test_failover_is_read_and_put_back(program: Browser, two_isps: Configuration) -> None:
    document = program.get(f"{API}/failover").json()
    same = program.client.put(f"{API}/failover", json=document)
    assert (same.status_code, same.headers["etag"]) == (200, '"1"')
    changed = program.client.put(f"{API}/failover", json={**document, "balancing": "client"})
    assert changed.json()["balancing"] == "client"
    del document["checks"]
    assert program.client.put(f"{API}/failover", json=document).json()["errors"][0]["field"] == "checks"


def test_interfaces_are_listed_and_set(program: Browser) -> None:
    listed = {one["name"]: one for one in program.get(f"{API}/interfaces").json()["items"]}
    assert (listed["eth1"]["role"], listed["eth1"]["gateways"]) == ("wan", [1])
    assert listed["eth1"]["observed"]["carrier"] is True
    body = {"role": "lan", "managed": True, "addresses": ["10.7.0.1/24"]}
    put = program.client.put(f"{API}/interfaces/eth3", json=body)
    assert (put.status_code, put.json()["addresses"]) == (200, ["10.7.0.1/24"])
    assert program.client.put(f"{API}/interfaces/eth9", json=body).status_code == 404


def test_kernel_and_events_are_readable(program: Browser, worker: FakeWorker) -> None:
    assert program.get(f"{API}/kernel").json()["desired"] == worker.kernel["desired"]
    page = program.get(f"{API}/events?limit=1").json()
    assert len(page["items"]) == 1
    following = program.get(f"{API}/events?limit=1&cursor={page['next']}").json()
    assert following["items"] != page["items"]
    assert program.get(f"{API}/events?cursor=!!").json()["errors"][0]["field"] == "cursor"
    assert program.get(f"{API}/events?limit=0").json()["errors"][0]["field"] == "limit"
    worker.stop()
    assert program.get(f"{API}/kernel").status_code == 503


def test_a_read_only_token_reads_only(two_isps: Configuration, panel: Panel, visit: Callable[..., Browser]) -> None:
    secret = panel.tokens.create("monitoring", Author("admin", Origin.CONSOLE), read_only=True)
    program = visit()
    program.client.headers["Authorization"] = f"bearer {secret}"
    assert program.get(f"{API}/status").status_code == 200
    refused = program.client.delete(f"{API}/gateways/1")
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    asked = program.client.post(f"{API}/plan", json={"remove_gateway": 1})
    assert (asked.status_code, "100 % DIGI" in asked.text) == (200, True)
    assert two_isps.head().number == 1


@pytest.mark.parametrize("authorization", ["Bearer x", "Bearer ", "Basic YWRtaW46eA==", "Bearer multihome_" + "x" * 43])
def test_no_good_token_no_answer(two_isps: Configuration, visit: Callable[..., Browser], authorization: str) -> None:
    answer = visit().get(f"{API}/status", authorization=authorization)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_is_no_way_into_the_pages(program: Browser) -> None:
    assert program.get("/").status_code == 303


def test_a_session_may_use_the_api_from_its_own_pages(at_work: Browser) -> None:
    assert at_work.get(f"{API}/status").status_code == 200
    own = at_work.client.patch(f"{API}/gateways/1", json={"weight": 2}, headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 200


def test_health_says_who_is_alive_and_nothing_else(
    at_work: Browser, worker: FakeWorker, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = at_work.get(f"{API}/healthz").json()
    assert health.keys() == {"panel", "worker", "last_word_age_s"}
    assert (health["panel"], health["worker"]) == ("alive", "alive")
    fall_silent(worker, panel, monkeypatch)
    assert at_work.get(f"{API}/healthz").json()["worker"] == "silent"
    status = at_work.get(f"{API}/status").json()
    assert (status["worker_silent"], status["level"]) == (True, "unknown")
    assert status["summary"].startswith("Unknown: the routing service has not reported for ")
    assert status["status"]["gateways"][0]["state"] == "up"


def test_the_api_describes_itself(program: Browser) -> None:
    described = program.get(f"{API}/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert f"{API}/gateways/{{number}}" in described["paths"]
    assert not any(path.startswith("/isps") for path in described["paths"])
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert {"PlanBody", "GatewayBody", "PlanDocument"} <= named <= described["components"]["schemas"].keys()


def test_a_check_that_would_take_a_working_isp_down_needs_force(
    program: Browser, two_isps: Configuration, worker: FakeWorker
) -> None:
    failed = TrialTarget(host="10.9.9.9", ok=False, text="no reply within 1.4 s")
    worker.trial = TRIAL.dump_json(Trial(layers=(CABLE,), targets=(failed,))).decode()
    body = {**program.get(f"{API}/failover").json(), "checks": [{"kind": "icmp", "targets": ["10.9.9.9"]}]}
    refused = program.client.put(f"{API}/failover", json=body)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ["settings.failover.checks.0"] * 2
    assert all(one["forcible"] for one in refused.json()["errors"])
    planned = program.client.post(f"{API}/plan", json={"failover": body}).json()
    assert any("Orange would go down" in one for one in planned["warnings"])
    assert program.client.put(f"{API}/failover?force=true", json=body).status_code == 200
    assert two_isps.head().config.settings.failover.checks[0].hosts == ("10.9.9.9",)
