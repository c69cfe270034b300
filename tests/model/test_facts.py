"""How a gateway is attached, by what is observed of the machine."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from app.model.choices import Role
from app.model.config import Config, Gateway, Interface
from app.model.facts import AddressFact, Attachment, DefaultRoute, Facts, Link, attachment, with_lasting_defaults
from app.model.family import Family
from app.model.leg import IPv4Leg

CONFIG = Config(interfaces=(Interface(name="eth1", role=Role.WAN),))
AUTO = Gateway(number=1, name="A", interface="eth1", ipv4=IPv4Leg(address=None))


def own(address: str, peer: str | None = None) -> AddressFact:
    return AddressFact(address=IPv4Interface(address), peer=None if peer is None else IPv4Address(peer))


def link(*addresses: AddressFact, point_to_point: bool = False) -> Link:
    return Link(name="eth1", index=2, up=True, carrier=True, addresses=addresses, point_to_point=point_to_point)


def default(next_hop: str | None, metric: int = 0, source: str | None = None, interface: str = "eth1") -> DefaultRoute:
    return DefaultRoute(
        interface=interface,
        next_hop=None if next_hop is None else IPv4Address(next_hop),
        metric=metric,
        source=None if source is None else IPv4Address(source),
    )


def attached(next_hop: str | None, source: str, subnet: str | None = None) -> Attachment:
    return Attachment(
        next_hop=None if next_hop is None else IPv4Address(next_hop),
        source=IPv4Address(source),
        subnet=None if subnet is None else IPv4Network(subnet),
    )


@pytest.mark.parametrize(
    ("seen", "defaults", "how"),
    [
        pytest.param(
            link(own("192.168.1.100/24")),
            [default("192.168.1.1", 100)],
            attached("192.168.1.1", "192.168.1.100", "192.168.1.0/24"),
            id="a lease",
        ),
        pytest.param(
            link(own("192.168.1.100/24")),
            [default("192.168.1.1", 200), default("192.168.1.9", 100)],
            attached("192.168.1.9", "192.168.1.100", "192.168.1.0/24"),
            id="of two default routes the one that the kernel would use",
        ),
        pytest.param(
            link(own("192.168.1.100/24"), own("192.168.1.101/24")),
            [default("192.168.1.1", 100, source="192.168.1.101")],
            attached("192.168.1.1", "192.168.1.101", "192.168.1.0/24"),
            id="renewed with another address, the old one still there",
        ),
        pytest.param(
            link(own("203.0.113.5/32")),
            [default("203.0.113.1")],
            attached("203.0.113.1", "203.0.113.5"),
            id="a lease of a single address, its next hop far",
        ),
        pytest.param(
            link(own("10.64.0.2/32", peer="10.64.0.1"), point_to_point=True),
            [],
            attached(None, "10.64.0.2"),
            id="PPP without a default route",
        ),
        pytest.param(
            link(own("10.64.0.2/32", peer="10.64.0.1"), own("10.64.0.3/32"), point_to_point=True),
            [default(None, source="10.64.0.3")],
            attached(None, "10.64.0.3"),
            id="PPP with a default route",
        ),
        pytest.param(
            link(own("10.64.0.2/32", peer="10.64.0.1")),
            [],
            attached("10.64.0.1", "10.64.0.2"),
            id="a peer on Ethernet",
        ),
        pytest.param(
            link(own("100.64.3.9/22")),
            [default(None)],
            attached(None, "100.64.3.9"),
            id="a modem that needs no next hop",
        ),
    ],
)
def test_the_address_from_the_interface(seen: Link, defaults: list[DefaultRoute], how: Attachment) -> None:
    assert attachment(AUTO, Family.IPV4, CONFIG, Facts(links=(seen,), defaults=tuple(defaults))) == how


@pytest.mark.parametrize(
    ("seen", "defaults", "why"),
    [
        (link(), [default("192.168.1.1")], "eth1 has no address"),
        (link(own("169.254.7.7/16")), [default(None, 1000)], "eth1 has only a link-local address"),
        (link(own("192.168.1.100/24")), [], "eth1 has no default route"),
        (
            link(own("192.168.1.100/24")),
            [default("172.17.0.2", interface="eth2")],
            "eth1 has no default route; eth2 has one, so give each DHCP client its own metric",
        ),
    ],
)
def test_what_is_missing_is_said(seen: Link, defaults: list[DefaultRoute], why: str) -> None:
    assert attachment(AUTO, Family.IPV4, CONFIG, Facts(links=(seen,), defaults=tuple(defaults))) == why


def test_a_typed_next_hop_may_be_the_other_end_of_the_link() -> None:
    typed = replace(AUTO, ipv4=IPv4Leg(address=IPv4Address("10.64.0.1")))
    facts = Facts(links=(link(own("10.64.0.2/32", peer="10.64.0.1"), point_to_point=True),))
    assert attachment(typed, Family.IPV4, CONFIG, facts) == attached("10.64.0.1", "10.64.0.2")


def test_a_typed_next_hop_needs_no_default_route() -> None:
    typed = replace(AUTO, ipv4=IPv4Leg(address=IPv4Address("192.168.1.1")))
    facts = Facts(links=(link(own("192.168.1.100/24")),), defaults=(default("172.17.0.2", interface="eth2"),))
    assert attachment(typed, Family.IPV4, CONFIG, facts) == attached("192.168.1.1", "192.168.1.100", "192.168.1.0/24")


# What a client has told is believed as long as the address that came with it.
OWN_ADDRESS = AddressFact(address=IPv4Interface("192.168.1.100/24"))
LINK = Link(name="eth1", index=3, up=True, carrier=True, addresses=(OWN_ADDRESS,))
TOLD = DefaultRoute(interface="eth1", next_hop=IPv4Address("192.168.1.1"), metric=100)
OTHER = DefaultRoute(interface="eth1", next_hop=IPv4Address("192.168.1.9"))
LEASED = Facts(links=(LINK,), defaults=(TOLD,))


@pytest.mark.parametrize("link", [LINK, replace(LINK, up=False, carrier=False), replace(LINK, mtu=1400)])
def test_a_route_that_is_gone_is_still_known_while_the_address_is_there(link: Link) -> None:
    now = Facts(links=(link,))
    assert with_lasting_defaults(now, LEASED).defaults == (TOLD,)


@pytest.mark.parametrize(
    "now",
    [
        Facts(),
        Facts(links=(replace(LINK, addresses=()),)),
        Facts(links=(replace(LINK, addresses=(AddressFact(address=IPv4Interface("192.168.1.101/24")),)),)),
        Facts(links=(replace(LINK, index=4),)),
    ],
    ids=["device gone", "no address", "another address", "another device of that name"],
)
def test_with_the_address_it_is_forgotten(now: Facts) -> None:
    assert with_lasting_defaults(now, LEASED) == now


def test_another_route_takes_its_place() -> None:
    now = replace(LEASED, defaults=(OTHER,))
    assert with_lasting_defaults(now, LEASED) == now


def test_once_forgotten_it_does_not_come_back() -> None:
    bare = with_lasting_defaults(Facts(links=(replace(LINK, addresses=()),)), LEASED)
    assert with_lasting_defaults(Facts(links=(LINK,)), bare).defaults == ()
