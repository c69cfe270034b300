"""Rules that an earlier one always decides before."""

import pytest

from app.model.choices import Protocol
from app.model.rule import PortRange, TrafficRule
from app.plan.shadows import shadows
from tests.plan.rules import network, rule


def shadowed(*rules: TrafficRule) -> dict[int, int]:
    """The rules that are never reached, each with the one that decides before it."""
    return {one.rule.number: one.covering.number for one in shadows(rules)}


def ports(*spans: tuple[int, int]) -> tuple[PortRange, ...]:
    return tuple(PortRange(first=first, last=last) for first, last in spans)


WIDE = rule(1, source=network("192.168.0.0/16"))


@pytest.mark.parametrize(
    "covered",
    [
        rule(2, source=network("192.168.0.0/16")),
        rule(2, source=network("192.168.7.0/24"), protocol=Protocol.UDP),
        rule(2, source=network("192.168.7.9/32"), destination=network("9.9.9.9/32"), interface="eth0", dscp=46),
    ],
)
def test_a_rule_within_an_earlier_one_is_never_reached(covered: TrafficRule) -> None:
    assert shadowed(WIDE, covered) == {2: 1}


@pytest.mark.parametrize(
    "other",
    [
        rule(2),
        rule(2, source=network("192.0.0.0/8")),
        rule(2, source=network("10.0.0.0/8")),
        rule(2, destination=network("192.168.0.0/16")),
        rule(2, source=network("192.168.0.0/16"), enabled=False),
    ],
)
def test_one_that_is_wider_elsewhere_or_disabled_is_not(other: TrafficRule) -> None:
    assert shadowed(WIDE, other) == {}


def test_a_disabled_rule_shadows_nothing_and_one_that_takes_everything_all_after_it() -> None:
    disabled = rule(1, enabled=False)
    assert shadowed(disabled, rule(2, dscp=3)) == {}
    assert shadowed(rule(1, dscp=3), rule(2), rule(3, dscp=3), rule(4, mac="00:16:3e:00:00:01")) == {3: 1, 4: 2}


def test_both_protocols_cover_each_and_neighboring_ranges_cover_what_lies_across() -> None:
    both = rule(1, protocol=Protocol.TCP_UDP, ports=ports((80, 89), (90, 99)))
    assert shadowed(both, rule(2, protocol=Protocol.UDP, ports=ports((85, 95)))) == {2: 1}
    assert shadowed(both, rule(2, protocol=Protocol.UDP, ports=ports((85, 100)))) == {}
    assert shadowed(rule(1, protocol=Protocol.UDP), rule(2, protocol=Protocol.TCP_UDP)) == {}


def test_a_thousand_rules_are_looked_through_quickly_and_the_first_that_covers_is_named() -> None:
    hosts = [rule(number, source=network(f"10.0.{number // 256}.{number % 256}/32")) for number in range(1, 1000)]
    assert shadowed(*hosts, rule(1000, source=network("10.0.0.7/32"), dscp=1)) == {1000: 7}
