"""A packet's way through somebody else's rules: certain, or nothing is said."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.diagnosis.walk import Chain, Packet, Table, dropping

NEW = Packet("forward", "lan", "wan", "new", "tcp")

Expression = Mapping[str, Any]
Rule = tuple[Expression, ...]
ACCEPT: Expression = {"accept": None}
DROP: Expression = {"drop": None}
UNREADABLE: Expression = {"xt": None}
COUNTER: Expression = {"counter": {"packets": 0, "bytes": 0}}


def match(key: str, right: object, op: str = "==", of: str = "meta") -> Expression:
    return {"match": {"op": op, "left": {of: {"key": key}}, "right": right}}


def payload(protocol: str, field: str, right: object, op: str = "==") -> Expression:
    return {"match": {"op": op, "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


def table(*rules: Rule, policy: str = "accept", **others: tuple[Rule, ...]) -> Table:
    chains = {name: Chain(name, several) for name, several in others.items()}
    sets: dict[str, tuple[object, ...]] = {"inner": ("lan", "dmz")}
    return Table("inet f", {"base": Chain("base", rules, "forward", policy), **chains}, sets)


MAPPED: Expression = {
    "vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["established", ACCEPT], ["new", DROP]]}}
}


def by_interface(*pairs: list[object]) -> Expression:
    return {"vmap": {"key": {"meta": {"key": "iifname"}}, "data": {"set": list(pairs)}}}


@pytest.mark.parametrize(
    "dropped",
    [
        table(policy="drop"),
        table((COUNTER, DROP)),
        table((match("iifname", "lan"), DROP)),
        table((match("iifname", "@inner"), {"reject": None})),
        table((match("oifname", {"set": ["eth9", "w*"]}), DROP)),
        table((match("state", ["established", "related"], of="ct"), ACCEPT), policy="drop"),
        table((match("state", "established", "!=", of="ct"), DROP)),
        table(({"jump": {"target": "more"}},), more=((match("l4proto", "tcp"), DROP),)),
        table(({"jump": {"target": "more"}},), policy="drop", more=(({"return": None},), (ACCEPT,))),
        table((UNREADABLE, DROP), policy="drop"),
        table((UNREADABLE, DROP), (DROP,)),
        table((payload("udp", "dport", 53), ACCEPT), policy="drop"),
        table((payload("udp", "dport", 53, "!="), ACCEPT), policy="drop"),
        table((MAPPED,)),
        table((by_interface(["wan*", ACCEPT], ["la*", DROP]),)),
        table((by_interface(["*", ACCEPT], ["lan", DROP]),)),
        table((by_interface(["wan*", ACCEPT]),), policy="drop"),
        # So nft tells protocols where there is no /etc/protocols.
        table((match("l4proto", 6), DROP)),
        table(({"vmap": {"key": {"meta": {"key": "l4proto"}}, "data": {"set": [[17, ACCEPT], [6, DROP]]}}},)),
    ],
)
def test_what_is_certainly_dropped_is_told_with_its_chain(dropped: Table) -> None:
    assert dropping(dropped, NEW) == "base"


@pytest.mark.parametrize(
    "passing",
    [
        table(),
        table((match("iifname", "dmz"), DROP)),
        table((match("iifname", "lan"), ACCEPT), (DROP,)),
        table((UNREADABLE, DROP)),
        table((UNREADABLE, ACCEPT), policy="drop"),
        table((payload("ip", "saddr", "10.0.0.9"), DROP)),
        table(({"limit": {"rate": 5}}, ACCEPT), policy="drop"),
        table(({"jump": {"target": "more"}},), policy="drop", more=((UNREADABLE, ACCEPT),)),
        table(({"jump": {"target": "gone"}},), policy="drop"),
        table(({"goto": {"target": "base"}},), policy="drop"),
        table((UNREADABLE,), policy="drop"),
        table(({"mangle": {}}, ACCEPT), policy="drop"),
        table((by_interface(["la*", ACCEPT]),), policy="drop"),
        table((by_interface(["wan", DROP], ["*", ACCEPT]),), policy="drop"),
        table((by_interface([{"range": ["a", "z"]}, ACCEPT]),), policy="drop"),
        table((by_interface([{"range": ["a", "k"]}, ACCEPT], ["lan", DROP]),)),
        table((match("l4proto", {"set": [6, 17]}), ACCEPT), policy="drop"),
        table((match("l4proto", 17), DROP)),
    ],
)
def test_what_may_pass_is_no_finding(passing: Table) -> None:
    assert dropping(passing, NEW) == ""


def test_a_chain_at_another_hook_is_not_on_the_way() -> None:
    assert dropping(table(policy="drop"), Packet("input", "wan", "", "established", "icmp")) == ""
