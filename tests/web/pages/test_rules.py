"""The page of traffic rules, its form, and the question which way a connection would go."""

from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address

import pytest

from app.model.choices import IfDown, Protocol
from app.model.client_flows import ClientFlows, IspFlows, ServerFlows
from app.model.status import RuleStatus
from app.model.way import Way
from app.service.configuration import Configuration
from app.service.edits.rules import add_rule, delete_rule
from app.service.fields import Fields
from app.service.revisions import revisions
from app.web.panel import Panel
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FACTS, FakeWorker
from tests.web.person import HTMX, Browser, error_beside, form_in, text_of
from tests.web.waiting import until

BANK: Fields = {
    "name": "Bank", "destination": "198.51.100.0/24", "protocol": "tcp", "ports": "443", "gateway": 1,
    "if_down": "refuse",
}  # fmt: skip


@pytest.fixture
def ruled(two_isps: Configuration) -> Configuration:
    """The router with three rules: Bank, Voice, Rest."""
    rules: tuple[Fields, ...] = (BANK, {"name": "Voice", "dscp": "EF", "gateway": 2}, {"name": "Rest"})
    for fields in rules:
        two_isps.change(partial(add_rule, fields=fields), facts=FACTS, author=AUTHOR, note="a rule")
    return two_isps


def names(configuration: Configuration) -> list[str]:
    return [one.name for one in configuration.head().config.rules]


def test_without_rules_the_page_explains_what_they_are_for(at_work: Browser) -> None:
    shown = text_of(at_work.get("/rules").text)
    assert "No rules yet" in shown
    assert "TCP 443 to 198.51.100.0/24 from anyone → Orange, refuse if it is down" in shown


def test_rules_read_like_sentences(ruled: Configuration, browser: Browser) -> None:
    shown = text_of(browser.get("/rules").text)
    assert "Rule 1 Bank TCP 443 to 198.51.100.0/24 from anyone → Orange, refuse if it is down" in shown
    assert "Rule 2 Voice Everything marked EF to anywhere from anyone → DIGI, another if it is down" in shown
    assert "Rule 3 Rest Everything to anywhere from anyone → balanced" in shown
    assert until(lambda: "30 matches" in text_of(browser.get("/rules").text))


def test_an_added_rule_is_called_by_the_name_that_it_got(at_work: Browser, panel: Panel) -> None:
    for typed, note in (("", "Rule 1 added"), ("Backups", "rule Backups added")):
        at_work.fill_in("/rules/new", name=typed, target="gateway:2", protocol="udp", ports="53")
        assert revisions(panel.home)[0].note == note


def test_every_field_of_a_rule_is_saved_and_comes_back(at_work: Browser, two_isps: Configuration) -> None:
    typed = {
        "name": "Backups", "protocol": "udp", "destination": "203.0.113.0/24", "ports": "53, 8000-8100",
        "source": "62.231.110.70", "target": "gateway:2", "if_down": "refuse", "source_ports": "1024-65535",
        "dscp": "AF41", "interface": "eth0", "mac": "00:16:3E:12:34:56",
    }  # fmt: skip
    answer = at_work.fill_in("/rules/new", **typed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules?saved=2")
    (rule,) = two_isps.head().config.rules
    assert (rule.protocol, str(rule.destination), str(rule.source)) == (
        Protocol.UDP,
        "203.0.113.0/24",
        "62.231.110.70/32",
    )
    assert (rule.gateway, rule.if_down, rule.dscp, rule.interface) == (2, IfDown.REFUSE, 34, "eth0")
    assert [str(one) for one in (*rule.ports, *rule.source_ports)] == ["53", "8000-8100", "1024-65535"]
    values = at_work.form("/rules/1").values
    assert {name: values[name] for name in typed} == {**typed, "mac": "00:16:3e:12:34:56"}
    unchanged = at_work.fill_in("/rules/1")
    assert unchanged.headers["location"] == "/rules"
    assert two_isps.head().number == 2
    at_work.fill_in("/rules/1", target="tier:1", destination="", name="")
    (rule,) = two_isps.head().config.rules
    assert (rule.name, rule.destination, rule.gateway, rule.tier) == ("Backups", None, None, 1)
    at_work.fill_in("/rules/1", target="balanced")
    assert two_isps.head().config.rules[0].balances


def test_all_that_is_wrong_is_said_at_once(ruled: Configuration, browser: Browser) -> None:
    for path in ("/rules/new", "/rules/1"):
        answer = browser.fill_in(path, target="", ports="http", place="0")
        assert answer.status_code == 422
        for field, words in (("target", "choose an ISP"), ("ports", "neither a port"), ("place", "whole number")):
            assert words in error_beside(answer.text, field), (path, field)
    answer = browser.fill_in("/settings", "/settings/password", current="x", password="short", again="other")
    for field in ("password", "again"):
        assert error_beside(answer.text, field)


def test_what_is_wrong_is_said_beside_its_field(ruled: Configuration, browser: Browser) -> None:
    for field, typed, words in (
        ("destination", "198.51.100.7/24", "write 198.51.100.0/24"),
        ("ports", "http", "neither a port nor a range"),
        ("ports", "80,80", "overlap"),
        ("protocol", "icmp", ""),
        ("dscp", "FAST", "whole number"),
        ("mac", "01:00:5e:00:00:01", "not a unicast hardware address"),
        ("interface", "eth1", "rules apply to traffic from the LAN"),
        ("target", "", "choose an ISP, a tier or balancing"),
        ("target", "gateway:9", "there is no ISP 9"),
        ("target", "tier:2", "no ISP is in tier 2"),
        ("name", "voice", "rule 2 already has this name"),
        ("place", "0", "a whole number from 1"),
        ("if_down", "wait", "must be"),
    ):
        answer = browser.fill_in("/rules/1", **{field: typed})
        assert answer.status_code == 422, field
        beside = "ports" if field == "protocol" else field
        assert (words or "ports need a protocol: tcp or udp") in error_beside(answer.text, beside), (field, typed)
        assert form_in(answer.text, "/rules/1").values.get(field) == typed or field in {"protocol", "if_down", "target"}
    assert ruled.head().number == 4


def test_a_rule_is_shown_before_it_is_saved(ruled: Configuration, browser: Browser) -> None:
    for path in ("/rules/new", "/rules/1"):
        answer = browser.fill_in(path, name="New one", target="gateway:2", place="1", preview="1")
        assert answer.status_code == 200
        shown = text_of(answer.text.partition('class="plan"')[2])
        assert "not saved" in shown
        assert "send via: " in shown
    assert ruled.head().number == 4


def test_a_rule_moves_by_buttons_alone(ruled: Configuration, browser: Browser) -> None:
    assert '<button id="up-3" name="to" value="2"' in browser.get("/rules").text
    answer = browser.post("/rules/3/deed", {"to": "2"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules?saved=5#rule-3")
    assert names(ruled) == ["Bank", "Rest", "Voice"]
    assert browser.post("/rules/1/deed", {"to": "1"}).headers["location"] == "/rules#rule-1"
    browser.post("/rules/1/deed", {"to": "2"})
    assert names(ruled) == ["Rest", "Bank", "Voice"]
    browser.fill_in("/rules/2", place="1")
    assert names(ruled) == ["Voice", "Rest", "Bank"]


def test_a_script_gets_the_list_and_a_word_for_screen_readers(ruled: Configuration, browser: Browser) -> None:
    answer = browser.post("/rules/3/deed", {"to": "2"}, HTMX)
    assert (answer.status_code, answer.headers["Multihome-Saved"]) == (200, "5")
    assert 'hx-target="#rules"' in answer.text
    assert "Rest is now rule 2 of 3." in text_of(answer.text)
    assert "Bank is the first rule already." in text_of(browser.post("/rules/1/deed", {"to": "1"}, HTMX).text)
    assert "Voice is the last rule already." in text_of(browser.post("/rules/2/deed", {"to": "4"}, HTMX).text)
    assert "Rest is disabled." in text_of(browser.post("/rules/3/deed", {"deed": "disable"}, HTMX).text)
    assert "Rest is enabled." in text_of(browser.post("/rules/3/deed", {"deed": "enable"}, HTMX).text)
    dropped = browser.post("/rules/order", {"numbers": "2,1,3", "moved": "2"}, HTMX)
    assert "Voice is now rule 1 of 3." in text_of(dropped.text)
    assert names(ruled) == ["Voice", "Bank", "Rest"]
    stale = browser.post("/rules/order", {"numbers": "2,1", "moved": "2"}, HTMX)
    assert "must name every rule once" in text_of(stale.text)
    assert browser.post("/rules/order", {"numbers": "x,1"}).status_code == 422
    assert browser.post("/rules/3/deed", {"deed": "explode"}).status_code == 400
    assert browser.post("/rules/9/deed", {"to": "1"}).status_code == 404
    assert names(ruled) == ["Voice", "Bank", "Rest"]


def test_a_rule_is_removed_after_it_was_said_what_that_means(ruled: Configuration, browser: Browser) -> None:
    asked = text_of(browser.get("/rules/1/remove").text)
    assert "Remove Bank?" in asked
    assert "Running connections stay on their ISP" in asked
    assert browser.post("/rules/1/remove").headers["location"] == "/rules?saved=5"
    assert names(ruled) == ["Voice", "Rest"]
    for path in ("/rules/1", "/rules/1/remove"):
        assert browser.get(path).status_code == 404


def test_a_page_that_asked_about_another_rule_does_nothing_to_the_one_that_has_its_number_now(
    ruled: Configuration, browser: Browser
) -> None:
    asked = form_in(browser.get("/rules/3/remove").text, "/rules/3/remove")
    browser.fill_in("/rules/3/remove")
    browser.fill_in("/rules/new", name="Mail", target="gateway:1")
    assert names(ruled) == ["Bank", "Voice", "Mail"]
    answer = browser.post(asked.action, asked.values)
    assert answer.status_code == 409
    assert "Remove Mail? Not done: the configuration changed in the meantime." in text_of(answer.text)
    assert names(ruled) == ["Bank", "Voice", "Mail"]


def test_two_people_editing_a_rule_lose_nothing(ruled: Configuration, browser: Browser) -> None:
    mine = {**browser.form("/rules/1").values, "ports": "443, 8443"}
    browser.fill_in("/rules/1", destination="198.51.100.128/25")
    answer = browser.post("/rules/1", mine)
    assert answer.status_code == 409
    assert "in the meantime" in text_of(answer.text)
    values = form_in(answer.text, "/rules/1").values
    assert (values["destination"], values["ports"]) == ("198.51.100.128/25", "443, 8443")
    browser.post("/rules/1", values)
    rule = ruled.head().config.rules[0]
    assert (str(rule.destination), len(rule.ports)) == ("198.51.100.128/25", 2)
    ruled.change(lambda config: delete_rule(config, 1), facts=FACTS, author=AUTHOR, note="gone")
    gone = browser.post("/rules/1", values)
    assert gone.status_code == 409
    assert "This rule was removed in the meantime" in text_of(gone.text)
    assert browser.post("/rules/new", form_in(gone.text, "/rules/new").values).status_code == 303
    assert names(ruled) == ["Voice", "Rest", "Bank"]


def test_who_asks_is_shown_by_an_address_of_this_lan(ruled: Configuration, browser: Browser) -> None:
    assert 'placeholder="62.231.110.84"' in browser.get("/rules").text


def test_which_way_is_answered_in_sentences(ruled: Configuration, browser: Browser, worker: FakeWorker) -> None:
    worker.way = Way(rule=1, gateway=1, source=IPv4Address("192.168.1.1"), reason="orange is up")
    asked = "/rules/way?source=62.231.110.70&destination=198.51.100.7&protocol=tcp&destination_port=443&dscp=EF"
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.get(asked, **headers)
        assert answer.status_code == 200
        shown = text_of(answer.text)
        assert "It leaves by Orange and its public source is 192.168.1.1." in shown
        assert "Decided by Bank, place 1 in the list. Orange is up." in shown
        assert 'value="198.51.100.7"' in answer.text
    (packet, _) = worker.packets
    assert (str(packet.source), packet.destination_port, packet.dscp, packet.mac) == ("62.231.110.70", 443, 46, None)
    worker.way = Way(rule=1, refused=True, reason="Orange is down.")
    assert "It is refused." in text_of(browser.get(asked).text)
    wrong = browser.get("/rules/way?source=nowhere&destination=10.0.0.3&protocol=icmp&destination_port=7")
    assert wrong.status_code == 422
    assert error_beside(wrong.text, "source") == "nowhere is not known"
    assert ruled.head().number == 4
    worker.stop()
    assert "Route lookup failed" in text_of(browser.get(asked).text)


def test_what_never_decides_is_flagged_at_the_rule_and_in_its_form(ruled: Configuration, browser: Browser) -> None:
    answer = browser.fill_in("/rules/new", name="Late", destination="10.0.0.3", target="gateway:2", preview="1")
    assert "Late never matches: rule 3 (Rest) matches the same traffic first" in text_of(answer.text)
    assert browser.fill_in("/rules/new", name="Late", destination="10.0.0.3", target="gateway:2").status_code == 303
    shown = browser.get("/rules").text
    assert "never reached" not in text_of(shown.partition('id="rule-3"')[2].partition('id="rule-4"')[0])
    assert "Late never matches: rule 3 (Rest) matches the same traffic first" in text_of(
        shown.partition('id="rule-4"')[2]
    )
    browser.post("/rules/4/deed", {"to": "3"})
    assert "never reached" not in text_of(browser.get("/rules").text)
    inside = browser.fill_in("/rules/4", destination="62.231.110.70", preview="1")
    assert "is on the LAN: rules apply to traffic that leaves" in text_of(inside.text)
    assert 'aria-describedby="field-destination-hint field-destination-note"' in inside.text


def test_hits_come_by_themselves(ruled: Configuration, browser: Browser, worker: FakeWorker) -> None:
    assert until(lambda: '<span id="hits-1"> · 10 matches</span>' in browser.get("/live/now?view=rules").text)
    counted = (RuleStatus(number=1, hits=12345), RuleStatus(number=2), RuleStatus(number=99, hits=1))
    worker.say(replace(worker.status, rules=counted))
    assert until(lambda: "12\N{NARROW NO-BREAK SPACE}345 matches" in browser.get("/live/now?view=rules").text)
    now = browser.get("/live/now?view=rules").text
    assert '<span id="hits-2"> · no matches yet</span>' in now
    assert "hits-99" not in now
    assert 'id="rule-1"' in now


def test_a_name_is_looked_up_before_the_route(two_isps: Configuration, browser: Browser, worker: FakeWorker) -> None:
    worker.names = {"laptop": ["62.231.110.80"], "www.test": ["198.51.100.7", "198.51.100.8"]}
    shown = browser.get("/rules/way?source=laptop&destination=www.test&protocol=tcp&destination_port=443")
    assert "laptop is 62.231.110.80. www.test is 198.51.100.7 (and 1 other address)." in text_of(shown.text)
    (packet,) = worker.packets
    assert (str(packet.source), str(packet.destination)) == ("62.231.110.80", "198.51.100.7")
    unknown = browser.get("/rules/way?source=nobody&destination=www.test&protocol=tcp")
    assert unknown.status_code == 422
    assert "nobody is not known" in text_of(unknown.text)


def test_the_connections_of_a_client_are_shown_by_isp(
    two_isps: Configuration, browser: Browser, worker: FakeWorker
) -> None:
    server = ServerFlows(protocol="tcp", server=IPv4Address("198.51.100.7"), port=443, flows=3)
    worker.client_flows = ClientFlows(
        addresses=(IPv4Address("62.231.110.80"),),
        isps=(IspFlows(gateway=1, flows=5, servers=(server,)), IspFlows(gateway=None, flows=1, servers=())),
    )
    words = text_of(browser.get("/rules/client?client=laptop").text)
    assert "5 connections through Orange" in words
    assert "3 × tcp 198.51.100.7 port 443 2 more" in words
    assert "1 connection through no ISP" in words
    part = browser.get("/rules/client?client=laptop", **HTMX)
    assert part.text.strip().startswith('<section class="panel" id="client"')
    worker.client_flows = ClientFlows(addresses=(), isps=())
    assert "laptop has no connections." in text_of(browser.get("/rules/client?client=laptop").text)
    assert browser.get("/rules/client?client=").status_code == 422
