"""Guard on its page, in the first setup and on Status; and nobody who turns it on is locked out unasked."""

from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

import pytest

from app.model.config import EMPTY
from app.model.facts import AddressFact, Facts, Link
from app.model.guard import Guard, GuardMode
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.service.contact import contact
from app.service.edits.settings import change_guard, change_panel
from app.store.people import User
from app.web.views.overview import undecided
from tests.plan import paper
from tests.web.fake_worker import FACTS, FakeWorker
from tests.web.person import Browser, error_beside, form_in, text_of

LINE = "Hosts on the ISPs' networks may reach the LAN and every service of this router."


def guard(configuration: Configuration) -> Guard:
    return configuration.head().config.settings.guard


def test_an_upgraded_router_asks_until_somebody_decides(at_work: Browser, two_isps: Configuration) -> None:
    page = at_work.get("/").text
    assert LINE in text_of(page)
    assert '<a href="/guard">Decide about Guard</a>' in page
    assert "Guard is not decided yet" in text_of(at_work.get("/guard").text)
    values = at_work.form("/guard").values
    assert (values["guard.mode"], "undecided" in values.values()) == ("on", False)
    at_work.fill_in("/guard", guard__mode="off")
    assert guard(two_isps).mode is GuardMode.OFF
    assert LINE not in text_of(at_work.get("/").text)
    assert at_work.form("/guard").values["guard.mode"] == "off"


def test_what_is_typed_is_saved_or_named(at_work: Browser, two_isps: Configuration) -> None:
    typed = {"guard__allowed": "22/tcp from 203.0.113.0/24, 51820/udp", "guard__trusted": "10.9.0.0/16"}
    assert at_work.fill_in("/guard", **typed).status_code == 303
    assert guard(two_isps) == Guard(mode="on", allowed=typed["guard__allowed"], trusted=typed["guard__trusted"])  # type: ignore[arg-type]
    assert at_work.form("/guard").values["guard.allowed"] == typed["guard__allowed"]
    wrong = at_work.fill_in("/guard", guard__allowed="22/tcp, ssh", guard__trusted="everybody")
    assert wrong.status_code == 422
    assert "ssh is not an entry like 22/tcp" in error_beside(wrong.text, "guard.allowed")
    assert "everybody is not an IPv4 or IPv6 network" in error_beside(wrong.text, "guard.trusted")
    plan = at_work.fill_in("/guard", preview="1", guard__mode="off", guard__allowed="")
    assert "nft delete chain inet multihome guard_input" in text_of(plan.text)
    assert guard(two_isps).is_on


def test_the_settings_page_says_whether_it_is_on(at_work: Browser, two_isps: Configuration) -> None:
    assert "Decide about Guard" in text_of(at_work.get("/settings").text)
    at_work.fill_in("/guard")
    assert "New connections from the Internet are dropped" in text_of(at_work.get("/settings").text)


def test_a_new_installation_has_it_on_unless_that_is_unwanted(
    admin: User, worker: FakeWorker, browser: Browser, home: StateDirectory
) -> None:
    chosen = {"role__eth0": "lan", "role__eth2": "wan", "address__eth2": "172.17.0.2"}
    assert browser.form("/welcome").values["guard.mode"] == "on"
    wrong = browser.fill_in("/welcome", **chosen, guard__allowed="ssh")
    assert "is not an entry like" in error_beside(wrong.text, "guard.allowed")
    browser.fill_in("/welcome", **chosen, guard__allowed="51820/udp")
    found = guard(Configuration(home))
    assert (found.mode, [str(one) for one in found.allowed]) == (GuardMode.ON, ["51820/udp"])


def test_who_says_no_in_the_first_setup_is_not_asked_again(
    admin: User, worker: FakeWorker, browser: Browser, home: StateDirectory
) -> None:
    browser.fill_in("/welcome", role__eth0="lan", role__eth2="wan", address__eth2="172.17.0.2", guard__mode="off")
    assert guard(Configuration(home)).mode is GuardMode.OFF
    assert LINE not in text_of(browser.get("/").text)


def test_where_somebody_may_be_locked_out_the_page_asks_first(
    at_work: Browser, two_isps: Configuration, worker: FakeWorker
) -> None:
    """The LAN has no interface of its own here: it may be behind an ISP's."""
    worker.say(replace(worker.status, facts=_without_lan(FACTS)))
    answer = at_work.fill_in("/guard")
    assert answer.status_code == 422
    assert "if a LAN is behind it, add its network to the trusted networks" in error_beside(answer.text, "guard.mode")
    assert not guard(two_isps).is_on
    again = form_in(answer.text, "/guard").values
    assert at_work.post("/guard", again).status_code == 303
    assert guard(two_isps).is_on


def _without_lan(facts: Facts) -> Facts:
    return replace(facts, links=tuple(one for one in facts.links if one.name != "eth0"))


@pytest.mark.parametrize("outside", [True, False])
def test_a_request_over_an_isp_is_told_what_is_left(outside: bool) -> None:
    before = change_panel(paper.config(), {"reachable_from_outside": outside})
    after = change_guard(before, {"mode": "on", "allowed": "22/tcp"})
    (_, eth1, _) = paper.FACTS.links
    own = eth1.addresses[0].address.ip
    found = contact(before, after, paper.FACTS, own)
    if outside:
        assert found.warning == (
            "you are connected over eth1, where Guard will accept new connections to the panel and 22/tcp"
        )
    assert not found.moves
    inside = paper.FACTS.links[0].addresses[0].address.ip
    assert contact(before, after, paper.FACTS, inside).warning == ""
    assert contact(after, after, paper.FACTS, own).warning == ""


def test_a_tunnel_to_the_router_itself_is_told_of_ssh() -> None:
    home = AddressFact(address=IPv4Interface("127.0.0.1/8"))
    facts = replace(paper.FACTS, links=(*paper.FACTS.links, _loopback(home)))

    def told(**fields: Any) -> str:
        after = change_guard(paper.config(), {"mode": "on", **fields})
        return contact(paper.config(), after, facts, home.address.ip).warning

    assert "allow its port first, like 22/tcp" in told()
    assert told(allowed="22/tcp") == ""
    assert told(mode="off") == ""


def _loopback(address: AddressFact) -> Link:
    return Link(name="lo", index=1, up=True, carrier=True, loopback=True, addresses=(address,))


def test_without_an_isp_there_is_nothing_to_decide() -> None:
    assert undecided(EMPTY) is None
    assert undecided(paper.config()) is not None
    for mode in ("on", "off"):
        assert undecided(change_guard(paper.config(), {"mode": mode})) is None
