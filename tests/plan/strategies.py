"""Random routers: configurations that are consistent, facts that fit them more or less, and any verdicts."""

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface

from hypothesis import strategies as st

from app.model.choices import AllDown, Balancing, Clients, Role, Snat
from app.model.config import Config, Failover, Gateway, Interface, Settings
from app.model.consistency import require_consistent
from app.model.facts import AddressFact, DefaultRoute, Facts, Link, Neighbor
from app.model.guard import Guard, GuardMode
from app.model.leg import IPv4Leg
from app.model.verdict import State, Verdict

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def verdict(state: State, *, adopted: bool = False) -> Verdict:
    """`adopted`: of what is unknown that it was in use, of what is down that its hold alone is left."""
    carries = state is State.UP or (state is State.UNKNOWN and adopted)
    risen = state is State.DOWN and adopted
    return Verdict(state=state, reason="drawn", since=SINCE, carries=carries, answers=risen, risen=risen)


GUARDS = (
    Guard(),
    Guard(mode=GuardMode.OFF),
    Guard(mode="on", allowed="22/tcp from 203.0.113.0/24, 500-600/udp, esp", trusted="10.0.0.0/8 fd00::/8"),  # type: ignore[arg-type]
)


def subnet(number: int) -> str:
    return f"10.{number}.0"


@st.composite
def routers(draw: st.DrawFn, most: int = 6) -> tuple[Config, Facts, dict[int, Verdict]]:
    """A router with up to `most` gateways, each behind an interface of its own."""
    numbers = sorted(draw(st.sets(st.integers(1, 127), max_size=most)))
    settings = Settings(
        balancing=draw(st.sampled_from(Balancing)),
        guard=draw(st.sampled_from(GUARDS)),
        failover=Failover(all_down=draw(st.sampled_from(AllDown)), clients=draw(st.sampled_from(Clients))),
    )
    lan = Interface(name="lan0", role=Role.LAN, managed=True, addresses=(IPv4Interface("192.168.77.1/24"),))
    interfaces, gateways, links, defaults = [lan], [], [_link(lan, 1, up=True, present_addresses=True)], []
    for number in numbers:
        dynamic = draw(st.booleans())
        own = () if dynamic else (IPv4Interface(f"{subnet(number)}.1/24"),)
        wan = Interface(name=f"wan{number}", role=Role.WAN, managed=not dynamic, addresses=own)
        interfaces.append(wan)
        gateways.append(
            Gateway(
                number=number,
                name=f"ISP {number}",
                interface=wan.name,
                ipv4=IPv4Leg(
                    address=None if dynamic else IPv4Address(f"{subnet(number)}.2"), snat=draw(st.sampled_from(Snat))
                ),
                weight=draw(st.integers(1, 256)),
                tier=draw(st.integers(1, 3)),
                enabled=draw(st.booleans()),
                cut=draw(st.booleans()),
            )
        )
        if draw(st.integers(0, 9)):
            leased = draw(st.booleans())
            links.append(_link(wan, number + 1, up=draw(st.booleans()), present_addresses=leased, number=number))
            if leased and dynamic:
                defaults.append(DefaultRoute(interface=wan.name, next_hop=IPv4Address(f"{subnet(number)}.2")))
    verdicts = {
        number: verdict(draw(st.sampled_from(State)), adopted=draw(st.booleans()))
        for number in numbers
        if draw(st.booleans())
    }
    config = Config(interfaces=tuple(interfaces), gateways=tuple(gateways), settings=settings)
    require_consistent(config)
    return config, Facts(links=tuple(links), defaults=tuple(defaults)), verdicts


def _link(interface: Interface, index: int, *, up: bool, present_addresses: bool, number: int = 0) -> Link:
    own = interface.addresses or (IPv4Interface(f"{subnet(number)}.1/24"),)
    addresses = tuple(AddressFact(address=one) for one in own) if present_addresses else ()
    return Link(name=interface.name, index=index, up=up, carrier=up, addresses=addresses)


def neighbor(interface: str, address: str, mac: str) -> Neighbor:
    return Neighbor(interface=interface, address=IPv4Address(address), mac=mac)
