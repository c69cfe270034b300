"""Legs for tests: of gateways that are reached in IPv4 alone, told by their numbers, and of one with two families."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Interface, IPv6Address, IPv6Interface
from typing import ClassVar, TypeVar

from app.model.base import domain
from app.model.config import Config, Gateway
from app.model.facts import AddressFact, Facts
from app.model.family import Family, IPInterface
from app.model.leg import Leg, LegId
from tests.plan import paper

T = TypeVar("T")


def ipv4(number: int) -> LegId:
    return LegId(number, Family.IPV4)


def ipv6(number: int) -> LegId:
    return LegId(number, Family.IPV6)


def in_ipv4(by_number: Mapping[int, T]) -> dict[LegId, T]:
    return {ipv4(number): one for number, one in by_number.items()}


@domain
class IPv6Leg(Leg):
    """How an ISP is reached in IPv6, as a later version will have it."""

    family: ClassVar[Family] = Family.IPV6

    address: IPv6Address | None
    source: IPv6Address | None = None


@domain
class Both(Gateway):
    """A gateway that may have a leg of IPv6 as well."""

    ipv6: IPv6Leg | None = None


def both(like: Gateway, leg: IPv6Leg | None) -> Both:
    fields = {name: getattr(like, name) for name in Gateway.__dataclass_fields__}
    return Both(**fields, ipv6=leg)


# The paper's router, whose first ISP has a leg of each family. The interfaces of the ISPs are somebody else's, so that
# their addresses are those that are observed.
FIRST = both(paper.GATEWAYS[0], IPv6Leg(address=IPv6Address("2001:db8:1::2")))
SECOND = both(paper.GATEWAYS[1], None)


def unmanaged(*gateways: Gateway) -> Config:
    interfaces = (replace(one, managed=False, addresses=()) for one in paper.INTERFACES[1:])
    return replace(paper.config(*gateways), interfaces=(paper.INTERFACES[0], *interfaces))


def _interface(text: str) -> IPInterface:
    return IPv6Interface(text) if ":" in text else IPv4Interface(text)


CONFIG = unmanaged(FIRST, SECOND)
ADDRESSES = {"eth1": ("192.168.1.1/24", "2001:db8:1::1/64"), "eth2": ("172.17.0.1/24", "2001:db8:2::1/64")}
FACTS = Facts(
    links=tuple(
        replace(link, addresses=tuple(AddressFact(address=_interface(one)) for one in ADDRESSES.get(link.name, ())))
        for link in paper.FACTS.links
    )
)


def without(family: Family) -> Facts:
    """The machine with no address of this family."""
    return Facts(
        links=tuple(
            replace(link, addresses=tuple(one for one in link.addresses if one.family is not family))
            for link in FACTS.links
        )
    )
