"""Traffic rules: what a rule may say, and what must hold between rules and ISPs."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from pydantic import TypeAdapter, ValidationError

from app.errors import InvalidConfig
from app.model.choices import Protocol, Role
from app.model.config import Config, Gateway, Interface
from app.model.consistency import require_consistent
from app.model.leg import IPv4Leg
from app.model.rule import PortRange, TrafficRule

BASE = Config(
    interfaces=(Interface(name="eth0", role=Role.LAN), Interface(name="eth1", role=Role.WAN)),
    gateways=(
        Gateway(number=1, name="Orange", interface="eth1", ipv4=IPv4Leg(address=IPv4Address("192.168.1.2")), tier=2),
    ),
)
BANK = TrafficRule(number=7, name="the bank", destination=IPv4Network("198.51.100.0/24"), gateway=1)


def complaints(*rules: TrafficRule) -> list[tuple[str, str]]:
    with pytest.raises(InvalidConfig) as caught:
        require_consistent(replace(BASE, rules=rules))
    return [(error.field, error.message) for error in caught.value.errors]


def test_a_rule_leads_to_an_isp_a_tier_or_nowhere_in_particular() -> None:
    tier = replace(BANK, number=8, gateway=None, tier=2)
    nowhere = replace(BANK, number=9, gateway=None)
    require_consistent(replace(BASE, rules=(BANK, tier, nowhere)))
    assert [rule.balances for rule in (BANK, tier, nowhere)] == [False, False, True]


@pytest.mark.parametrize(
    ("rule", "field", "words"),
    [
        (replace(BANK, gateway=2), "rules.7.gateway", "there is no ISP 2"),
        (replace(BANK, gateway=None, tier=1), "rules.7.tier", "no ISP is in tier 1"),
        (replace(BANK, tier=2), "rules.7.tier", "not both"),
        (replace(BANK, interface="eth1"), "rules.7.interface", "is a WAN port"),
        (replace(BANK, ports=(PortRange(first=80, last=80),)), "rules.7.ports", "need a protocol"),
        (
            replace(BANK, source_ports=(PortRange(first=80, last=80),), protocol=Protocol.ICMP),
            "rules.7.source_ports",
            "need a protocol",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(rule: TrafficRule, field: str, words: str) -> None:
    ((where, message),) = complaints(rule)
    assert where == field
    assert words in message


def test_two_rules_cannot_have_one_number() -> None:
    assert ("rules.7.number", "number 7 is taken by another rule") in complaints(BANK, replace(BANK, name="again"))


RULE: TypeAdapter[TrafficRule] = TypeAdapter(TrafficRule)


@pytest.mark.parametrize(
    "fields",
    [
        {"mac": "01:00:5e:00:00:01"},
        {"mac": "00:16:3e:12:34"},
        {"dscp": 64},
        {"ports": [{"first": 90, "last": 80}]},
        {"ports": [{"first": 80, "last": 90}, {"first": 85, "last": 99}]},
        {"source": "10.0.0.1/8"},
        {"number": 0},
        {"tier": 10},
    ],
)
def test_what_no_packet_could_have_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RULE.validate_python({"number": 1, "name": "a", **fields})


def test_a_hardware_address_is_written_as_the_kernel_writes_it() -> None:
    assert RULE.validate_python({"number": 1, "name": "a", "mac": "00-16-3E-AA-bb-01"}).mac == "00:16:3e:aa:bb:01"


def test_ports_are_kept_in_order() -> None:
    made = RULE.validate_python(
        {"number": 1, "name": "a", "protocol": "tcp", "ports": [{"first": 443, "last": 443}, {"first": 80, "last": 81}]}
    )
    assert [str(one) for one in made.ports] == ["80-81", "443"]
