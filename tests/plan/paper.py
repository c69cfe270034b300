"""The paper's router (its section III) as configuration and facts."""

from ipaddress import IPv4Address, IPv4Interface

from app.model.choices import Role
from app.model.config import Config, Gateway, Interface, Settings
from app.model.facts import AddressFact, Facts, Link
from app.model.leg import IPv4Leg

INTERFACES = (
    Interface(name="eth0", role=Role.LAN, managed=True, addresses=(IPv4Interface("62.231.110.65/26"),)),
    Interface(name="eth1", role=Role.WAN, managed=True, addresses=(IPv4Interface("192.168.1.1/24"),)),
    Interface(name="eth2", role=Role.WAN, managed=True, addresses=(IPv4Interface("172.17.0.1/24"),)),
)
GATEWAYS = (
    Gateway(number=1, name="ISP 1", interface="eth1", ipv4=IPv4Leg(address=IPv4Address("192.168.1.2"))),
    Gateway(number=2, name="ISP 2", interface="eth2", ipv4=IPv4Leg(address=IPv4Address("172.17.0.2"))),
)


def config(*gateways: Gateway, settings: Settings | None = None) -> Config:
    """The paper's configuration, with other gateways or settings if given."""
    return Config(
        interfaces=INTERFACES, gateways=gateways or GATEWAYS, settings=Settings() if settings is None else settings
    )


def link(interface: Interface, index: int) -> Link:
    addresses = tuple(AddressFact(address=one) for one in interface.addresses)
    return Link(name=interface.name, index=index, up=True, carrier=True, addresses=addresses)


FACTS = Facts(links=tuple(link(one, index) for index, one in enumerate(INTERFACES, start=2)))
