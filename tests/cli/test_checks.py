"""`config gateway check`: what ISPs are asked, typed, shown and tried."""

import json
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from app.model.choices import Snat
from app.model.status import LayerStatus
from app.model.trial import Trial, TrialRequest, TrialTarget
from app.model.verdict import Layer
from app.paths import StateDirectory
from tests.cli.console import PAPER, Console
from tests.web.fake_worker import FakeWorker

CARRIER = LayerStatus(layer=Layer.CARRIER, text="eth2 has carrier", ok=True)
GOOD = TrialTarget(host="10.0.0.3", ok=True, text="reply in 1.0 ms", rtt_ms=1.0)
SILENT = TrialTarget(host="10.0.0.4", ok=False, text="no reply within 2 s")


@pytest.fixture
def paper(console: Console) -> Console:
    console.do(PAPER)
    return console


TYPED = [
    "icmp 10.0.0.3",
    "icmp 10.0.0.3 www.test --quorum 2",
    "tcp 10.0.0.3 10.0.0.4 443 --quorum 2",
    "udp 10.0.0.3 53",
    "udp 10.0.0.3 5353 --dns-name example.org --dns-type NS",
    "udp 10.0.0.3 123 --payload e300 --expect 24",
    "url http://10.0.0.3/",
    "url https://www.test/x --method HEAD --status 204 --follow --insecure --address 10.0.0.3",
    "url http://10.0.0.3/ --contains 'all is well'",
    "url http://10.0.0.3/ --contains default",
]


@pytest.mark.parametrize("typed", TYPED)
def test_a_check_is_shown_as_it_was_typed(paper: Console, typed: str) -> None:
    paper.do(f"config gateway check add 2 {typed}")
    assert paper.do("config gateway check show").splitlines() == [
        "All: interval 2 s, timeout 1 s, fall 3, rise 3, hold 10 s, standby 10 s",
        "  link and address alone",
        "ISP 1 [1]: default checks",
        "ISP 2 [2]: own checks",
        f"  1. {typed}",
    ]


def test_an_isp_is_asked_several_things_and_each_can_be_changed_and_taken_away(paper: Console) -> None:
    paper.do(
        """
        config gateway check add 2 icmp 10.0.0.3 10.0.0.4
        config gateway check add 172.17.0.2 url http://10.0.0.3/ --status 204 --address 10.0.0.3
        config gateway check edit 2 1 --quorum 2
        config gateway check edit 2 2 --status default --address default --method HEAD
        config gateway check add 2 tcp 10.0.0.3 80
        config gateway check edit 2 3 tcp 10.0.0.3 443
        """
    )
    assert paper.do("config gateway check show").splitlines()[4:] == [
        "  1. icmp 10.0.0.3 10.0.0.4 --quorum 2",
        "  2. url http://10.0.0.3/ --method HEAD",
        "  3. tcp 10.0.0.3 443",
    ]
    paper.do("config gateway check del 2 2")
    assert [one.kind for one in paper.head.config.gateways[1].checks or ()] == ["icmp", "tcp"]
    paper.do("config gateway check default 2")
    assert paper.head.config.gateways[1].checks is None


def test_checks_for_all_are_listed_and_changed_the_same_way(paper: Console) -> None:
    paper.do("config gateway check add all icmp 10.0.0.3\nconfig gateway check add all tcp 10.0.0.3 443")
    paper.do("config gateway check edit all 1 icmp 10.0.0.4\nconfig gateway check del all 2")
    assert paper.do("config gateway show").splitlines()[-1] == "Failover: (icmp 10.0.0.4) (every 2s)"


def test_a_first_check_of_its_own_says_what_is_not_asked_any_more(paper: Console) -> None:
    paper.do("config gateway check add all icmp 10.0.0.3")
    said = paper.type("config gateway check add 2 tcp 10.0.0.3 443")
    assert said.err == "note: this replaces icmp 10.0.0.3, the checks for all ISPs\n"
    assert paper.type("config gateway check add 2 tcp 10.0.0.3 80").err == ""


def test_an_isp_can_be_asked_nothing_beyond_its_link(paper: Console) -> None:
    paper.do("config gateway check add all icmp 10.0.0.3")
    said = paper.type("config gateway check add 2 link")
    assert (said.status, paper.head.config.gateways[1].checks) == (0, ())
    assert "only link and address of ISP 2 are checked" in said.err
    assert paper.do("config gateway check show").splitlines()[-2:] == [
        "ISP 2 [2]: own checks",
        "  link and address alone",
    ]
    assert "check: the link is always checked" in paper.refused("config gateway check add all link")


def test_an_isp_has_its_own_timing(paper: Console) -> None:
    paper.do("config gateway check timing 2 --interval 5 --timeout 3 --fall 4 --rise 2 --hold 60 --standby 300")
    assert paper.do("config gateway check show").splitlines()[-1] == (
        "ISP 2 [2]: default checks, interval 5 s, timeout 3 s, fall 4, rise 2, hold 60 s, standby 300 s"
    )
    paper.do("config gateway check timing 2 --interval default --timeout default --standby default --hold default")
    assert paper.do("config gateway check show").splitlines()[-1] == "ISP 2 [2]: default checks, fall 4, rise 2"


def test_programs_are_told_the_same(paper: Console) -> None:
    paper.do("config gateway check add 2 url http://10.0.0.3/ --status 204")
    shown = json.loads(paper.do("config gateway check show --json"))
    assert shown["checks"] == []
    assert shown["timing"]["interval_s"] == 2
    first, second = shown["gateways"]
    assert (first["checks"], second["number"], second["checks"][0]["status"]) == (None, 2, 204)
    assert second["timing"]["fall"] is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("add 2 smoke signals", "check: `smoke signals` is not link, icmp HOST"),
        ("add 2 icmp", "check: `icmp` is not link, icmp HOST"),
        ("add 2 icmp 10.0.0.3 --quorum 2", "gateways.2.checks.0.icmp: quorum 2 of 1 targets cannot be met"),
        ("add 2 icmp 10.0.0.3 --status 204", "check: --status belongs to url, not to icmp"),
        ("add 2 link --quorum 1", "check: --quorum belongs to icmp and tcp and udp, not to link"),
        ("add 2 url http://10.0.0.3/ --status fine", "gateways.2.checks.0.http.status: must be a whole number"),
        ("add 2 url http://10.0.0.3/ --insecur", "No such option: --insecur"),
        ("add 7 icmp 10.0.0.3", "gateways: there is no gateway 7"),
        ("edit 2 1 --quorum 1", "gateways.2.checks: it has no checks of its own and uses those for all ISPs"),
        ("edit all 1", "check: name an option to change, or another check"),
        ("del all 1", r"settings.failover.checks: there is no check 1 (there is none)"),
        ("default all", "gateways: all is neither number nor address nor name of a gateway"),
        ("timing 2", "timing: say what: --interval"),
        ("timing 2 --fall 0", "gateways.2.timing.fall: must be at least 1"),
        ("timing 2 --fall soon", "gateways.2.timing.fall: must be a whole number"),
        ("test 2 --status 204", "check: these options need a check: name one"),
        ("test 2 icmp 10.0.0.3 --wait 99", "timeout_s: must be at most 10"),
        ("test 2 icmp 10.0.0.3", "no reply from the worker"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(paper: Console, line: str, words: str) -> None:
    assert words in paper.refused(f"config gateway check {line}")


@pytest.mark.parametrize(
    "line", ["add 2 icmp 10.0.0.3", "edit 2 1 --quorum 1", "del 2 1", "default 2", "timing 2 --fall 2"]
)
def test_every_change_can_be_planned(paper: Console, line: str) -> None:
    paper.do("config gateway check add 2 icmp 10.0.0.3 10.0.0.4 --quorum 2")
    before = paper.head
    assert paper.type(f"config gateway check {line} --plan").status == 0
    assert paper.head == before


def trial(*targets: TrialTarget, ok: bool = True) -> str:
    layers = (replace(CARRIER, ok=ok),)
    return TypeAdapter(Trial).dump_json(Trial(layers=layers, targets=targets)).decode()


def test_a_check_is_tried_through_its_isp_and_each_layer_answers(paper: Console) -> None:
    with FakeWorker(StateDirectory(paper.path)) as worker:
        worker.trial = trial(GOOD, SILENT)
        said = paper.type("config gateway check test 2 icmp 10.0.0.3 10.0.0.4 --wait 1")
        assert (said.status, said.err) == (0, "")
        assert said.out.splitlines() == [
            "ISP 2 [2]: icmp 10.0.0.3 10.0.0.4: passes",
            "  ok      carrier: eth2 has carrier",
            "  ok      10.0.0.3: reply in 1.0 ms",
            "  fails   10.0.0.4: no reply within 2 s",
        ]
        (asked,) = worker.asked
        assert isinstance(asked, TrialRequest)
        assert (asked.gateway, asked.check.kind, asked.timeout_s) == (2, "icmp", 1.0)
        said = paper.type("config gateway check test 2 icmp 10.0.0.3 10.0.0.4 --quorum 2")
        assert (said.status, said.out.splitlines()[0]) == (1, "ISP 2 [2]: icmp 10.0.0.3 10.0.0.4 --quorum 2: fails")


def test_without_words_an_isp_is_asked_what_it_is_asked_anyway(paper: Console) -> None:
    paper.do("config gateway check add all icmp 10.0.0.3\nconfig gateway check add 2 url http://10.0.0.3/")
    paper.do("config gateway check add 2 tcp 10.0.0.3 80")
    with FakeWorker(StateDirectory(paper.path)) as worker:
        worker.trial = trial(GOOD)
        shown = json.loads(paper.do("config gateway check test all --json"))
    assert [(one["gateway"], one["check"]["kind"], one["passes"]) for one in shown] == [
        (1, "icmp", True),
        (2, "http", True),
        (2, "tcp", True),
    ]
    assert shown[0]["targets"][0]["rtt_ms"] == 1.0


@pytest.mark.parametrize(("ok", "status"), [(True, 0), (False, 1)])
def test_an_isp_of_which_the_link_alone_is_watched_is_judged_by_it(paper: Console, ok: bool, status: int) -> None:
    with FakeWorker(StateDirectory(paper.path)) as worker:
        worker.trial = trial(ok=ok)
        said = paper.type("config gateway check test 2")
    assert (said.status, said.out.splitlines()[0]) == (status, f"ISP 2 [2]: link: {'fails' if status else 'passes'}")


def test_an_isp_that_cannot_be_asked_does_not_pass(paper: Console) -> None:
    with FakeWorker(StateDirectory(paper.path)) as worker:
        worker.trial = trial()
        assert paper.type("config gateway check test 2 icmp 10.0.0.3").status == 1


@pytest.mark.parametrize("word", ["show", "add", "edit", "del", "default", "timing", "test"])
def test_help_teaches(console: Console, word: str) -> None:
    assert "Example" in console.do(f"config gateway check {word} --help")


def test_the_source_address_of_an_isp_is_typed(paper: Console) -> None:
    paper.do("config gateway snat 172.17.0.2 masquerade")
    assert [one.ipv4.snat for one in paper.head.config.gateways] == [Snat.ADDRESS, Snat.MASQUERADE]
    paper.do("config gateway snat 2 off")
    assert paper.head.config.gateways[1].ipv4.snat is Snat.OFF
    assert "'nat' is not one of 'address', 'masquerade', 'off'" in paper.refused("config gateway snat 2 nat")
    assert "Example" in paper.do("config gateway snat --help")
