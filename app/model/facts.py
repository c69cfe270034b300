"""What is observed of this machine, as against what is configured."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.model.base import InterfaceName, domain
from app.model.config import Config, Gateway
from app.model.family import Family, IPAddress, IPInterface, IPNetwork, family_of
from app.model.leg import Leg


@domain
class AddressFact:
    """An address that an interface has. `peer`: the other end of a point-to-point link."""

    address: IPInterface
    peer: IPAddress | None = None

    @property
    def family(self) -> Family:
        """The family that it is of."""
        return family_of(self.address)


@domain
class Link:
    """A network device as the kernel shows it. `carrier` is only true while it is also set up."""

    name: str
    index: int
    up: bool
    carrier: bool
    addresses: tuple[AddressFact, ...] = ()
    point_to_point: bool = False
    loopback: bool = False
    mac: str = ""
    mtu: int = 0


@domain
class DefaultRoute:
    """A default route that somebody else keeps in `main`: where a DHCP or PPP client leaves the next hop.

    `next_hop` None: straight out of the device. `source`: the address it says to send from, if it says so.
    """

    interface: str
    next_hop: IPAddress | None
    metric: int = 0
    source: IPAddress | None = None
    family: Family = Family.IPV4


@domain
class Neighbor:
    """What the kernel knows of a next hop's hardware address. `failed`: it was asked for and did not answer."""

    interface: str
    address: IPAddress
    mac: str = ""
    failed: bool = False


@domain
class Facts:
    """Everything a plan needs to know of the machine.

    `name_servers`: those that it has beyond itself; None: nobody has looked, which the kernel cannot.
    """

    links: tuple[Link, ...] = ()
    defaults: tuple[DefaultRoute, ...] = ()
    neighbors: tuple[Neighbor, ...] = ()
    name_servers: tuple[IPAddress, ...] | None = None

    def link(self, name: str) -> Link | None:
        """The device of this name, or None while it is absent."""
        return next((one for one in self.links if one.name == name), None)

    def neighbor(self, interface: str, address: IPAddress) -> Neighbor | None:
        """The neighbor entry of a next hop, or None while the kernel has none."""
        found = (n for n in self.neighbors if n.interface == interface and n.address == address)
        return next(found, None)


@domain
class Attachment:
    """How a gateway is attached right now: its next hop, our own address towards it, and the subnet they share.

    `next_hop` None: a point-to-point link, where the device alone is enough. `subnet` None: the next hop is far.
    """

    next_hop: IPAddress | None
    source: IPAddress
    subnet: IPNetwork | None


def attachment(gateway: Gateway, family: Family, config: Config, facts: Facts) -> Attachment | str:
    """How `gateway` is attached in this family, or a sentence that says what is missing.

    Addresses of a managed interface are taken as they will be once they are applied; all else as it is observed.
    """
    link = facts.link(gateway.interface)
    if link is None:
        return f"{gateway.interface} is absent"
    if not link.up:
        return f"{gateway.interface} is set down"
    leg = gateway.leg(family)
    if leg is None:
        return f"{gateway.name} is not set up for {family}"
    own = own_addresses(link, config, family)
    if not own:
        return f"{link.name} has no address"
    if leg.source is not None:
        own = tuple(one for one in own if one.address.ip == leg.source)
    if not own:
        return f"{link.name} does not have the address {leg.source}"
    if leg.address is not None:
        return _to_next_hop(link, leg, leg.address, own)
    found = from_interface(link, own, facts)
    return never_given(link) if isinstance(found, str) and config.manages(link.name) else found


def attachments(gateway: Gateway, config: Config, facts: Facts) -> dict[Family, Attachment]:
    """How `gateway` is attached in each family in which it is."""
    found = ((leg.family, attachment(gateway, leg.family, config, facts)) for leg in gateway.legs)
    return {family: one for family, one in found if isinstance(one, Attachment)}


def never_given(link: Link) -> str:
    """Why a gateway whose address comes from a managed interface waits in vain, and what ends that."""
    return f"{link.name} has fixed addresses and so no automatic next hop: enter the ISP's"


def own_addresses(link: Link, config: Config, family: Family | None = None) -> tuple[AddressFact, ...]:
    """The addresses of a device: as configured where it is managed, as observed where it is not.

    Those of one family, or (None) all of them.
    """
    configured = config.interface(link.name)
    if configured is None or not configured.managed:
        own = link.addresses
    else:
        own = tuple(AddressFact(address=one) for one in configured.addresses)
    return own if family is None else tuple(one for one in own if one.family is family)


def _to_next_hop(link: Link, leg: Leg, next_hop: IPAddress, own: tuple[AddressFact, ...]) -> Attachment | str:
    reached = _towards(next_hop, own)
    if reached is not None:
        return reached
    if leg.far:
        return Attachment(next_hop=next_hop, source=own[0].address.ip, subnet=None)
    return f"{next_hop} is outside every subnet of {link.name}"


def _towards(next_hop: IPAddress, own: tuple[AddressFact, ...]) -> Attachment | None:
    """How a next hop is reached that shares a subnet with one of our addresses, or is the other end of its link."""
    for one in own:
        if next_hop in one.address.network and next_hop != one.address.ip:
            return Attachment(next_hop=next_hop, source=one.address.ip, subnet=one.address.network)
    for one in own:
        if next_hop == one.peer:
            return Attachment(next_hop=next_hop, source=one.address.ip, subnet=None)
    return None


def from_interface(link: Link, own: tuple[AddressFact, ...], facts: Facts) -> Attachment | str:
    """Follow the machine's own DHCP or PPP client in one family: its default route in `main`, or the peer of the link.

    A link-local address is what a client takes when nobody gave it one (RFC 3927).
    """
    own = tuple(one for one in own if not one.address.ip.is_link_local)
    if not own:
        return f"{link.name} has only a link-local address"
    family = own[0].family
    defaults = [route for route in facts.defaults if route.family is family]
    route = min((r for r in defaults if r.interface == link.name), key=lambda r: r.metric, default=None)
    # A client that renews with another address may have both for a moment; its route says which one counts.
    said = None if route is None else route.source
    source = next((one.address.ip for one in own if one.address.ip == said), own[0].address.ip)
    if link.point_to_point:
        return Attachment(next_hop=None, source=source, subnet=None)
    next_hop = next((one.peer for one in own if one.peer is not None), None) if route is None else route.next_hop
    if next_hop is None:
        return _no_default(link, defaults) if route is None else Attachment(next_hop=None, source=source, subnet=None)
    reached = _towards(next_hop, own)
    if reached is None:
        return Attachment(next_hop=next_hop, source=source, subnet=None)
    return reached if said is None else replace(reached, source=source)


def _no_default(link: Link, defaults: Iterable[DefaultRoute]) -> str:
    """The kernel takes one default route of each metric: clients that do not know of each other need their own."""
    others = [route.interface for route in defaults]
    hint = f"; {others[0]} has one, so give each DHCP client its own metric" if others else ""
    return f"{link.name} has no default route{hint}"


def gateway_interfaces(config: Config) -> Iterator[str]:
    """The names of the interfaces that carry a gateway, each once, in the order of the gateways' numbers."""
    yield from dict.fromkeys(gateway.interface for gateway in config.gateways)


def next_hop_neighbors(config: Config, facts: Facts) -> tuple[Neighbor, ...]:
    """What the kernel knows of the gateways' next hops, and of nobody else on their networks."""
    hops = {
        (gateway.interface, one.next_hop)
        for gateway in config.gateways
        for one in attachments(gateway, config, facts).values()
    }
    return tuple(one for one in facts.neighbors if (one.interface, one.address) in hops)


def with_lasting_defaults(now: Facts, before: Facts) -> Facts:
    """What is observed `now`, with the default routes of `before` on interfaces that have none and are the same.

    What a DHCP client has told is believed as long as the address that came with it. A client may take its default
    route away and put another in its place; an administrator tidies `main`, a VPN replaces what is there; setting a
    device down and up again loses the route and keeps the address. None of this says that the next hop is gone, so it
    stays known while the device and its addresses are the same. Whether it works, the checks say.
    """
    told = {(route.interface, route.family) for route in now.defaults}
    lasting = tuple(
        route
        for route in before.defaults
        if (route.interface, route.family) not in told and _is_same(route.interface, route.family, now, before)
    )
    return replace(now, defaults=(*now.defaults, *lasting)) if lasting else now


def _is_same(name: str, family: Family, now: Facts, before: Facts) -> bool:
    link, known = now.link(name), before.link(name)
    if link is None or known is None:
        return False
    own, then = (tuple(a for a in one.addresses if a.family is family) for one in (link, known))
    return bool(own) and (link.index, own) == (known.index, then)


@domain
class Before:
    """What an interface was like before its addresses became Multihome's to set: for the way back.

    Its addresses, and the default routes in `main` that led out by it: they go with the addresses.
    """

    name: InterfaceName
    addresses: tuple[IPInterface, ...] = ()
    defaults: tuple[DefaultRoute, ...] = ()


def as_it_is(name: str, facts: Facts) -> Before | None:
    """How the interface is now, or None while it is absent."""
    link = facts.link(name)
    if link is None:
        return None
    addresses = tuple(dict.fromkeys(one.address for one in link.addresses))
    return Before(name=name, addresses=addresses, defaults=tuple(d for d in facts.defaults if d.interface == name))
