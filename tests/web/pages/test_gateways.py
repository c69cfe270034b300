from datetime import UTC, datetime
from functools import partial
from unittest.mock import Mock

import pytest

from app.model.check import HttpCheck, IcmpCheck, UdpCheck
from app.model.choices import OnReturn, Snat
from app.model.events.kinds import VerdictChanged
from app.model.status import TargetStatus
from app.model.verdict import State
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.service.edits.rules import add_rule
from app.service.revisions import revisions
from app.store import reader
from app.store.state import StateWriter
from app.web.pages import gateway_form
from app.web.panel import Panel
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FACTS, FakeWorker
from tests.web.person import HTMX, OWN_PAGE, Browser, error_beside, form_in, text_of
from tests.web.waiting import until


def test_a_third_isp_is_added_with_its_address_alone(at_work: Browser, two_isps: Configuration) -> None:
    answer = at_work.fill_in("/isps/new", name="Vodafone", ipv4__address="192.168.1.3")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/isps?saved=2"
    added = two_isps.head().config.gateway(3)
    assert added is not None
    assert (added.name, added.interface, added.weight) == ("Vodafone", "eth1", 1)


def test_the_form_of_an_isp_saves_what_it_shows(at_work: Browser, two_isps: Configuration) -> None:
    before = two_isps.head()
    answer = at_work.fill_in("/isps/1")
    assert answer.headers["location"] == "/isps"
    assert two_isps.head() == before


def test_every_field_of_the_form_is_saved(at_work: Browser, two_isps: Configuration) -> None:
    at_work.fill_in(
        "/isps/1", name="Orange fibre", weight="7", ipv4__snat="masquerade", ipv4__source="192.168.1.1",
        timing__fall="5",
        timing__interval_s="0.5", checks_from="own", checks__0__kind="udp", checks__0__targets="10.0.0.3, 10.0.0.4",
        checks__0__port="53", checks__0__quorum="2", checks__0__query_name="example.org", checks__0__query_type="NS",
    )  # fmt: skip
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert (gateway.name, gateway.weight, gateway.ipv4.snat) == ("Orange fibre", 7, Snat.MASQUERADE)
    assert (gateway.timing.fall, gateway.timing.interval_s, gateway.timing.rise) == (5, 0.5, None)
    assert gateway.checks == (
        UdpCheck(targets=("10.0.0.3", "10.0.0.4"), port=53, quorum=2, query_name="example.org", query_type="NS"),
    )


def test_an_http_check_comes_back_from_the_form_as_it_was(at_work: Browser, two_isps: Configuration) -> None:
    at_work.fill_in(
        "/isps/2", checks_from="own", checks__0__kind="http", checks__0__url="http://10.0.0.3/generate_204",
        checks__0__status="204", checks__0__contains="ok", checks__0__address="10.0.0.3", checks__0__method="HEAD",
        checks__0__follow_redirects="on",
    )  # fmt: skip
    saved = two_isps.head().config.gateway(2)
    at_work.fill_in("/isps/2", weight="2")
    again = two_isps.head().config.gateway(2)
    assert saved is not None
    assert again is not None
    assert isinstance(saved.checks, tuple)
    assert isinstance(saved.checks[0], HttpCheck)
    assert saved.checks[0].status == 204
    assert again.checks == saved.checks
    assert again.weight == 2


@pytest.mark.parametrize(("typed", "note"), [("", "ISP 3 added"), ("Vodafone", "ISP Vodafone added")])
def test_an_added_isp_is_called_by_the_name_that_it_got(
    at_work: Browser, panel: Panel, worker: FakeWorker, typed: str, note: str
) -> None:
    answer = at_work.fill_in("/isps/new", name=typed, ipv4__address="172.17.0.9", interface="eth2")
    assert answer.status_code == 303, answer.text
    assert revisions(panel.home)[0].note == note
    worker.take_over()
    at_work.post("/isps/3/disable", {"sure": "yes"})
    assert revisions(panel.home)[0].note == note.replace("added", "disabled")


def test_a_row_set_to_no_check_is_dropped(at_work: Browser, two_isps: Configuration) -> None:
    rows = {"checks_from": "own", "checks.0.kind": "", "checks.1.kind": "icmp", "checks.1.targets": "10.0.0.9",
            "checks.1.quorum": "1"}  # fmt: skip
    form = at_work.form("/isps/1")
    at_work.post("/isps/1", {**form.values, **rows})
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert gateway.checks == (IcmpCheck(targets=("10.0.0.9",)),)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("weight", "0", "at least 1"),
        ("weight", "257", "at most 256"),
        ("weight", "much", "a whole number"),
        ("weight", "9" * 5000, "whole number"),
        ("ipv4.address", "300.1.1.1", "not an IPv4 address"),
        ("ipv4.address", "10.9.9.9", "outside every subnet"),
        ("ipv4.address", "192.168.1.1", "own address"),
        ("name", "Ora\u2028nge", "line break"),
        ("name", "x" * 10_000, "1 to 64 characters"),
        ("name", "DIGI", "already has this name"),
        ("ipv4.source", "1.2.3.4", "does not have the address"),
        ("timing.fall", "0", "at least 1"),
        ("timing.interval_s", "nan", "number"),
        ("ipv4.snat", "sideways", "must be"),
    ],
)
def test_a_bad_value_is_named_beside_its_field_and_nothing_typed_is_lost(
    at_work: Browser, two_isps: Configuration, field: str, typed: str, words: str
) -> None:
    form = at_work.form("/isps/1")
    answer = at_work.post("/isps/1", {**form.values, "weight": "9", field: typed})
    assert answer.status_code == 422
    assert words in error_beside(answer.text, field)
    kept = form_in(answer.text, "/isps/1").values
    assert kept["weight"] == (typed if field == "weight" else "9")
    assert two_isps.head().number == 1


def test_a_bad_check_is_named_beside_its_row(at_work: Browser) -> None:
    answer = at_work.fill_in(
        "/isps/1",
        checks_from="own",
        checks__0__kind="icmp",
        checks__0__targets="10.0.0.3 nonsense!",
        checks__0__quorum="1",
    )
    assert answer.status_code == 422
    assert "host name" in error_beside(answer.text, "checks.0.targets")


def test_an_impossible_quorum_is_refused_on_save(at_work: Browser) -> None:
    answer = at_work.fill_in(
        "/isps/1", checks_from="own", checks__0__kind="icmp", checks__0__targets="10.0.0.3", checks__0__quorum="3"
    )
    assert answer.status_code == 422
    assert "quorum 3 of 1 targets" in text_of(answer.text)


def test_one_more_check_keeps_what_was_typed(at_work: Browser, two_isps: Configuration) -> None:
    answer = at_work.fill_in("/isps/1", name="Half typed", more="check")
    assert answer.status_code == 200
    assert form_in(answer.text, "/isps/1").values["name"] == "Half typed"
    assert "checks.1.kind" in form_in(answer.text, "/isps/1").values
    assert two_isps.head().number == 1


def test_two_people_cannot_overwrite_each_other(at_work: Browser, two_isps: Configuration) -> None:
    mine = at_work.form("/isps/1").values
    at_work.fill_in("/isps/1", weight="5")
    answer = at_work.post("/isps/1", {**mine, "weight": "8"})
    assert answer.status_code == 409
    assert "admin saved revision 2 in the meantime." in text_of(answer.text)
    assert form_in(answer.text, "/isps/1").values["weight"] == "8"
    again = at_work.post("/isps/1", form_in(answer.text, "/isps/1").values)
    assert again.status_code == 303
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert gateway.weight == 8


@pytest.mark.parametrize("headers", [OWN_PAGE, HTMX])
def test_an_isp_that_was_removed_while_it_was_edited_can_be_added_again(
    at_work: Browser, two_isps: Configuration, headers: dict[str, str]
) -> None:
    mine = {**at_work.form("/isps/2").values, "weight": "8", "name": "DIGI fibre"}
    at_work.post("/isps/2/remove")
    at_work.fill_in("/isps/1", weight="5")
    answer = at_work.post("/isps/2", mine, headers)
    assert answer.status_code == 409
    assert "admin removed DIGI in the meantime, with revision 2." in text_of(answer.text)
    again = form_in(answer.text, "/isps/new").values
    assert (again["name"], again["weight"], again["ipv4.address"]) == ("DIGI fibre", "8", "172.17.0.2")
    assert at_work.post("/isps/new", again).status_code == 303
    gateway = two_isps.head().config.gateway(2)
    assert gateway is not None
    assert (gateway.name, gateway.weight) == ("DIGI fibre", 8)
    assert at_work.post("/isps/9", mine, headers).status_code == 404


def test_disabling_one_of_two_acts_at_once(at_work: Browser, two_isps: Configuration, worker: FakeWorker) -> None:
    wakes = worker.wakes
    answer = at_work.post("/isps/2/disable")
    assert answer.status_code == 303
    gateway = two_isps.head().config.gateway(2)
    assert gateway is not None
    assert (gateway.enabled, gateway.cut) == (False, False)
    assert worker.wakes == wakes + 1
    until(lambda: "disabled" in text_of(at_work.get("/").text))


def test_disabling_the_last_one_asks_first_and_says_what_it_means(at_work: Browser, two_isps: Configuration) -> None:
    at_work.post("/isps/2/disable")
    answer = at_work.post("/isps/1/disable")
    assert answer.headers["location"] == "/isps/1/disable"
    page = at_work.get("/isps/1/disable")
    assert "No working ISP remains" in text_of(page.text)
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert gateway.enabled
    at_work.fill_in("/isps/1/disable", how="drain")
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert not gateway.enabled


def test_disconnecting_cuts(at_work: Browser, two_isps: Configuration) -> None:
    assert "All new connections will use DIGI." in text_of(at_work.get("/isps/1/disable").text)
    at_work.fill_in("/isps/1/disable", how="cut")
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert gateway.cut
    at_work.post("/isps/1/enable")
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert (gateway.enabled, gateway.cut) == (True, False)


def test_removing_asks_once(at_work: Browser, two_isps: Configuration) -> None:
    assert "All new connections will use Orange." in text_of(at_work.get("/isps/2/remove").text)
    answer = at_work.fill_in("/isps/2/remove")
    assert answer.headers["location"] == "/isps?saved=2"
    assert two_isps.head().config.gateway(2) is None
    assert "Saved as revision 2." in text_of(at_work.get("/isps?saved=2").text)


def test_htmx_gets_the_block_that_changed(at_work: Browser) -> None:
    values = at_work.form("/isps/1").values
    wrong = at_work.post("/isps/1", {**values, "weight": "0"}, HTMX)
    assert wrong.status_code == 422
    assert wrong.text.lstrip().startswith('<form class="panel" id="isp"')
    right = at_work.post("/isps/1", {**values, "weight": "2"}, HTMX)
    assert (right.status_code, right.headers["multihome-next"]) == (204, "/isps?saved=2")
    flip = at_work.post("/isps/2/disable", headers=HTMX)
    assert flip.text.lstrip().startswith('<div id="freshness">')


@pytest.mark.parametrize("path", ["/isps/77", "/isps/77/disable", "/isps/77/remove", "/isps/0", "/nowhere"])
def test_what_is_not_there_is_404(at_work: Browser, path: str) -> None:
    assert at_work.get(path).status_code == 404


def test_the_list_shows_weights_as_parts_of_the_whole(at_work: Browser) -> None:
    shown = text_of(at_work.get("/isps").text)
    assert "Weight 3 (75 % of new connections)" in shown
    assert "Weight 1 (25 % of new connections)" in shown


def test_a_backup_is_made_with_its_form(at_work: Browser, two_isps: Configuration) -> None:
    form = at_work.get("/isps/2").text
    assert "2 · only while no ISP in tier 1 works" in text_of(form)
    at_work.fill_in("/isps/2", tier="2", on_return="move-back", timing__standby_interval_s="300")
    gateway = two_isps.head().config.gateway(2)
    assert gateway is not None
    assert (gateway.tier, gateway.on_return, gateway.timing.standby_interval_s) == (2, OnReturn.MOVE_BACK, 300)
    assert until(lambda: "Orange is up; DIGI is on standby." in text_of(at_work.get("/").text))
    home = text_of(at_work.get("/").text)
    assert "DIGI standby eth2 · 172.17.0.2 · tier 2 takes over if Orange fails" in home
    listed = text_of(at_work.get("/isps").text)
    assert "Tier 2 · only while no ISP in tier 1 works" in listed
    assert "Weight 1 (100 % of new connections while its tier is up)" in listed
    wrong = at_work.fill_in("/isps/2", tier="10")
    assert "at most 9" in error_beside(wrong.text, "tier")


def test_an_isp_that_rules_need_is_not_removed(at_work: Browser, two_isps: Configuration) -> None:
    edit = partial(add_rule, fields={"name": "Bank", "gateway": 2})
    two_isps.change(edit, facts=FACTS, author=AUTHOR, note="a rule")
    for answer in (at_work.get("/isps/2/remove"), at_work.post("/isps/2/remove")):
        assert "A traffic rule uses this ISP." in text_of(answer.text)
        assert 'href="/rules/1"' in answer.text
        assert '<button class="danger">' not in answer.text
    assert answer.status_code == 422
    assert len(two_isps.head().config.gateways) == 2


@pytest.mark.parametrize(("deed", "values"), [
    ("remove", {}), ("disable", {"how": "drain"}), ("disable", {"how": "cut"}),
])  # fmt: skip
def test_a_page_that_asked_about_another_isp_does_nothing_to_the_one_that_has_its_number_now(
    at_work: Browser, two_isps: Configuration, deed: str, values: dict[str, str]
) -> None:
    asked = form_in(at_work.get(f"/isps/2/{deed}").text, f"/isps/2/{deed}")
    at_work.fill_in("/isps/2/remove")
    at_work.fill_in("/isps/new", name="Vodafone", ipv4__address="172.17.0.2")
    answer = at_work.post(asked.action, {**asked.values, **values})
    assert answer.status_code == 409
    assert f"{deed.capitalize()} Vodafone? Not done: the configuration changed in the meantime." in text_of(answer.text)
    gateway = two_isps.head().config.gateway(2)
    assert gateway is not None
    assert (gateway.name, gateway.enabled) == ("Vodafone", True)
    again = form_in(answer.text, f"/isps/2/{deed}")
    assert at_work.post(again.action, {**again.values, **values}).status_code == 303


@pytest.mark.parametrize(("number", "edited", "most"), [("1", "change_gateway", 2), ("new", "add_gateway", 1)])
def test_a_save_runs_its_edit_once_and_reads_the_newest_revision_no_more_than_it_must(
    at_work: Browser, monkeypatch: pytest.MonkeyPatch, number: str, edited: str, most: int
) -> None:
    """Once in the transaction that writes; before it, to see that the ISP of a form is still there."""
    form = at_work.form(f"/isps/{number}")
    reads, edits = Mock(wraps=reader.newest_in), Mock(wraps=getattr(gateway_form, edited))
    monkeypatch.setattr("app.service.configuration.newest_in", reads)
    monkeypatch.setattr(gateway_form, edited, edits)
    answer = at_work.post(form.action, {**form.values, "name": "Another", "ipv4.address": "192.168.1.3"})
    assert answer.headers["location"] == "/isps?saved=2"
    assert (reads.call_count, edits.call_count) == (most, 1)


def test_an_isp_has_a_page_of_its_own(at_work: Browser, worker: FakeWorker, home: StateDirectory) -> None:
    writer = StateWriter(home.state_db)
    writer.add_events(
        VerdictChanged(name, number, State.DOWN, "no reply").logged(datetime.now(UTC))
        for number, name in ((1, "Orange"), (2, "DIGI"))
    )
    writer.close()
    worker.targets = (
        TargetStatus(check="icmp 10.0.0.3 and 1 more", host="10.0.0.3", ok=True, probes=60, rtt_ms=9.1, loss_percent=0),
        TargetStatus(check="icmp 10.0.0.3 and 1 more", host="<nowhere>", ok=False, note="host unreachable", probes=60),
    )
    for path in ("/", "/isps"):
        assert 'href="/isps/1/status"' in at_work.get(path).text
    page = at_work.get("/isps/1/status").text
    shown = text_of(page)
    assert "10.0.0.3 replies icmp 10.0.0.3 and 1 more Round trip 9.1 ms Loss 0 %" in shown
    assert "<nowhere> no reply icmp 10.0.0.3 and 1 more host unreachable" in shown
    assert "Weight 3" in shown
    assert "Hold-down time 10 s, as for all ISPs" in shown
    assert "Orange is down: no reply" in shown
    assert "DIGI is down" not in shown
    part = at_work.get("/isps/1/status", **HTMX).text
    assert part.strip().startswith('<section id="targets"')
    assert "Only link and address of this ISP are checked" in at_work.get("/isps/2/status").text
    assert at_work.get("/isps/9/status").status_code == 404
    worker.stop()
    assert "The routing service does not reply" in text_of(at_work.get("/isps/1/status").text)
