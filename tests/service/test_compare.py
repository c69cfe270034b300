"""Field by field: nothing is left out, and people can read it."""

from dataclasses import replace

from hypothesis import given, settings

from app.model.config import EMPTY, Config
from app.service.compare import FieldChange, field_changes
from app.service.edits.gateways import add_gateway, change_gateway, delete_gateway
from app.service.edits.settings import change_failover, change_panel, set_balancing
from tests.plan import paper
from tests.store.configs import configs

PAPER = paper.config()


def said(before: Config, after: Config) -> list[str]:
    return [str(change) for change in field_changes(before, after)]


@given(configs(), configs())
@settings(max_examples=60)
def test_it_is_empty_exactly_for_equals(one: Config, other: Config) -> None:
    assert field_changes(one, one) == ()
    assert bool(field_changes(one, other)) == (one != other)


@given(configs(), configs())
@settings(max_examples=60)
def test_backwards_it_says_the_opposite(one: Config, other: Config) -> None:
    there = {(change.path, change.before, change.after) for change in field_changes(one, other)}
    back = {(change.path, change.after, change.before) for change in field_changes(other, one)}
    assert there == back


def test_a_weight_is_one_line() -> None:
    after = change_gateway(PAPER, 1, {"weight": 3})
    assert field_changes(PAPER, after) == (FieldChange("gateways.1.weight", "ISP 1: weight", "1", "3"),)
    assert said(PAPER, after) == ["ISP 1: weight: 1 → 3"]


def test_a_new_isp_is_said_with_what_was_set_and_no_more() -> None:
    three = add_gateway(
        delete_gateway(PAPER, 2), paper.FACTS, {"address": "172.17.0.9", "interface": "eth2", "name": "DIGI"}
    )
    assert said(delete_gateway(PAPER, 2), three) == [
        "eth2: role: unused → wan",
        "DIGI: number: 2 (new)",
        "DIGI: name: DIGI (new)",
        "DIGI: next hop: 172.17.0.9 (new)",
        "DIGI: interface: eth2 (new)",
    ]


def test_settings_are_said_in_words() -> None:
    after = set_balancing(PAPER, "client")
    after = change_panel(after, {"confirm_window_s": 300, "reachable_from_outside": True})
    after = change_failover(
        after, {"checks": [{"kind": "icmp", "targets": ["10.0.0.3", "1.1.1.1"], "quorum": 2}], "timing": {"fall": 5}}
    )
    assert said(PAPER, after) == [
        "failover: checks: none → icmp 10.0.0.3 1.1.1.1 (required replies 2)",
        "failover: failures before down: 3 → 5",
        "balancing: source-destination → client",
        "panel: access from the Internet: no → yes",
        "panel: roll back unconfirmed changes after: 60 s → 300 s",
    ]


def test_checks_of_its_own_are_not_the_same_as_none() -> None:
    after = replace(PAPER, gateways=(replace(PAPER.gateways[0], checks=()), PAPER.gateways[1]))
    assert said(PAPER, after) == ["ISP 1: checks: as for all → none"]


def test_everything_is_new_on_a_new_router() -> None:
    assert len(said(EMPTY, PAPER)) > 10
