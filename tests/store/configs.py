"""Any consistent configuration, for what must hold for all of them."""

from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from annotated_types import BaseMetadata
from hypothesis import strategies as st
from pydantic import AfterValidator, BeforeValidator
from pydantic.fields import FieldInfo

from app.model.check import Check, HttpCheck, IcmpCheck, LinkCheck, TcpCheck, UdpCheck
from app.model.choices import Protocol, Role
from app.model.config import Config, Failover, Gateway, Interface, Settings
from app.model.consistency import require_consistent
from app.model.leg import IPv4Leg
from app.model.rule import PortRange, TrafficRule

T = TypeVar("T")

HOSTS = st.sampled_from(["10.0.0.3", "1.1.1.1", "example.com", "ping.example.org", "a-b.test"])
TARGETS = st.lists(HOSTS, min_size=1, max_size=4, unique=True).map(tuple)
NAMES = st.text(st.characters(categories=["L", "N", "P", "Sc", "Zs"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip() and text != ""
)


@st.composite
def checks(draw: st.DrawFn) -> Check:
    targets = draw(TARGETS)
    quorum = draw(st.integers(1, len(targets)))
    port = draw(st.integers(1, 65535))
    kind = draw(st.sampled_from(["link", "icmp", "tcp", "udp", "http"]))
    match kind:
        case "icmp":
            return IcmpCheck(targets=targets, quorum=quorum)
        case "tcp":
            return TcpCheck(targets=targets, quorum=quorum, port=port)
        case "udp":
            return UdpCheck(targets=targets, quorum=quorum, port=port, payload="00ff", expect=draw(st.just("ab")))
        case "http":
            return HttpCheck(
                url="http://10.0.0.3/ä?q=1",
                method=draw(st.sampled_from(["GET", "HEAD"])),
                status=draw(st.none() | st.integers(100, 599)),
                contains=draw(st.text(st.characters(categories=["L", "N"]), max_size=20)),
                follow_redirects=draw(st.booleans()),
                verify_tls=draw(st.booleans()),
                address=draw(st.none() | st.just(IPv4Address("10.0.0.3"))),
            )
        case _:
            return LinkCheck()


TEXTS = st.just("") | NAMES


def derived(hint: Any) -> st.SearchStrategy[Any] | None:
    """Any value of a plain type within its bounds, so that a new setting is covered without a line here.

    None for a type with rules of its own: such a field has its default, or a strategy that is given.
    """
    hint, *metadata = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    bounds = [bound for one in metadata for bound in (one.metadata if isinstance(one, FieldInfo) else [one])]
    if any(isinstance(one, BeforeValidator | AfterValidator) for one in bounds):
        return None
    if get_origin(hint) in {Union, UnionType}:
        found = [st.none() if member is NoneType else derived(member) for member in get_args(hint)]
        return None if None in found else st.one_of(*(one for one in found if one is not None))
    if isinstance(hint, type) and is_dataclass(hint):
        return filled(hint)
    if hint is str:
        return TEXTS
    if hint in {int, float}:
        known = tuple(one for one in bounds if isinstance(one, BaseMetadata))
        bounded: Any = Annotated[(hint, *known)] if known else hint
        return st.from_type(bounded).filter(lambda number: abs(number) < 2**63)  # what SQLite holds; not NaN
    if hint is bool or get_origin(hint) is Literal or (isinstance(hint, type) and issubclass(hint, Enum)):
        return st.from_type(hint)
    return None


@cache
def derivable(domain: type) -> dict[str, st.SearchStrategy[Any]]:
    found = {name: derived(hint) for name, hint in get_type_hints(domain, include_extras=True).items()}
    return {name: strategy for name, strategy in found.items() if strategy is not None}


def filled(domain: type[T], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Objects of a domain class: these fields as given, all others derived from their types."""
    known: type = domain  # for mypy: type[T] is not hashable to it
    return st.builds(domain, **(derivable(known) | given))


CHECKS = st.lists(checks(), max_size=3).map(tuple)
SETTINGS = filled(Settings, failover=filled(Failover, checks=CHECKS))


@st.composite
def interfaces(draw: st.DrawFn, place: int, role: Role) -> Interface:
    """An interface whose addresses are in networks of its own."""
    count = draw(st.integers(0, 3))
    addresses = tuple(IPv4Interface(f"10.{place}.{own}.1/24") for own in range(count))
    return Interface(name=f"eth{place}", role=role, managed=bool(addresses), addresses=addresses)


@st.composite
def gateways(draw: st.DrawFn, number: int, name: str, interface: Interface) -> Gateway:
    """A gateway that fits its interface: in a subnet, far, or from the interface."""
    subnet = interface.addresses[0].network if interface.addresses else None
    near = IPv4Address(f"10.{interface.name[3:]}.0.2")
    fixed = draw(st.booleans())
    own = [one.ip for one in interface.addresses] or [IPv4Address("192.0.2.1")]
    return draw(
        filled(
            Gateway,
            number=st.just(number),
            name=st.just(name),
            interface=st.just(interface.name),
            ipv4=filled(
                IPv4Leg,
                address=st.just(near if fixed else None),
                far=st.just(fixed and (subnet is None or draw(st.booleans()))),
                source=st.none() | st.sampled_from(own),
            ),
            tier=st.integers(1, 3),
            checks=st.none() | CHECKS,
        )
    )


PORTS = st.lists(st.integers(1, 65535), max_size=6, unique=True).map(
    lambda found: tuple(PortRange(first=a, last=b) for a, b in zip(*[iter(sorted(found))] * 2, strict=False))
)
NETWORKS = st.sampled_from(["10.200.0.0/16", "10.200.1.0/24", "10.200.1.7/32", "198.51.100.0/24", "0.0.0.0/0"]).map(
    IPv4Network
)


@st.composite
def rules(draw: st.DrawFn, number: int, gateways: tuple[Gateway, ...]) -> TrafficRule:
    """A rule that leads to one of these gateways, to a tier that one of them is in, or nowhere in particular."""
    protocol = draw(st.none() | st.sampled_from(Protocol))
    empty: st.SearchStrategy[tuple[PortRange, ...]] = st.just(())
    ports = PORTS if protocol is not None and protocol.has_ports else empty
    leads = draw(st.booleans())
    target = draw(st.sampled_from(gateways)) if gateways and leads else None
    by_tier = draw(st.booleans())
    return draw(
        filled(
            TrafficRule,
            number=st.just(number),
            name=NAMES,
            source=st.none() | NETWORKS,
            mac=st.none() | st.just("00:16:3e:00:00:01"),
            interface=st.none() | st.just("lan0"),
            destination=st.none() | NETWORKS,
            protocol=st.just(protocol),
            ports=ports,
            source_ports=ports,
            dscp=st.none() | st.integers(0, 63),
            gateway=st.just(target.number if target is not None and not by_tier else None),
            tier=st.just(target.tier if target is not None and by_tier else None),
        )
    )


@st.composite
def configs(draw: st.DrawFn) -> Config:
    numbers = draw(st.lists(st.integers(1, 127), max_size=4, unique=True))
    names = draw(st.lists(NAMES, min_size=len(numbers), max_size=len(numbers), unique_by=str.casefold))
    wans = [draw(interfaces(place, Role.WAN)) for place in range(len(numbers))]
    others = draw(st.lists(st.sampled_from([Role.LAN, Role.UNUSED]), max_size=2))
    rest = [draw(interfaces(100 + place, role)) for place, role in enumerate(others)]
    made: tuple[Gateway, ...] = tuple(draw(gateways(*one)) for one in zip(numbers, names, wans, strict=True))
    config = Config(
        interfaces=tuple(draw(st.permutations([*wans, *rest]))),
        gateways=made,
        rules=tuple(
            draw(rules(number, made)) for number in draw(st.lists(st.integers(1, 99), max_size=3, unique=True))
        ),
        settings=draw(SETTINGS),
    )
    require_consistent(config)
    return config
