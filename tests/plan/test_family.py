"""Objects of two families side by side: they never meet, and each says which it is."""

from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, IPv6Network, ip_network

import pytest

from app.kernel.nft_json import replacement
from app.model.config import EMPTY
from app.model.facts import Facts
from app.model.family import Family, IPAddress, family_of
from app.plan.objects.address import Address
from app.plan.objects.route import Nexthop, Route, RouteKind
from app.plan.objects.rule import Rule
from app.plan.render import describe, render
from app.plan.render_nft import rule_line
from app.plan.routing import rules
from app.plan.ruleset import Chain, RuleLine, Ruleset, Snat
from app.plan.state import KernelState, Put, diff

V6 = Family.IPV6


def both() -> KernelState:
    ways: dict[Family, IPAddress] = {Family.IPV4: IPv4Address("10.0.1.1"), V6: IPv6Address("fe80::1")}
    return KernelState(
        [
            Address("eth1", IPv6Interface("2001:db8::2/64")),
            Address("eth1", IPv4Interface("10.0.1.2/24")),
            *(one for family in reversed(Family) for one in rules(family, (), EMPTY, Facts())),
            *(Route(243, family.everywhere, (Nexthop("eth1", way),)) for family, way in reversed(ways.items())),
            Route(243, IPv6Network("2001:db8:a100::/56"), (), kind=RouteKind.UNREACHABLE),
        ]
    )


def test_a_listing_has_ipv4_first_and_says_where_it_is_the_other() -> None:
    assert render(both()) == [
        "10.0.1.2/24 dev eth1",
        "-6 2001:db8::2/64 dev eth1",
        "priority 240 from all lookup main suppress_prefixlength 0 protocol 243",
        "priority 243 from all lookup 243 protocol 243",
        "priority 244 from all lookup 244 protocol 243",
        "-6 priority 240 from all lookup main suppress_prefixlength 0 protocol 243",
        "-6 priority 243 from all lookup 243 protocol 243",
        "-6 priority 244 from all lookup 244 protocol 243",
        "default via 10.0.1.1 dev eth1 table 243 proto static",
        "-6 default via fe80::1 dev eth1 table 243 proto static metric 1024",
        "-6 unreachable 2001:db8:a100::/56 table 243 proto static metric 1024",
    ]


def test_the_changes_of_both_have_an_order_and_the_words_of_ip() -> None:
    commands = [describe(change) for change in diff(both(), KernelState())]
    assert commands[:2] == ["ip address add 10.0.1.2/24 dev eth1", "ip -6 address add 2001:db8::2/64 dev eth1"]
    assert commands[2] == "ip rule add priority 240 from all lookup main suppress_prefixlength 0 protocol 243"
    assert commands[-1].startswith("ip -6 route replace unreachable 2001:db8:a100::/56 table 243 ")
    removals = [describe(change) for change in diff(KernelState(), both())]
    assert "ip -6 rule del priority 243 from all lookup 243 protocol 243" in removals


def test_to_remove_one_family_leaves_the_other() -> None:
    of_ipv4 = [one for one in both() if isinstance(one, Address | Route | Rule) and one.family is Family.IPV4]
    changes = diff(KernelState(of_ipv4), both())
    assert len(changes) == 6
    assert not any(isinstance(change, Put) or change.item in of_ipv4 for change in changes)


def test_a_rule_has_the_family_of_its_source() -> None:
    with pytest.raises(ValueError, match="no network of IPV4"):
        Rule(241, 241, source=IPv6Network("2001:db8::/64"))


@pytest.mark.parametrize("family", list(Family))
def test_everywhere_has_every_address_and_is_of_its_family(family: Family) -> None:
    assert family_of(family.everywhere) is family
    assert family.network((bytes(family.bits // 8), 0)) == family.everywhere
    assert family.address(b"\x20" * (family.bits // 8)) in family.everywhere
    assert ip_network(family.address(bytes(family.bits // 8))).prefixlen == family.bits


def test_a_translation_is_of_the_family_of_its_address() -> None:
    snat = RuleLine((Snat(IPv6Address("2001:db8::2")),))
    assert rule_line(snat) == "snat ip6 to 2001:db8::2"
    made = replacement(Ruleset((), (Chain("c", None, (snat,)),)), [])[-1]
    assert made["add"]["rule"]["expr"] == [{"snat": {"family": "ip6", "addr": "2001:db8::2"}}]
