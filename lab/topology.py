"""The plan of the simulated network: machines, interfaces, addresses and cables for N providers.

Pure: it only decides names and numbers. For two providers it is exactly figure 2 of the paper; from the third on,
provider *k* has 192.168.*k*.0/24 inside and 10.0.0.(100+*k*) outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Final

from lab.errors import BadRequest

MOST_ISPS: Final = 16

BALANCER: Final = "balancer"
HOST: Final = "host"
INTERNET: Final = "internet"
# The paper's switch, which connects every provider and the Internet host.
SWITCH: Final = "vmnet8"

BALANCER_LAN: Final = IPv4Interface("62.231.110.65/26")
CLIENTS: Final = tuple(IPv4Address("62.231.110.66") + offset for offset in range(50))
INTERNET_NETWORK: Final = IPv4Network("10.0.0.0/24")
INTERNET_HOST: Final = IPv4Address("10.0.0.3")
PLACES: Final = tuple(IPv4Address("10.0.0.10") + offset for offset in range(50))
# A fixed link address, so that every provider can have a permanent neighbor entry of the Internet host, see `network`.
INTERNET_LINK_ADDRESS: Final = "02:00:0a:00:00:03"


@dataclass(frozen=True, slots=True)
class Interface:
    """A network card of a machine, with its initial addresses."""

    name: str
    addresses: tuple[IPv4Interface, ...] = ()
    link_address: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """One network namespace that represents a computer. `ways`: additional `ip` commands, without the word `ip`."""

    name: str
    interfaces: tuple[Interface, ...]
    default_route: IPv4Address | None = None
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Isp:
    """One provider's router. `number` counts from 1, like the paper's ISP1 and ISP2."""

    number: int
    balancer_interface: str
    balancer: IPv4Interface
    inside: IPv4Interface
    outside: IPv4Interface

    INSIDE_INTERFACE = "eth1"
    OUTSIDE_INTERFACE = "eth2"

    @property
    def name(self) -> str:
        """The machine's name."""
        return f"isp{self.number}"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a cable: a machine's interface, or a port of the switch."""

    device: str
    interface: str


@dataclass(frozen=True, slots=True)
class Cable:
    """A cable, named after its two ends, the one nearer to `host` first."""

    number: int
    near: End
    far: End

    @property
    def name(self) -> str:
        """Such as `balancer-isp1`; also the name of its bridge, so at most 15 characters."""
        return f"{self.near.device}-{self.far.device}"

    @property
    def ends(self) -> tuple[End, End]:
        """Both ends, the nearer to `host` first."""
        return (self.near, self.far)

    def closet_interface(self, end: End) -> str:
        """The name of the veth in the closet whose peer is `end`."""
        return f"{self.number}-{end.device}"


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything to build. An interface without a cable leads nowhere."""

    isps: tuple[Isp, ...]
    machines: tuple[Machine, ...]
    cables: tuple[Cable, ...]
    clients: tuple[IPv4Address, ...] = CLIENTS


def isp(number: int) -> Isp:
    """Provider `number` (1..16), with the paper's addresses for 1 and 2 and regular ones for the others."""
    inside_network = "172.17.0" if number == 2 else f"192.168.{number}"
    outside = f"10.0.0.{number}" if number <= 2 else f"10.0.0.{100 + number}"
    return Isp(
        number=number,
        balancer_interface=f"eth{number}",
        balancer=IPv4Interface(f"{inside_network}.1/24"),
        inside=IPv4Interface(f"{inside_network}.2/24"),
        outside=IPv4Interface(f"{outside}/24"),
    )


def isp_of(source: IPv4Address | str) -> int | None:
    """The number of the provider with the outside address `source`; None for any other address.

    Every provider rewrites the source of its customers' packets to its outside address. So the Internet host can tell
    which provider a packet came through.
    """
    last = int(IPv4Address(source)) - int(IPv4Address("10.0.0.0"))
    if last in (1, 2):
        return last
    return last - 100 if 103 <= last <= 100 + MOST_ISPS else None


def topology(isps: int) -> Topology:
    """The network of the paper with `isps` providers (1..16). Raises BadRequest for another number."""
    if not 1 <= isps <= MOST_ISPS:
        msg = f"{isps} providers: choose 1 to {MOST_ISPS}"
        raise BadRequest(msg)
    providers = tuple(isp(number) for number in range(1, isps + 1))
    # The lab does not set the balancer's addresses: the worker, the console or a test does.
    balancer = (Interface("eth0"), *(Interface(provider.balancer_interface) for provider in providers))
    return shaped(providers, lan=Interface("eth0", (BALANCER_LAN,)), balancer=balancer)


def shaped(
    providers: tuple[Isp, ...],
    *,
    lan: Interface,
    balancer: tuple[Interface, ...],
    balancer_ways: tuple[str, ...] = (),
    isp_ways: Mapping[int, tuple[str, ...]] | None = None,
    clients: tuple[IPv4Address, ...] = CLIENTS,
    more_places: tuple[IPv4Address, ...] = (),
) -> Topology:
    """The network of these providers. `lan`: the balancer's interface to `host`, with its address there."""
    (near,) = lan.addresses
    office = tuple(IPv4Interface(f"{client}/{near.network.prefixlen}") for client in clients)
    places = tuple(IPv4Interface(f"{place}/24") for place in (INTERNET_HOST, *PLACES))
    further = tuple(IPv4Interface(f"{place}/32") for place in more_places)
    machines = (
        Machine(HOST, (Interface("eth0", office),), default_route=near.ip),
        Machine(BALANCER, balancer, ways=balancer_ways),
        *(_provider(one, (isp_ways or {}).get(one.number, ())) for one in providers),
        Machine(INTERNET, (Interface("eth0", places + further, INTERNET_LINK_ADDRESS),)),
    )
    return Topology(isps=providers, machines=machines, cables=_cables(providers, lan.name), clients=clients)


def _provider(provider: Isp, ways: tuple[str, ...]) -> Machine:
    interfaces = (
        Interface(Isp.INSIDE_INTERFACE, (provider.inside,)),
        Interface(Isp.OUTSIDE_INTERFACE, (provider.outside,)),
    )
    return Machine(provider.name, interfaces, ways=ways)


def _cables(providers: tuple[Isp, ...], lan: str) -> tuple[Cable, ...]:
    office = (End(HOST, "eth0"), End(BALANCER, lan))
    access = [(End(BALANCER, each.balancer_interface), End(each.name, Isp.INSIDE_INTERFACE)) for each in providers]
    upstream = [(End(each.name, Isp.OUTSIDE_INTERFACE), End(SWITCH, f"port-{each.name}")) for each in providers]
    last = (End(SWITCH, f"port-{INTERNET}"), End(INTERNET, "eth0"))
    return tuple(Cable(number, *ends) for number, ends in enumerate([office, *access, *upstream, last]))
