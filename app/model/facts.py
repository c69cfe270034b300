"""What is observed of this machine, as opposed to what is configured."""

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
        """Its family."""
        return family_of(self.address)


@domain
class Link:
    """A network device as the kernel shows it. `carrier` is only true while the device is up."""

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
    """A default route of another program in `main`: a DHCP or PPP client puts the next hop there.

    `next_hop` None: directly through the device. `source`: the preferred source address, if the route has one.
    """

    interface: str
    next_hop: IPAddress | None
    metric: int = 0
    source: IPAddress | None = None
    family: Family = Family.IPV4


@domain
class Neighbor:
    """The kernel's neighbor entry of a next hop. `failed`: address resolution got no reply."""

    interface: str
    address: IPAddress
    mac: str = ""
    failed: bool = False


@domain
class Facts:
    """All facts that a plan needs.

    `name_servers`: those outside this machine; None: not read (the kernel does not know them).
    """

    links: tuple[Link, ...] = ()
    defaults: tuple[DefaultRoute, ...] = ()
    neighbors: tuple[Neighbor, ...] = ()
    name_servers: tuple[IPAddress, ...] | None = None

    def link(self, name: str) -> Link | None:
        """The device with this name, or None while it is absent."""
        return next((one for one in self.links if one.name == name), None)

    def neighbor(self, interface: str, address: IPAddress) -> Neighbor | None:
        """The neighbor entry of a next hop, or None if the kernel has none."""
        found = (n for n in self.neighbors if n.interface == interface and n.address == address)
        return next(found, None)


@domain
class Attachment:
    """How a gateway is attached now: its next hop, this router's address, and the subnet that they share.

    `next_hop` None: a point-to-point link, where the device is enough. `subnet` None: the next hop is outside the
    subnets.
    """

    next_hop: IPAddress | None
    source: IPAddress
    subnet: IPNetwork | None


def attachment(gateway: Gateway, family: Family, config: Config, facts: Facts) -> Attachment | str:
    """The attachment of `gateway` in this family, or a sentence that says what is missing.

    Addresses of a managed interface are the configured ones, even before they are applied; all else is as observed.
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
    """The attachment of `gateway` in each family in which it has one."""
    found = ((leg.family, attachment(gateway, leg.family, config, facts)) for leg in gateway.legs)
    return {family: one for family, one in found if isinstance(one, Attachment)}


def never_given(link: Link) -> str:
    """Why a gateway that takes its address from a managed interface never gets one, and what to change."""
    return f"{link.name} has fixed addresses and so no automatic next hop: enter the ISP's"


def own_addresses(link: Link, config: Config, family: Family | None = None) -> tuple[AddressFact, ...]:
    """The addresses of a device: the configured ones if it is managed, otherwise the observed ones.

    `family` None: the addresses of all families.
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
    """The attachment to a next hop that is in the subnet of one of the addresses, or is the peer of the link."""
    for one in own:
        if next_hop in one.address.network and next_hop != one.address.ip:
            return Attachment(next_hop=next_hop, source=one.address.ip, subnet=one.address.network)
    for one in own:
        if next_hop == one.peer:
            return Attachment(next_hop=next_hop, source=one.address.ip, subnet=None)
    return None


def from_interface(link: Link, own: tuple[AddressFact, ...], facts: Facts) -> Attachment | str:
    """Follow the machine's own DHCP or PPP client in one family: its default route in `main`, or the peer of the link.

    A link-local address does not count: a client takes one when it gets no lease (RFC 3927).
    """
    own = tuple(one for one in own if not one.address.ip.is_link_local)
    if not own:
        return f"{link.name} has only a link-local address"
    family = own[0].family
    defaults = [route for route in facts.defaults if route.family is family]
    route = min((r for r in defaults if r.interface == link.name), key=lambda r: r.metric, default=None)
    # A client that renews with another address may have both for a moment; its route names the valid one.
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
    """Why there is no default route: the kernel accepts one per metric, so independent clients need different
    metrics.
    """
    others = [route.interface for route in defaults]
    hint = f"; {others[0]} has one, so give each DHCP client its own metric" if others else ""
    return f"{link.name} has no default route{hint}"


def gateway_interfaces(config: Config) -> Iterator[str]:
    """The names of the gateways' interfaces, each once, in the order of the gateways' numbers."""
    yield from dict.fromkeys(gateway.interface for gateway in config.gateways)


def next_hop_neighbors(config: Config, facts: Facts) -> tuple[Neighbor, ...]:
    """The neighbor entries of the gateways' next hops only."""
    hops = {
        (gateway.interface, one.next_hop)
        for gateway in config.gateways
        for one in attachments(gateway, config, facts).values()
    }
    return tuple(one for one in facts.neighbors if (one.interface, one.address) in hops)


def with_lasting_defaults(now: Facts, before: Facts) -> Facts:
    """The facts `now`, with the default routes of `before` on unchanged interfaces that have none now.

    A next hop from a DHCP client is valid as long as the address that came with it. A client may replace its default
    route, an administrator may tidy `main`, a VPN may replace routes, and setting a device down and up loses the route
    but keeps the address. None of this means that the next hop is gone. So it stays known while the device and its
    addresses are the same; the checks tell whether it works.
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
    """The state of an interface before Multihome managed its addresses, for restoring it.

    Its addresses, and the default routes in `main` through it, which disappear with the addresses.
    """

    name: InterfaceName
    addresses: tuple[IPInterface, ...] = ()
    defaults: tuple[DefaultRoute, ...] = ()


def as_it_is(name: str, facts: Facts) -> Before | None:
    """The present state of the interface, or None while it is absent."""
    link = facts.link(name)
    if link is None:
        return None
    addresses = tuple(dict.fromkeys(one.address for one in link.addresses))
    return Before(name=name, addresses=addresses, defaults=tuple(d for d in facts.defaults if d.interface == name))
