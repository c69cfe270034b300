"""What is said after a change, and what is not said again."""

from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network
from typing import Any

from app.model.config import EMPTY
from app.model.rule import TrafficRule
from app.service.edits.gateways import add_gateway, change_gateway, delete_gateway
from app.service.edits.interfaces import edit_address
from app.service.edits.settings import change_failover, change_guard, change_panel
from app.service.warnings import new_warnings, warnings
from tests.service.machine import BLANK, paper_config

CHECKED = change_failover(paper_config(), {"checks": [{"kind": "icmp", "targets": ["10.0.0.3"]}]})


def test_a_doubt_is_told_when_it_comes_and_not_again() -> None:
    doubtful = change_failover(CHECKED, {"timing": {"fall": 1}})
    assert warnings(CHECKED, BLANK) == ()
    assert [one.field for one in new_warnings(CHECKED, doubtful, BLANK)] == ["settings.failover.timing.fall"]
    assert new_warnings(doubtful, change_gateway(doubtful, 1, {"weight": 2}), BLANK) == ()
    assert new_warnings(doubtful, CHECKED, BLANK) == ()


def test_a_lan_that_becomes_an_isps_is_told_unless_the_panel_answers_there() -> None:
    lans = edit_address(edit_address(EMPTY, BLANK, "eth0", "62.231.110.65/26"), BLANK, "eth2", "172.17.0.1/24")
    lans = change_failover(lans, {"checks": [{"kind": "icmp", "targets": ["10.0.0.3"]}]})
    (told,) = new_warnings(lans, add_gateway(lans, BLANK, {"address": "172.17.0.2"}), BLANK)
    assert told.field == "interfaces.eth2.role"
    assert "the panel is no longer reachable on it" in told.message
    outside = change_panel(lans, {"reachable_from_outside": True})
    assert new_warnings(outside, add_gateway(outside, BLANK, {"address": "172.17.0.2"}), BLANK) == ()


def test_an_interface_that_loses_its_role_is_told_with_the_way_back() -> None:
    (told,) = new_warnings(CHECKED, delete_gateway(CHECKED, 2), BLANK)
    assert "config addr role eth2 lan" in told.message


def test_rules_that_cannot_be_what_is_meant_are_told_and_saved_all_the_same() -> None:
    def told(rule: TrafficRule, *before: TrafficRule) -> list[tuple[str, str]]:
        found = warnings(replace(CHECKED, rules=(*before, rule)), BLANK)
        return [(one.field, one.message) for one in found]

    known = IPv4Network("62.231.110.66/32")
    first = TrafficRule(number=1, name="Office", source=known, gateway=2)
    assert told(first) == []
    ((field, message),) = told(TrafficRule(number=2, name="Voice", source=known, dscp=46, gateway=1), first)
    assert (field, message) == ("rules.2", "Voice never matches: rule 1 (Office) matches the same traffic first")
    elsewhere, inside = IPv4Network("10.77.0.0/16"), IPv4Network("62.231.110.64/27")
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"source": elsewhere}, "rules.1.source"),
        ({"destination": inside}, "rules.1.destination"),
        ({"interface": "eth9"}, "rules.1.interface"),
    )
    for asked, field in wrong:
        assert [one for one, _ in told(replace(first, **{"source": None, **asked}))] == [field]
        assert told(replace(first, **{"source": None, **asked}, enabled=False)) == []


def test_a_rule_that_leads_to_a_disabled_isp_is_told_with_what_follows() -> None:
    rule = TrafficRule(number=1, name="Voice", gateway=2)
    off = change_gateway(replace(CHECKED, rules=(rule,)), 2, {"enabled": False})
    (told,) = new_warnings(replace(CHECKED, rules=(rule,)), off, BLANK)
    assert (told.field, told.message) == ("rules.1.gateway", "ISP 2 is disabled: its connections are balanced")


def test_guard_is_warned_about_where_a_lan_may_be_behind_an_isp() -> None:
    guarded = change_guard(CHECKED, {"mode": "on"})
    assert warnings(guarded, BLANK) == ()
    both = edit_address(guarded, BLANK, "eth1", "192.168.1.1/24")
    eth1 = both.interface("eth1")
    assert eth1 is not None
    two = replace(eth1, addresses=(*eth1.addresses, IPv4Interface("10.0.0.1/24")))
    both = replace(both, interfaces=tuple(two if one.name == "eth1" else one for one in both.interfaces))
    (told,) = warnings(both, BLANK)
    assert (told.field, told.message.split(";")[0]) == (
        "settings.guard.mode",
        "10.0.0.1/24 on eth1 is in no ISP's network",
    )
    assert warnings(change_guard(both, {"mode": "off"}), BLANK) == ()
    assert warnings(change_guard(both, {"trusted": "10.0.0.0/24"}), BLANK) == ()
    alone = replace(guarded, interfaces=tuple(one for one in guarded.interfaces if one.name != "eth0"))
    (told,) = warnings(alone, replace(BLANK, links=tuple(one for one in BLANK.links if one.name != "eth0")))
    assert "no interface but eth1 and eth2 has an address" in told.message
