"""What the kernel still holds when a worker starts, and what that says."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

from app.model.choices import Role
from app.model.config import Config, Gateway, Interface
from app.model.facts import AddressFact, DefaultRoute, Facts, Link
from app.model.leg import IPv4Leg
from app.model.verdict import State
from app.plan.state import KernelState
from app.worker.inherited import inherited
from tests.legs import ipv4
from tests.plan.by_number import desired_state
from tests.plan.strategies import verdict

OWN = AddressFact(address=IPv4Interface("192.168.1.100/24"))
LINK = Link(name="eth1", index=3, up=True, carrier=True, addresses=(OWN,))
TOLD = DefaultRoute(interface="eth1", next_hop=IPv4Address("192.168.1.1"))
LEASED = Facts(links=(LINK,), defaults=(TOLD,))
GATEWAY = Gateway(number=1, name="Cable", interface="eth1", ipv4=IPv4Leg(address=None))
CONFIG = Config(interfaces=(Interface(name="eth1", role=Role.WAN),), gateways=(GATEWAY,))
LEFT = desired_state(CONFIG, LEASED, {1: verdict(State.UP)}).state


def test_nothing_was_missed() -> None:
    found = inherited(CONFIG, LEASED, LEFT)
    assert (found.facts, found.in_use, found.changed) == (LEASED, frozenset({ipv4(1)}), frozenset())


def test_an_empty_table_says_that_the_address_has_changed() -> None:
    """Whatever address is there now: the one that flows were translated to has been away."""
    assert inherited(CONFIG, LEASED, KernelState()).changed == {ipv4(1)}


def test_another_next_hop_says_that_it_has_changed() -> None:
    now = replace(LEASED, defaults=(replace(TOLD, next_hop=IPv4Address("192.168.1.9")),))
    assert inherited(CONFIG, now, LEFT).changed == {ipv4(1)}


def test_a_gateway_without_an_address_is_not_another_one() -> None:
    bare = Facts(links=(replace(LINK, addresses=()),))
    assert inherited(CONFIG, bare, KernelState()).changed == set()


def test_a_next_hop_that_only_our_table_knows_goes_on_being_known() -> None:
    found = inherited(CONFIG, Facts(links=(LINK,)), LEFT)
    assert (found.facts.defaults, found.changed) == ((TOLD,), frozenset())


def test_a_typed_next_hop_is_nobodys_default_route() -> None:
    typed = replace(CONFIG, gateways=(replace(GATEWAY, ipv4=IPv4Leg(address=IPv4Address("192.168.1.1"))),))
    assert inherited(typed, Facts(links=(LINK,)), LEFT).facts.defaults == ()
