"""What a client has told is believed as long as the address that came with it."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

import pytest

from app.model.facts import AddressFact, DefaultRoute, Facts, Link
from app.model.lasting import with_lasting_defaults

OWN = AddressFact(address=IPv4Interface("192.168.1.100/24"))
LINK = Link(name="eth1", index=3, up=True, carrier=True, addresses=(OWN,))
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
