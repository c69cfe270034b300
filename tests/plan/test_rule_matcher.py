"""Who is not inside, and so has no way out by the rules."""

from ipaddress import IPv4Address

import pytest

from app.plan.rule_matcher import isps_side
from tests.plan import paper


@pytest.mark.parametrize(
    ("source", "side"),
    [
        ("62.231.110.80", ""),
        ("10.99.0.1", ""),  # perhaps behind another router inside
        ("192.168.1.20", "it lies on eth1, ISP 1's side"),
        ("172.17.0.9", "it lies on eth2, ISP 2's side"),
    ],
)
def test_an_address_on_an_isps_side_is_not_inside(source: str, side: str) -> None:
    assert isps_side(IPv4Address(source), paper.config(), paper.FACTS) == side
