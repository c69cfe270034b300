"""The existing setup of the machine's interfaces, offered as defaults by forms and console. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from app.model.choices import Role
from app.model.config import Config, Interface
from app.model.facts import AddressFact, Attachment, Facts, Link, from_interface, own_addresses
from app.model.family import Family, IPAddress, IPInterface


class Addressing(StrEnum):
    """Where an interface has its addresses from, as far as it shows.

    DHCP: somebody else keeps its address and its default route. (One that was typed into /etc looks alike, and can be
    followed alike.)
    """

    DHCP = "DHCP"
    POINT_TO_POINT = "point-to-point"
    STATIC = "static"
    NONE = "no address"


@dataclass(frozen=True, slots=True)
class Detected:
    """One interface as it is. `address` is the one to send from, `next_hop` None where there is none, or no need.

    `follows`: an ISP whose address comes from the interface can be added here as it stands. `gateways`: the numbers of
    those that are here already.
    """

    name: str
    up: bool
    carrier: bool
    addressing: Addressing
    address: IPInterface | None
    next_hop: IPAddress | None
    follows: bool
    role: Role
    gateways: tuple[int, ...]

    @property
    def text(self) -> str:
        """Like `eth1 · DHCP · 192.168.1.100 · next hop 192.168.1.1`; a static address is told with its prefix."""
        cable = () if self.carrier else ("no carrier" if self.up else "set down",)
        words = [self.name, *cable, self.addressing.value]
        if self.address is not None:
            words.append(str(self.address if self.addressing is Addressing.STATIC else self.address.ip))
        if self.next_hop is not None:
            words.append(f"next hop {self.next_hop}")
        return " · ".join(words)


def detected(config: Config, facts: Facts, family: Family = Family.IPV4) -> tuple[Detected, ...]:
    """Every device but the loopback as it is in one family, in the kernel's order."""
    links = sorted(facts.links, key=lambda link: link.index)
    return tuple(_detected(link, family, config, facts) for link in links if not link.loopback)


def _detected(link: Link, family: Family, config: Config, facts: Facts) -> Detected:
    interface = config.interface(link.name) or Interface(name=link.name)
    own = own_addresses(link, config, family)
    found = None if interface.managed else _followed(link, own, facts)
    first = own[0].address if own else None
    return Detected(
        name=link.name,
        up=link.up,
        carrier=link.carrier,
        addressing=_addressing(link, found, first),
        address=first if found is None else next(one.address for one in own if one.address.ip == found.source),
        next_hop=None if found is None else found.next_hop,
        follows=found is not None,
        role=interface.role,
        gateways=tuple(one.number for one in config.gateways if one.interface == link.name),
    )


def _followed(link: Link, own: tuple[AddressFact, ...], facts: Facts) -> Attachment | None:
    """How a gateway with the address from this interface would be attached; None: it could not be."""
    found = from_interface(link, own, facts) if link.up and own else None
    return found if isinstance(found, Attachment) else None


def _addressing(link: Link, found: Attachment | None, first: IPInterface | None) -> Addressing:
    if first is None:
        return Addressing.NONE
    if found is None:
        return Addressing.STATIC
    return Addressing.POINT_TO_POINT if link.point_to_point or found.next_hop is None else Addressing.DHCP
