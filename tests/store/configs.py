"""Any consistent configuration, for what must hold for all of them."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from hypothesis import strategies as st

from app.model.check import Check, HttpCheck, IcmpCheck, LinkCheck, TcpCheck, Timing, TimingOverrides, UdpCheck
from app.model.config import (
    AllDown,
    Balancing,
    Clients,
    Config,
    Failover,
    Gateway,
    Interface,
    OnReturn,
    Panel,
    Role,
    Settings,
    Snat,
)
from app.model.rule import IfDown, PortRange, Protocol, TrafficRule

HOSTS = st.sampled_from(["10.0.0.3", "1.1.1.1", "example.com", "ping.example.org", "a-b.test"])
TARGETS = st.lists(HOSTS, min_size=1, max_size=4, unique=True).map(tuple)
SECONDS = st.floats(min_value=0.1, max_value=60, allow_nan=False)
COUNTS = st.integers(1, 100)
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


TIMINGS = st.builds(
    Timing,
    interval_s=SECONDS,
    timeout_s=SECONDS,
    fall=COUNTS,
    rise=COUNTS,
    hold_s=st.floats(0, 3600, allow_nan=False),
    standby_interval_s=SECONDS,
)
OVERRIDES = st.builds(
    TimingOverrides,
    interval_s=st.none() | SECONDS,
    timeout_s=st.none() | SECONDS,
    fall=st.none() | COUNTS,
    rise=st.none() | COUNTS,
    hold_s=st.none() | st.floats(0, 3600, allow_nan=False),
    standby_interval_s=st.none() | SECONDS,
)
SETTINGS = st.builds(
    Settings,
    failover=st.builds(
        Failover,
        enabled=st.booleans(),
        checks=st.lists(checks(), max_size=3).map(tuple),
        timing=TIMINGS,
        all_down=st.sampled_from(AllDown),
        clients=st.sampled_from(Clients),
    ),
    balancing=st.sampled_from(Balancing),
    panel=st.builds(
        Panel,
        port=st.integers(1, 65535),
        reachable_from_outside=st.booleans(),
        confirm_window_s=st.integers(15, 600),
    ),
)


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
    return Gateway(
        number=number,
        name=name,
        interface=interface.name,
        address=near if fixed else None,
        far=fixed and (subnet is None or draw(st.booleans())),
        weight=draw(st.integers(1, 256)),
        tier=draw(st.integers(1, 3)),
        on_return=draw(st.sampled_from(OnReturn)),
        enabled=draw(st.booleans()),
        cut=draw(st.booleans()),
        source=draw(st.none() | st.sampled_from(own)),
        snat=draw(st.sampled_from(Snat)),
        checks=draw(st.none() | st.lists(checks(), max_size=3).map(tuple)),
        timing=draw(OVERRIDES),
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
    return TrafficRule(
        number=number,
        name=draw(NAMES),
        enabled=draw(st.booleans()),
        source=draw(st.none() | NETWORKS),
        mac=draw(st.none() | st.just("00:16:3e:00:00:01")),
        interface=draw(st.none() | st.just("lan0")),
        destination=draw(st.none() | NETWORKS),
        protocol=protocol,
        ports=draw(ports),
        source_ports=draw(ports),
        dscp=draw(st.none() | st.integers(0, 63)),
        gateway=target.number if target is not None and not by_tier else None,
        tier=target.tier if target is not None and by_tier else None,
        if_down=draw(st.sampled_from(IfDown)),
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
    config.require_consistent()
    return config
