from ipaddress import IPv4Address, IPv4Interface

import pytest

from app.health.situation import Situation, situation
from app.model.choices import Role
from app.model.config import Config, Gateway, Interface
from app.model.facts import AddressFact, Facts, Link, Neighbor
from app.model.family import Family
from app.model.leg import IPv4Leg
from app.model.status import LayerStatus
from app.model.verdict import Layer

GATEWAY = Gateway(number=1, name="A", interface="eth1", ipv4=IPv4Leg(address=IPv4Address("192.168.1.2")))
CONFIG = Config(interfaces=(Interface(name="eth1", role=Role.WAN),), gateways=(GATEWAY,))


def facts(
    *, up: bool = True, carrier: bool = True, address: str = "192.168.1.1/24", failed: bool | None = None
) -> Facts:
    addresses = (AddressFact(address=IPv4Interface(address)),) if address else ()
    link = Link(name="eth1", index=2, up=up, carrier=carrier, addresses=addresses)
    next_hop = IPv4Address("192.168.1.2")
    neighbors = () if failed is None else (Neighbor(interface="eth1", address=next_hop, failed=failed),)
    return Facts(links=(link,), neighbors=neighbors)


@pytest.mark.parametrize(
    ("seen", "fault", "text"),
    [
        (Facts(), Layer.CARRIER, "eth1 is absent"),
        (facts(up=False, carrier=False), Layer.CARRIER, "eth1 is set down"),
        (facts(carrier=False), Layer.CARRIER, "no carrier on eth1"),
        (facts(carrier=False, address=""), Layer.CARRIER, "no carrier on eth1"),
        (facts(address=""), Layer.ADDRESS, "eth1 has no address"),
        (facts(address="10.1.1.1/24"), Layer.ADDRESS, "192.168.1.2 is outside every subnet of eth1"),
    ],
)
def test_the_lowest_fault_is_named(seen: Facts, fault: Layer, text: str) -> None:
    found = situation(GATEWAY, Family.IPV4, CONFIG, seen)
    assert (found.fault, found.text) == (fault, text)
    assert found.layers()[-1] == LayerStatus(layer=fault, text=text, ok=False)


@pytest.mark.parametrize("failed", [None, False, True])
def test_the_next_hop_explains_and_is_no_fault(failed: bool | None) -> None:
    found = situation(GATEWAY, Family.IPV4, CONFIG, facts(failed=failed))
    assert found.fault is None
    assert found.next_hop_answers is (None if failed is None else not failed)
    text = "next hop 192.168.1.2 does not reply (ARP)" if failed else "next hop 192.168.1.2"
    assert found.layers() == (
        LayerStatus(layer=Layer.CARRIER, text="carrier on eth1", ok=True),
        LayerStatus(layer=Layer.ADDRESS, text="address 192.168.1.1", ok=True),
        LayerStatus(layer=Layer.NEXT_HOP, text=text, ok=None if failed is None else not failed),
    )


def test_a_point_to_point_link_has_no_next_hop() -> None:
    found = Situation("ppp0", source=IPv4Address("10.1.1.1"))
    assert [layer.layer for layer in found.layers()] == [Layer.CARRIER, Layer.ADDRESS]
