"""Guard in the ruleset: nothing unless it is on, and then only for what arrives by an ISP's interface."""

from dataclasses import replace
from typing import Any

import pytest

from app.model.config import Config
from app.model.guard import GuardMode
from app.model.verdict import State
from app.plan.render_nft import rule_line
from app.plan.ruleset import Chain, Jump, Key, Match, Ruleset
from app.service.edits.settings import change_panel, change_settings
from tests.plan import paper
from tests.plan.by_number import desired_state
from tests.plan.strategies import verdict


def guarded(mode: str = "on", **fields: Any) -> Config:
    return change_settings(paper.config(), {"guard": {"mode": mode, **fields}})


def ruleset(config: Config) -> Ruleset:
    found = desired_state(config, paper.FACTS, {1: verdict(State.UP)}).state.only(Ruleset)
    assert found is not None
    return found


def chain(config: Config, name: str) -> Chain:
    return next(one for one in ruleset(config).chains if one.name == name)


def lines(config: Config, name: str) -> list[str]:
    return [rule_line(one).partition(" comment ")[0] for one in chain(config, name).rules]


@pytest.mark.parametrize("mode", [GuardMode.UNDECIDED, GuardMode.OFF])
def test_off_and_undecided_leave_the_ruleset_as_it_was(mode: GuardMode) -> None:
    listed = guarded(mode, allowed="22/tcp", trusted="10.0.0.0/8")
    assert ruleset(listed) == ruleset(paper.config())


def test_only_what_arrives_by_an_isp_is_looked_at() -> None:
    before, after = ruleset(paper.config()), ruleset(guarded())
    assert {one.name for one in after.chains} - {one.name for one in before.chains} == {"guard_input", "guard_forward"}
    for base, inner in (("input", "guard_input"), ("forward", "guard_forward")):
        *others, last = chain(guarded(), base).rules
        assert tuple(others) == chain(paper.config(), base).rules
        match, jump = last.statements
        assert isinstance(match, Match)
        assert (match.key, match.values) == (Key.INPUT_INTERFACE, ("eth1", "eth2"))
        assert jump == Jump(inner)


def test_a_packet_that_no_rule_accepts_is_dropped() -> None:
    for name in ("guard_input", "guard_forward"):
        assert lines(guarded(), name)[-1] == "drop"
    assert not any("dport 22" in line for line in lines(guarded(), "guard_input"))


def test_what_is_listed_is_accepted_to_the_router_alone() -> None:
    config = guarded(allowed="22/tcp from 203.0.113.0/24, 500-600/udp, esp, 53/tcp+udp from 2001:db8::/32")
    found = lines(config, "guard_input")
    assert "ip saddr 203.0.113.0/24 meta l4proto tcp th dport 22 accept" in found
    assert "meta l4proto udp th dport 500-600 accept" in found
    assert "meta l4proto esp accept" in found
    assert "ip6 saddr 2001:db8::/32 meta l4proto { tcp, udp } th dport 53 accept" in found
    assert lines(config, "guard_forward") == lines(guarded(), "guard_forward")


def test_trusted_networks_are_accepted_to_the_router_and_the_lan() -> None:
    """One inside another, and neighbors, are one: a set in the kernel holds nothing twice."""
    config = guarded(trusted="192.168.5.0/24 192.168.4.0/24 192.168.5.7/32 fd00::/8")
    for name in ("guard_input", "guard_forward"):
        assert "ip saddr 192.168.4.0/23 accept" in lines(config, name)
        assert "ip6 saddr fd00::/8 accept" in lines(config, name)


def test_the_panel_is_accepted_where_it_is_allowed_on_wan_ports() -> None:
    panel = "tcp dport 8443 accept"
    hidden = change_panel(guarded(), {"port": 8443})
    assert panel not in lines(hidden, "guard_input")
    assert panel in lines(change_panel(hidden, {"reachable_from_outside": True}), "guard_input")


def test_without_an_interface_to_an_isp_there_is_nothing_to_guard() -> None:
    config = replace(guarded(), gateways=(), interfaces=())
    assert desired_state(config, paper.FACTS, {}).state.only(Ruleset) is None
