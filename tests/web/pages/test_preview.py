"""What a change would do is shown before it is made, and nothing is made then."""

import re
from dataclasses import replace

import pytest

from app.service.configuration import Configuration
from app.web.panel import Panel
from tests.web.fake_worker import FACTS, FakeWorker, link
from tests.web.person import HTMX, Browser, error_beside, form_in, text_of
from tests.web.waiting import until


def test_a_weight_shows_what_it_would_do_and_saves_nothing(at_work: Browser, two_isps: Configuration) -> None:
    answer = at_work.fill_in("/isps/1", weight="1", preview="1")
    assert answer.status_code == 200
    shown = text_of(answer.text)
    assert "Preview (not saved)" in shown
    assert "New connections: 50 % Orange, 50 % DIGI." in shown
    assert "Running connections stay on their ISP." in shown
    assert "weight: 3 → 1" in shown
    assert "nexthop" in shown
    assert two_isps.head().number == 1
    assert 'value="1"' in answer.text


def test_a_preview_of_what_cannot_be_says_what_is_wrong(at_work: Browser) -> None:
    answer = at_work.fill_in("/isps/1", weight="0", preview="1")
    assert answer.status_code == 422
    assert "at least 1" in error_beside(answer.text, "weight")
    assert "Preview: nothing" not in text_of(answer.text)


@pytest.mark.parametrize(
    ("path", "typed", "words"),
    [
        ("/isps/new", {"name": "Vodafone", "ipv4.address": "172.17.0.3", "interface": "eth2"}, "Vodafone"),
        ("/failover/balancing", {"balancing": "connection"}, "fib_multipath_hash_policy"),
        ("/interfaces/eth0", {"managed": "on", "addresses": "10.7.0.1/24"}, "62.231.110.65/26"),
    ],
)
def test_every_form_has_it(
    at_work: Browser, two_isps: Configuration, path: str, typed: dict[str, str], words: str
) -> None:
    page = "/failover" if path.startswith("/failover") else path
    values = {**at_work.form(page, path).values, **typed, "preview": "1"}
    for headers in (HTMX, {"Sec-Fetch-Site": "same-origin"}):
        answer = at_work.post(path, values, headers)
        assert answer.status_code == 200, text_of(answer.text)
        assert words in text_of(answer.text.partition('class="plan"')[2])
    assert two_isps.head().number == 1


def test_a_change_of_the_address_in_use_is_warned_of(at_work: Browser, panel: Panel) -> None:
    at_work.client.base_url = at_work.client.base_url.copy_with(host="62.231.110.65")
    at_work.client.cookies.set(panel.cookie, at_work.client.cookies[panel.cookie], domain="62.231.110.65")
    answer = at_work.fill_in("/interfaces/eth0", managed="on", addresses="62.231.110.70/26", preview="1")
    shown = text_of(answer.text)
    assert (
        "Warning: you are connected to 62.231.110.65, which this removes from eth0; remaining addresses: 62.231.110.70"
        in shown
    )


def test_two_people_editing_lose_nothing(at_work: Browser, two_isps: Configuration) -> None:
    mine = {**at_work.form("/isps/1").values, "name": "Orange fibre", "weight": "8"}
    at_work.fill_in("/isps/1", weight="5", timing__fall="9")
    answer = at_work.post("/isps/1", mine)
    assert answer.status_code == 409
    shown = text_of(answer.text)
    assert "admin saved revision 2 in the meantime." in shown
    assert "Orange: weight: 3 → 5" in shown
    assert "Weight: admin saved 5 , this form has yours" in shown
    assert "name: Orange → Orange fibre" in shown
    assert two_isps.head().number == 2
    form = re.search(r'name="timing.fall" [^>]*value="(\d+)"', answer.text)
    assert form is not None
    assert form[1] == "9"
    revision = re.search(r'name="revision" value="(\d+)"', answer.text)
    assert revision is not None
    again = at_work.post("/isps/1", {**mine, "timing.fall": "9", "revision": revision[1]})
    assert again.status_code == 303
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert (gateway.name, gateway.weight, gateway.timing.fall) == ("Orange fibre", 8, 9)


def test_checks_of_two_people_are_not_mixed(at_work: Browser, two_isps: Configuration) -> None:
    form = at_work.form("/failover", "/failover/checks").values
    at_work.fill_in("/failover", "/failover/checks", checks__0__targets="10.0.0.4")
    only_theirs = at_work.post("/failover/checks", {**form, "timing.fall": "7"})
    assert only_theirs.status_code == 409
    assert 'value="10.0.0.4"' in only_theirs.text
    both = at_work.post("/failover/checks", {**form, "checks.0.targets": "10.0.0.5"})
    assert "Checks: admin saved icmp 10.0.0.4 , this form has yours" in text_of(both.text)
    assert 'value="10.0.0.5"' in both.text
    assert two_isps.head().number == 2


def test_an_interface_too(at_work: Browser) -> None:
    mine = at_work.form("/interfaces/eth3").values
    at_work.fill_in("/interfaces/eth3", role="lan")
    answer = at_work.post("/interfaces/eth3", {**mine, "managed": "on", "addresses": "10.9.0.1/24"})
    assert answer.status_code == 409
    assert "role" in text_of(answer.text).partition("Changes by admin")[2], text_of(answer.text)


@pytest.mark.parametrize("applied", [False, True], ids=["not applied yet", "applied"])
def test_an_address_that_was_only_offered_is_no_change_of_mine(
    at_work: Browser, two_isps: Configuration, worker: FakeWorker, applied: bool
) -> None:
    mine = at_work.form("/interfaces/eth0").values
    assert mine["addresses"] == "62.231.110.65/26"
    at_work.fill_in("/interfaces/eth0", managed="on", addresses="62.231.110.70/26")
    if applied:
        own = link("eth0", 2, "62.231.110.70/26")
        worker.facts = replace(FACTS, links=tuple(own if one.name == "eth0" else one for one in FACTS.links))
        worker.take_over()
        assert until(lambda: "62.231.110.70/26" in at_work.get("/interfaces").text)
    answer = at_work.post("/interfaces/eth0", {**mine, "role": "unused"})
    assert answer.status_code == 409
    assert "You both changed" not in text_of(answer.text)
    again = form_in(answer.text, "/interfaces/eth0").values
    assert (again["role"], again["managed"], again["addresses"]) == ("unused", "on", "62.231.110.70/26")
    assert at_work.post("/interfaces/eth0", again).status_code == 303
    saved = two_isps.head().config.interface("eth0")
    assert saved is not None
    assert [str(one) for one in saved.addresses] == ["62.231.110.70/26"]


def test_a_doubtful_check_is_noted_and_saved_all_the_same(at_work: Browser) -> None:
    checks = {"checks_from": "own", "checks__0__kind": "icmp", "checks__0__targets": "192.168.1.2"}
    assert at_work.fill_in("/isps/1", **checks).status_code == 303
    shown = text_of(at_work.get("/isps/1").text)
    assert "this checks the modem, not the Internet" in shown
    assert 'aria-describedby="field-checks-0-targets-hint field-checks-0-targets-note"' in at_work.get("/isps/1").text
