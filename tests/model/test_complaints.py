"""Whatever is wrong with a field is said in a sentence, once."""

from time import monotonic
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.model.check import Check, IcmpCheck, UdpCheck
from app.model.complaints import MOST_NAMED, field_errors
from app.model.config import Config, Failover, Gateway, Interface
from app.model.timing import Timing
from app.model.trial import TrialRequest

GATEWAY: dict[str, Any] = {"number": 1, "name": "A", "interface": "eth1", "address": "192.0.2.1"}
ICMP = {"kind": "icmp", "targets": ["10.0.0.3"]}


def complaints(kind: Any, values: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(values)
    return [str(error) for error in field_errors(caught.value, "here").errors]


@pytest.mark.parametrize(
    ("kind", "values", "complaint"),
    [
        (Gateway, GATEWAY | {"weight": 0}, "here.weight: must be at least 1"),
        (Gateway, GATEWAY | {"weight": 257}, "here.weight: must be at most 256"),
        (Gateway, GATEWAY | {"weight": "much"}, "here.weight: must be a whole number"),
        (Gateway, GATEWAY | {"weight": 1.5}, "here.weight: must be a whole number"),
        (Gateway, GATEWAY | {"weight": None}, "here.weight: must be a whole number"),
        (Gateway, GATEWAY | {"weight": "9" * 5000}, "here.weight: must be a whole number, and a smaller one"),
        (Gateway, GATEWAY | {"name": ""}, "here.name: a name must have 1 to 64 characters"),
        (Gateway, GATEWAY | {"name": 7}, "here.name: must be text"),
        (Gateway, GATEWAY | {"enabled": "perhaps"}, "here.enabled: must be true or false"),
        (Gateway, GATEWAY | {"address": "nowhere"}, "here.ipv4.address: is not an IPv4 address"),
        (Gateway, GATEWAY | {"snat": "x"}, "here.ipv4.snat: must be 'address', 'masquerade' or 'off'"),
        (Gateway, GATEWAY | {"color": "red"}, "here.color: is not a known field"),
        (Gateway, GATEWAY | {"checks": 7}, "here.checks: must be a list"),
        (Gateway, GATEWAY | {"checks": [ICMP] * 9}, "here.checks: must name at most 8"),
        (Gateway, {k: v for k, v in GATEWAY.items() if k != "name"}, "here.name: is missing"),
        (
            Interface,
            {"name": "eth0", "addresses": ["x"]},
            "here.addresses.0: is not an IPv4 address with its prefix length, like 192.168.1.1/24",
        ),
        (Timing, {"interval_s": 0}, "here.interval_s: must be at least 0.1"),
        (Timing, {"interval_s": "soon"}, "here.interval_s: must be a number"),
        (Timing, {"interval_s": "nan"}, "here.interval_s: must be a number"),
        (IcmpCheck, {"targets": []}, "here.targets: must name at least 1"),
        (
            UdpCheck,
            {"targets": ["a"], "payload": "abc"},
            "here.payload: must be pairs of hexadecimal digits, like 0a1b",
        ),
        (
            UdpCheck,
            {"targets": ["a"], "query_type": "MX"},
            "here.query_type: must be 'A', 'AAAA', 'NS', 'SOA' or 'TXT'",
        ),
        (Check, {"kind": "smoke"}, "here: must be one of the kinds 'link', 'icmp', 'tcp', 'udp', 'http'"),
        (Check, {}, "here: must name its kind"),
        (Config, {"gateways": [{}] * 4001}, "here.gateways: must name at most 127"),
        (Config, {"rules": [{}] * 4001}, "here.rules: must name at most 1000"),
        (Config, {"interfaces": [{}] * 4201}, "here.interfaces: must name at most 4200"),
        (Config, dict.fromkeys(map(str, range(10_001)), 0), "here: 10001 errors, too many to list"),
        (Failover, {"timing": 3}, "here.timing: must be an object with fields"),
        (TrialRequest, {"gateway": True, "check": ICMP}, "here.gateway: must be a whole number"),
        (TrialRequest, {"gateway": "1", "check": ICMP}, "here.gateway: must be a whole number"),
        (TrialRequest, {"gateway": 1, "check": ICMP, "timeout_s": True}, "here.timeout_s: must be a number"),
    ],
)
def test_a_finding_is_a_sentence(kind: Any, values: object, complaint: str) -> None:
    assert complaints(kind, values) == [complaint]


def test_what_follows_from_a_part_is_not_said_of_the_whole() -> None:
    (complaint,) = complaints(IcmpCheck, {"targets": ["-rf"]})
    assert complaint.startswith("here.targets.0: ")


def test_findings_in_different_fields_are_all_said() -> None:
    assert len(complaints(Gateway, GATEWAY | {"weight": 0, "name": ""})) == 2


def test_of_many_findings_the_first_are_named_and_the_others_counted() -> None:
    strange = complaints(Gateway, GATEWAY | dict.fromkeys(map(str, range(200)), 0))
    assert len(strange) == MOST_NAMED + 1
    assert strange[-1] == f"here: and {200 - MOST_NAMED} more errors"


def test_a_line_full_of_mistakes_keeps_nobody_waiting() -> None:
    began_s = monotonic()
    complaints(Gateway, GATEWAY | dict.fromkeys(map(str, range(7600)), 0))
    assert monotonic() - began_s < 2  # 0.03 s; each compared with all the others, it took 7
