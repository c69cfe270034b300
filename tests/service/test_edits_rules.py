"""Traffic rules: added, changed, put in order, removed."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.choices import IfDown, Protocol
from app.model.config import Config
from app.model.consistency import require_consistent
from app.model.rule import LAST_RULE, MOST_RULES, PortRange, TrafficRule
from app.service.compare import field_changes
from app.service.edits.gateways import change_gateway, delete_gateway
from app.service.edits.rules import (
    add_rule,
    change_rule,
    delete_rule,
    find_rule,
    move_rule,
    order_rules,
    place_of,
)
from app.service.fields import Fields
from app.service.rule_text import sentence
from tests.service.machine import paper_config, refused

PAPER = paper_config()
BANK: Fields = {
    "name": "Bank", "destination": "198.51.100.0/24", "protocol": "tcp", "ports": "443, 8000 - 8100",
    "gateway": 1, "if_down": "refuse",
}  # fmt: skip


def of(*names: str) -> Config:
    """The paper's router with rules of these names."""
    config = PAPER
    for name in names:
        config = add_rule(config, {"name": name, "gateway": 2})
    return config


def names(config: Config) -> list[str]:
    return [one.name for one in config.rules]


def test_a_rule_is_made_of_what_people_type() -> None:
    (rule,) = add_rule(PAPER, {**BANK, "source": "192.168.5.7", "dscp": "ef", "mac": "00-16-3E-12-34-56"}).rules
    assert (rule.number, rule.protocol, rule.gateway, rule.if_down) == (1, Protocol.TCP, 1, IfDown.REFUSE)
    assert rule.ports == (PortRange(first=443, last=443), PortRange(first=8000, last=8100))
    assert (str(rule.source), rule.dscp, rule.mac) == ("192.168.5.7/32", 46, "00:16:3e:12:34:56")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"destination": "198.51.100.7/24"}, "destination", "write 198.51.100.0/24"),
        ({"ports": "http"}, "ports.0", "neither a port nor a range"),
        ({"ports": "90-80"}, "ports.0", "has its last port before its first"),
        ({"ports": "70000"}, "ports.0", "not within 1 to 65535"),
        ({"ports": "80,80"}, "ports", "overlap"),
        ({"dscp": "FAST"}, "dscp", "whole number"),
        ({"dscp": 64}, "dscp", "at most 63"),
        ({"protocol": "quic"}, "protocol", "must be"),
        ({"name": ""}, "name", "1 to 64"),
        ({"name": "bank"}, "name", "already has this name"),
    ],
)
def test_what_cannot_be_is_named(fields: Fields, field: str, words: str) -> None:
    with refused(f"rules.2.{field}", words):
        add_rule(add_rule(PAPER, BANK), {**BANK, "name": "Other", **fields})


def test_a_rule_stands_where_it_is_put_and_keeps_its_number() -> None:
    config = add_rule(of("a", "b"), {"name": "first"}, place=1)
    assert names(config) == ["first", "a", "b"]
    assert [one.number for one in config.rules] == [3, 1, 2]
    assert names(move_rule(config, 3, 2)) == ["a", "first", "b"]
    assert names(move_rule(config, 3, 99)) == ["a", "b", "first"]
    with refused("place"):
        move_rule(config, 3, 0)
    assert names(order_rules(config, [2, 1, 3])) == ["b", "a", "first"]
    for wrong in ([1, 2], [1, 2, 2], [1, 2, 3, 4]):
        with refused("numbers", "every rule once"):
            order_rules(config, wrong)


@given(st.integers(1, 6), st.integers(1, 9))
def test_a_move_changes_the_place_of_one(number: int, place: int) -> None:
    config = of("a", "b", "c", "d", "e", "f")
    moved = move_rule(config, number, place)
    assert place_of(moved, number) == min(place, 6)
    others = [one for one in moved.rules if one.number != number]
    assert others == [one for one in config.rules if one.number != number]


def test_leading_to_a_tier_it_leads_to_no_gateway_any_more() -> None:
    config = change_rule(add_rule(PAPER, BANK), 1, {"tier": 1})
    assert (config.rules[0].gateway, config.rules[0].tier) == (None, 1)
    config = change_rule(config, 1, {"gateway": 2})
    assert (config.rules[0].gateway, config.rules[0].tier) == (2, None)
    assert change_rule(config, 1, {"gateway": None}).rules[0].balances


def test_a_number_is_not_used_again_at_once() -> None:
    config = delete_rule(of("a", "b", "c"), 2)
    assert add_rule(config, {"name": "d"}).rules[-1].number == 4
    full = add_rule(PAPER, {"name": "z"})
    full = Config(interfaces=full.interfaces, gateways=full.gateways, rules=(_numbered(full.rules[0], LAST_RULE),))
    assert add_rule(full, {"name": "next"}).rules[-1].number == 1


def test_a_thousand_rules_are_the_most_and_are_quick_to_judge_and_to_compare() -> None:
    rules = tuple(
        TrafficRule(
            number=number,
            name=f"r{number}",
            gateway=1,
            protocol=Protocol.TCP,
            ports=(PortRange(first=number, last=number),),
        )
        for number in range(1, MOST_RULES + 1)
    )
    full = replace(PAPER, rules=rules)
    with refused("rules", "at most 1000 rules"):
        add_rule(full, {"name": "one more"})
    started_s = time.process_time()
    require_consistent(full)
    (change,) = field_changes(full, move_rule(full, MOST_RULES, 1))
    assert change.path == "rules.order"
    assert [one.path for one in field_changes(full, change_rule(full, 7, {"tier": 1}))] == [
        "rules.7.gateway",
        "rules.7.tier",
    ]
    assert time.process_time() - started_s < 0.5


def _numbered(rule: TrafficRule, number: int) -> TrafficRule:
    return TrafficRule(number=number, name=rule.name)


def test_a_rule_is_found_by_number_and_by_name() -> None:
    config = of("Voice", "Bank")
    assert find_rule(config, "2").name == find_rule(config, "bANK ").name == "Bank"
    with refused("rules", "neither"):
        find_rule(config, "nobody")


def test_an_isp_that_rules_name_stays_until_they_are_changed() -> None:
    config = add_rule(add_rule(PAPER, BANK), {"name": "Voice", "gateway": 1})
    with refused("gateways.1", "traffic rules Bank and Voice lead to ISP 1: change or remove the rules first"):
        delete_gateway(config, 1)
    delete_gateway(config, 2)
    backup = add_rule(change_gateway(PAPER, 2, {"tier": 2}), {"name": "Spare", "tier": 2})
    with refused("gateways.2", "traffic rule Spare leads to tier 2, which has no other ISP"):
        delete_gateway(backup, 2)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (BANK, "TCP 443, 8000-8100 to 198.51.100.0/24 from anyone → ISP 1, refuse if it is down"),
        ({"source": "192.168.5.7", "tier": 2},
         "Everything to anywhere from 192.168.5.7 → tier 2, another if it is down"),
        ({"dscp": 46, "mac": "00:16:3e:12:34:56", "interface": "eth0"},
         "Everything marked EF to anywhere from 00:16:3e:12:34:56 in by eth0 → balanced"),
        ({"protocol": "tcp+udp", "source_ports": "5060", "source": "10.0.0.0/8", "gateway": 2},
         "TCP and UDP to anywhere from 10.0.0.0/8 from port 5060 → ISP 2, another if it is down"),
    ],
)  # fmt: skip
def test_a_rule_reads_like_a_sentence(fields: Fields, said: str) -> None:
    config = add_rule(PAPER, fields)
    assert sentence(config.rules[0], config) == said


def test_revisions_say_what_became_of_rules() -> None:
    one = add_rule(PAPER, BANK)
    assert [str(change) for change in field_changes(PAPER, one)] == [
        "rule Bank: number: 1 (new)",
        "rule Bank: name: Bank (new)",
        "rule Bank: protocol: tcp (new)",
        "rule Bank: ports: 443, 8000-8100 (new)",
        "rule Bank: to: 198.51.100.0/24 (new)",
        "rule Bank: send via: ISP 1 (new)",
        "rule Bank: if that is down: refuse (new)",
        "rule Bank: place: 1 (new)",
    ]
    edited = change_rule(one, 1, {"destination": None, "ports": (), "tier": 1, "dscp": 46})
    assert [str(change) for change in field_changes(one, edited)] == [
        "rule Bank: ports: 443, 8000-8100 → any",
        "rule Bank: to: 198.51.100.0/24 → any",
        "rule Bank: DSCP: any → EF",
        "rule Bank: send via: ISP 1 → none",
        "rule Bank: send via tier: none → 1",
    ]
    three = of("a", "b", "c")
    assert [str(change) for change in field_changes(three, move_rule(three, 2, 1))] == ["order of rules: a, b → b, a"]
    many = of(*(f"r{number}" for number in range(20)))
    (change,) = field_changes(many, move_rule(many, 20, 1))
    assert change.before.endswith("r11, 8 more")
