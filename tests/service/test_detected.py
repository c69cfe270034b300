"""What is offered instead of being asked for."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

from app.model.config import EMPTY
from app.model.facts import AddressFact, DefaultRoute, Facts
from app.service.detected import Detected, detected
from app.service.edits.gateways import add_gateway
from app.service.edits.interfaces import edit_address
from tests.service.machine import LOOPBACK, link

LEASED = DefaultRoute(interface="eth1", next_hop=IPv4Address("192.168.1.1"), metric=100)
OWN = AddressFact(address=IPv4Interface("10.64.0.2/32"), peer=IPv4Address("10.64.0.1"))
PPP = replace(link("ppp0", index=7), addresses=(OWN,), point_to_point=True)
MACHINE = Facts(
    links=(
        LOOPBACK,
        PPP,
        link("eth0", "62.231.110.65/26", index=2),
        link("eth1", "192.168.1.100/24", index=3),
        link("eth2", index=4),
        replace(link("eth3", index=5), carrier=False),
        link("eth4", index=6, up=False),
    ),
    defaults=(LEASED,),
)


def named(name: str, found: tuple[Detected, ...]) -> Detected:
    return next(one for one in found if one.name == name)


def test_every_interface_is_told_in_one_line() -> None:
    assert [one.text for one in detected(EMPTY, MACHINE)] == [
        "eth0 · static · 62.231.110.65/26",
        "eth1 · DHCP · 192.168.1.100 · next hop 192.168.1.1",
        "eth2 · no address",
        "eth3 · no carrier · no address",
        "eth4 · set down · no address",
        "ppp0 · point-to-point · 10.64.0.2",
    ]


def test_an_isp_can_follow_what_has_a_way_out() -> None:
    assert [one.name for one in detected(EMPTY, MACHINE) if one.follows] == ["eth1", "ppp0"]


def test_what_is_followed_says_by_which_gateway() -> None:
    config = add_gateway(EMPTY, MACHINE, {"address": "auto", "interface": "eth1"})
    assert named("eth1", detected(config, MACHINE)).gateways == (1,)


def test_an_interface_that_is_managed_is_static_whatever_route_it_has() -> None:
    config = edit_address(EMPTY, MACHINE, "eth1", "192.168.7.1/24")
    found = named("eth1", detected(config, MACHINE))
    assert (found.text, found.follows) == ("eth1 · static · 192.168.7.1/24", False)
