import os
import time
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

import pytest
from fastapi import FastAPI

from app.model.config import EMPTY, Config
from app.model.facts import AddressFact, DefaultRoute, Facts, Link
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.service.edits.gateways import add_gateway
from app.service.possible import require_possible
from app.store.people import User
from app.web.forms.welcome import guesses, set_up, welcome_form
from app.web.panel import Panel
from app.web.protection.wan_exposure import is_outside
from tests.service.machine import BLANK
from tests.web.client import TestClient
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FACTS, FakeWorker
from tests.web.person import ADMIN, OWN_PAGE, PASSWORD, Browser, error_beside, form_in, text_of
from tests.web.waiting import until

NEW = {"name": ADMIN, "password": PASSWORD, "again": PASSWORD}


def test_the_first_run_from_the_token_to_the_first_isp(
    worker: FakeWorker, panel: Panel, stranger: Browser, home: StateDirectory
) -> None:
    token = panel.setup_token.issue()
    assert stranger.get("/").headers["location"] == "/login"
    assert stranger.get("/login").headers["location"] == "/setup"
    second = stranger.fill_in("/setup", "/setup/token", token=token)
    form = form_in(second.text, "/setup/administrator")
    third = stranger.post("/setup/administrator", {**form.values, **NEW})
    assert (third.status_code, third.headers["location"]) == (303, "/welcome")
    chosen = {"role__eth0": "lan", "name__eth1": "Orange", "role__eth2": "wan", "address__eth2": "172.17.0.2"}
    done = stranger.fill_in("/welcome", **chosen)
    assert (done.status_code, done.headers["location"]) == (303, "/welcome/checks?saved=1")
    config = Configuration(home).head().config
    assert [(one.name, one.interface, str(one.ipv4.address)) for one in config.gateways] == [
        ("Orange", "eth1", "None"),  # it follows what the interface is given
        ("ISP 2", "eth2", "172.17.0.2"),
    ]


def test_the_token_works_once(worker: FakeWorker, panel: Panel, visit: Callable[..., Browser]) -> None:
    token = panel.setup_token.issue()
    assert visit().post("/setup/administrator", {**NEW, "token": token}).status_code == 303
    second = visit()
    for method, path in (("GET", "/setup"), ("POST", "/setup/token"), ("POST", "/setup/administrator")):
        answer = second.client.request(method, path, data={**NEW, "token": token}, headers=OWN_PAGE)
        assert answer.status_code == 404
    assert not panel.setup_token.path.exists()


def test_a_token_older_than_half_an_hour_is_worth_nothing(panel: Panel, stranger: Browser) -> None:
    token = panel.setup_token.issue()
    old_s = time.time() - 31 * 60
    os.utime(panel.setup_token.path, (old_s, old_s))
    answer = stranger.fill_in("/setup", "/setup/token", token=token)
    assert answer.status_code == 422
    assert "expired token" in error_beside(answer.text, "token")


def test_only_the_newest_token_counts(panel: Panel) -> None:
    first, second = panel.setup_token.issue(), panel.setup_token.issue()
    assert not panel.setup_token.accepts(first)
    assert panel.setup_token.accepts(f" {second.upper()} \n")


@pytest.mark.parametrize("token", ["", "0" * 32, "\u0660" * 32, "x" * 10_000])
def test_a_wrong_token_is_refused(panel: Panel, stranger: Browser, token: str) -> None:
    panel.setup_token.issue()
    assert stranger.post("/setup/token", {"token": token}).status_code == 422
    assert stranger.post("/setup/administrator", {**NEW, "token": token}).status_code == 422
    assert not panel.users.exist()


def test_without_a_token_nobody_gets_in(panel: Panel, stranger: Browser) -> None:
    assert stranger.post("/setup/administrator", {**NEW, "token": ""}).status_code == 422


def test_only_owner_and_group_can_read_the_token(panel: Panel) -> None:
    panel.setup_token.issue()
    assert panel.setup_token.path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"password": "short", "again": "short"}, "password", "at least 12 characters"),
        ({"password": "password1234", "again": "password1234"}, "password", "list of common passwords"),
        ({"again": "something else here"}, "again", "does not match"),
        ({"name": "a\u202eb\nc"}, "name", "1 to 64 characters"),
    ],
)
def test_a_bad_choice_is_named_and_the_token_stays(
    panel: Panel, stranger: Browser, changes: dict[str, str], field: str, words: str
) -> None:
    token = panel.setup_token.issue()
    answer = stranger.post("/setup/administrator", {**NEW, "token": token, **changes})
    assert answer.status_code == 422
    assert words in error_beside(answer.text, field)
    assert panel.setup_token.accepts(token)


def test_set_up_does_not_exist_on_an_isps_side(two_isps: Configuration) -> None:
    config = two_isps.head().config
    assert is_outside("192.168.1.1", config, FACTS)
    assert is_outside("::ffff:172.17.0.1", config, FACTS)
    assert not is_outside("62.231.110.65", config, FACTS)
    assert not is_outside("127.0.0.1", config, FACTS)
    new = AddressFact(address=IPv4Interface("100.64.0.7/10"))
    links = tuple(replace(one, addresses=(new,)) if one.name == "eth1" else one for one in FACTS.links)
    moved = replace(FACTS, links=links)
    assert is_outside("100.64.0.7", config, moved)


@pytest.mark.parametrize(("address", "status"), [("62.231.110.65", 200), ("192.168.1.1", 404), ("172.17.0.1", 404)])
def test_set_up_answers_where_the_lan_is_and_nowhere_else(
    worker: FakeWorker, app: FastAPI, panel: Panel, address: str, status: int
) -> None:
    def edit(config: Config) -> Config:
        for number, next_hop in enumerate(("192.168.1.2", "172.17.0.2"), start=1):
            config = add_gateway(config, FACTS, {"name": f"ISP {number}", "address": next_hop})
        return config

    panel.configuration.change(edit, facts=FACTS, author=AUTHOR, note="typed on the console")
    worker.take_over()
    token = panel.setup_token.issue()
    with TestClient(app, base_url=f"https://{address}", follow_redirects=False) as client:
        until(lambda: panel.link.status is not None)
        assert client.get("/setup").status_code == status
        assert client.post("/setup/token", data={"token": token}, headers=OWN_PAGE).status_code == status


def test_without_an_isp_the_last_step_says_so_and_keeps_what_was_typed(
    admin: User, worker: FakeWorker, browser: Browser
) -> None:
    answer = browser.fill_in("/welcome", role__eth1="lan", name__eth2="Half typed")
    assert answer.status_code == 422
    assert "Choose at least one interface for an ISP." in text_of(answer.text)
    assert form_in(answer.text, "/welcome").values["name.eth2"] == "Half typed"


def test_a_bad_gateway_address_is_named_beside_its_interface(admin: User, worker: FakeWorker, browser: Browser) -> None:
    outside = browser.fill_in("/welcome", role__eth2="wan", address__eth2="10.9.9.9")
    assert "outside every subnet" in error_beside(outside.text, "address.eth2")
    nonsense = browser.fill_in("/welcome", role__eth2="wan", address__eth2="here")
    assert "not an IPv4 address" in error_beside(nonsense.text, "address.eth2")


def test_a_static_line_is_set_up_in_one_go_on_a_machine_without_addresses() -> None:
    fields = welcome_form(guesses(EMPTY, BLANK), EMPTY, BLANK, 0).form.fields
    assert {"own.eth0", "own.eth1", "address.eth1"} <= fields.keys()
    texts = {"role.eth0": "lan", "own.eth0": "62.231.110.65/26", "role.eth1": "wan"}
    texts |= {"own.eth1": "192.168.1.1/24", "address.eth1": "192.168.1.2"}
    made = set_up(EMPTY, BLANK, texts)
    require_possible(made, EMPTY, BLANK)
    assert [(one.name, one.role, *map(str, one.addresses)) for one in made.interfaces] == [
        ("eth0", "lan", "62.231.110.65/26"),
        ("eth1", "wan", "192.168.1.1/24"),
    ]
    assert [(one.interface, str(one.ipv4.address)) for one in made.gateways] == [("eth1", "192.168.1.2")]


def test_an_address_is_asked_for_where_there_is_none_and_a_bad_one_is_named_there(
    admin: User, worker: FakeWorker, browser: Browser
) -> None:
    assert "own.eth1" not in form_in(browser.get("/welcome").text, "/welcome").values
    bad = browser.fill_in("/welcome", role__eth3="wan", own__eth3="10.7.0.1")
    assert "lacks its prefix length" in error_beside(bad.text, "own.eth3")
    alone = browser.fill_in("/welcome", role__eth3="wan", own__eth3="10.7.0.1/24")
    assert "enter the ISP's" in error_beside(alone.text, "address.eth3")
    whole = browser.fill_in("/welcome", role__eth3="wan", own__eth3="10.7.0.1/24", address__eth3="10.7.0.2")
    assert whole.status_code == 303


def test_what_an_interface_was_given_is_offered_and_not_asked_for() -> None:
    leased = Link(
        name="eth1",
        index=3,
        up=True,
        carrier=True,
        addresses=(AddressFact(address=IPv4Interface("192.168.1.100/24")),),
    )
    given = Facts(links=(leased,), defaults=(DefaultRoute(interface="eth1", next_hop=IPv4Address("192.168.1.1")),))
    texts = guesses(EMPTY, given)
    assert (texts["role.eth1"], texts["address.eth1"]) == ("wan", "")
    hints = {field.name: field.hint for field in welcome_form(texts, EMPTY, given, 0).form.fields.values()}
    assert "DHCP · 192.168.1.100 · next hop 192.168.1.1" in hints["address.eth1"]
    made = set_up(EMPTY, given, texts)
    assert [(one.interface, one.ipv4.address) for one in made.gateways] == [("eth1", None)]
