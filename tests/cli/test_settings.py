"""`config get`, `config set` and `config unset`: whatever the model knows, by its path."""

import json
import re

import pytest

from app.model.about import settings_of
from app.model.check import Check, IcmpCheck
from app.model.choices import AllDown, Balancing, Snat
from app.model.config import Gateway
from app.model.leg import IPv4Leg
from app.model.timing import TimingOverrides
from app.service.edits.paths import settings_at
from tests.cli.console import PAPER, Console


@pytest.fixture
def paper(console: Console) -> Console:
    console.do(PAPER)
    return console


def own_checks(console: Console) -> tuple[Check, ...] | None:
    return console.head.config.gateways[1].checks


def test_every_setting_is_shown_and_what_is_shown_can_be_set_again(paper: Console) -> None:
    paper.do("config gateway check add 2 icmp 10.0.0.3 10.0.0.4")
    paper.do("config rule add Web --protocol tcp --port 80,443 --gateway 1")
    before = paper.head
    lines = paper.do("config get").splitlines()
    assert "isp.1.weight 1" in lines
    assert "isp.1.checks default" in lines
    assert "isp.2.checks.1.targets '10.0.0.3 10.0.0.4'" in lines
    assert "rule.1.ports '80, 443'" in lines
    assert "failover.timing.interval_s 2" in lines
    given = {"number", "kind"}
    for line in lines:
        if line.split()[0].rpartition(".")[2] not in given and not line.startswith("interface."):
            paper.do(f"config set {line}")
    assert paper.head == before


def test_every_setting_of_an_isp_has_a_path(paper: Console) -> None:
    shown = {one.path for one in settings_at(paper.head.config, "isp.1")}
    plain = {f"isp.1.{one.name}" for one in settings_of(Gateway) if not one.is_nested}
    nested = {f"isp.1.timing.{one.name}" for one in settings_of(TimingOverrides)}
    assert shown == plain | nested | {f"isp.1.ipv4.{one.name}" for one in settings_of(IPv4Leg)}


def test_a_setting_of_a_leg_is_found_where_it_was_before_there_were_legs(paper: Console) -> None:
    paper.do("config set isp.1.ipv4.address 192.168.1.7\nconfig set isp.2.address 172.17.0.7")
    assert paper.do("config get isp.1.address") == "192.168.1.7\n"
    assert paper.do("config get isp.2.ipv4.address") == "172.17.0.7\n"


def test_a_setting_is_set_and_unset_by_its_path(paper: Console) -> None:
    paper.do("config set isp.1.weight 3")
    assert paper.do("config get isp.1.weight") == "3\n"
    paper.do("config set isp.2.name DIGI\nconfig set isp.DIGI.timing.hold_s 60\nconfig set gateways.2.snat off")
    digi = paper.head.config.gateways[1]
    assert (digi.timing.hold_s, digi.ipv4.snat) == (60, Snat.OFF)
    assert paper.do("config get isp.digi.timing").splitlines()[4] == "isp.2.timing.hold_s 60"
    paper.do("config set isp.2.timing.hold_s default\nconfig unset isp.2.snat")
    digi = paper.head.config.gateways[1]
    assert (digi.timing.hold_s, digi.ipv4.snat) == (None, Snat.ADDRESS)
    paper.do("config set failover.all_down refuse\nconfig set balancing client")
    paper.do("config set settings.panel.confirm_window_s 90")
    settings = paper.head.config.settings
    assert (settings.failover.all_down, settings.balancing) == (AllDown.REFUSE, Balancing.CLIENT)
    assert settings.panel.confirm_window_s == 90


def test_a_check_is_counted_from_one(paper: Console) -> None:
    paper.do("config gateway check add 2 icmp 10.0.0.3 10.0.0.4\nconfig set isp.2.checks.1.quorum 2")
    assert own_checks(paper) == (IcmpCheck(targets=("10.0.0.3", "10.0.0.4"), quorum=2),)
    paper.do("config set isp.2.checks none")
    assert own_checks(paper) == ()
    paper.do("config set isp.2.checks default")
    assert own_checks(paper) is None


def test_a_plan_changes_nothing(paper: Console) -> None:
    before = paper.head
    assert "ISP 1: weight: 1 → 3" in paper.do("config set isp.1.weight 3 --plan")
    assert paper.head == before


def test_programs_are_told_the_same(paper: Console) -> None:
    assert json.loads(paper.do("config get isp.1 --json"))["weight"] == 1
    assert json.loads(paper.do("config get isp.1.weight --json")) == 1
    assert len(json.loads(paper.do("config get --json"))["gateways"]) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("config set isp.1.weight 0", "gateways.1.weight: must be at least 1"),
        ("config set isp.1.weight heavy", "gateways.1.weight: must be a whole number"),
        ("config set isp.1.color red", r"isp.1.color: there is no such setting \(known: number, name, "),
        ("config set isp.9.weight 3", r"there is no gateway 9"),
        ("config set isp.weight 3", "weight is neither number nor address nor name"),
        ("config set isp 3", "isp: say which isp: 1, 2"),
        ("config set isp.1 3", "isp.1: is not a setting by itself; it has isp.1.number, "),
        ("config set isp.1.timing 3", "isp.1.timing: is not a setting by itself; it has isp.1.timing.interval_s"),
        ("config set isp.1.number 3", "isp.1.number: cannot be changed"),
        ("config set isp.1.name.first x", "isp.1.name.first: there is no such setting"),
        ("config set isp.1.checks.1.quorum 2", "isp.1.checks"),
        ("config set router.weight 3", "router.weight: begins with none of these: isp.NUMBER, "),
        ("config set interface.eth9.role lan", "there is no interface eth9"),
        ("config set rule.1.name x", "there is no rule 1"),
        ("config get .", "is not a path like isp.1.weight"),
        ("config set isp.1..weight 3", "is not a path like isp.1.weight"),
        ("config get nothing", "nothing: begins with none of"),
        ("config unset isp.1.name", "isp.1.name: has no default"),
        ("config set failover.timing.fall -3", "settings.failover.timing.fall: must be at least 1"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(paper: Console, line: str, words: str) -> None:
    assert re.search(words, paper.refused(line))


def test_the_name_of_one_isp_does_not_take_the_place_of_another(paper: Console) -> None:
    paper.do("config set isp.2.name 1.weight\nconfig set isp.1.weight 9\nconfig set isp.1.weight.tier 2")
    one, two = paper.head.config.gateways
    assert (one.weight, one.tier, two.weight, two.tier) == (9, 1, 1, 2)


def test_what_a_word_means_depends_on_the_setting(paper: Console) -> None:
    paper.do("config gateway check add 2 url http://10.0.0.3/\nconfig set isp.2.checks.1.contains default")
    assert paper.do("config get isp.2.checks.1.contains") == "default\n"
    paper.do("config set failover.timing.hold_s 1234.56789\nconfig get failover.timing.hold_s")
    assert paper.do("config get failover.timing.hold_s") == "1234.56789\n"
    paper.do("config set failover.timing.hold_s default")
    assert paper.head.config.settings.failover.timing.hold_s == 10
    assert "eth2 has fixed addresses" in paper.refused("config set isp.2.address auto")
    assert re.search("isp.2.checks.1.url: ", paper.refused("config set isp.2.checks.1.url nowhere"))


def test_all_of_an_isps_own_timing_is_taken_back_at_once(paper: Console) -> None:
    paper.do("config gateway check timing 2 --interval 5 --hold 60\nconfig unset isp.2.timing")
    assert paper.head.config.gateways[1].timing == TimingOverrides()


def test_an_isp_that_is_switched_by_its_path_is_drained_not_cut(paper: Console) -> None:
    paper.do("config gateway disable 2 --now\nconfig set isp.2.enabled on\nconfig set isp.2.enabled off")
    two = paper.head.config.gateways[1]
    assert (two.enabled, two.cut) == (False, False)
