"""Checks that a configuration fits this machine. Unchanged parts are not checked again."""

from collections.abc import Iterator

from app.errors import FieldError, InvalidConfig
from app.model.choices import Role
from app.model.config import Config, Gateway, Interface
from app.model.facts import AddressFact, Facts, Link, attachment, never_given, own_addresses
from app.model.family import IPNetwork, family_of
from app.model.leg import Leg


def overlaps(config: Config, before: Config, facts: Facts) -> Iterator[FieldError]:
    """Every subnet of a managed LAN that another LAN or an ISP's interface has, wholly or in part.

    The rule at priority 240 lets the connected networks of `main` win: either the LAN or the ISP's side of that subnet
    cannot be reached. What is not new is not said again: an ISP that hands out another address must not stand in the
    way of a change.
    """
    for lan in config.interfaces:
        if lan.role is not Role.LAN or not lan.managed:
            continue
        for other in config.interfaces:
            if other.name == lan.name or other.role is Role.UNUSED or _is_old(lan, other, before):
                continue
            for own, theirs in _shared(lan, other, config, facts):
                yield FieldError(f"interfaces.{lan.name}.addresses", _told(lan, own, other, theirs))


def _is_old(lan: Interface, other: Interface, before: Config) -> bool:
    """Whether this pair was there before; of two LANs the one that changed is the one to complain of."""
    unchanged = lan == before.interface(lan.name)
    return unchanged and (other.role is Role.LAN or other == before.interface(other.name))


def _shared(lan: Interface, other: Interface, config: Config, facts: Facts) -> Iterator[tuple[IPNetwork, IPNetwork]]:
    for address in lan.addresses:
        for theirs in dict.fromkeys(_networks(other, config, facts)):
            if family_of(theirs) is family_of(address) and address.network.overlaps(theirs):
                yield address.network, theirs


def _networks(interface: Interface, config: Config, facts: Facts) -> Iterator[IPNetwork]:
    link = facts.link(interface.name)
    configured = tuple(AddressFact(address=one) for one in interface.addresses)
    own = configured if link is None else own_addresses(link, config)
    # The address alone on a point-to-point line: it leads to its peer, not to a subnet.
    return (one.address.network for one in own if one.peer is None)


def _told(lan: Interface, own: IPNetwork, other: Interface, theirs: IPNetwork) -> str:
    whose = "another LAN" if other.role is Role.LAN else "an ISP's interface"
    return (
        f"{own} overlaps {theirs} of {other.name}, {whose}, and would hide that network: use another subnet"
        f" (or, if {lan.name} leads to an ISP too, `config addr role {lan.name} wan` first)"
    )


def require_possible(config: Config, before: Config, facts: Facts) -> None:
    """Raise InvalidConfig where the change from `before` to `config` asks for what this machine cannot have.

    An interface that is absent or set down now is fine once it has been known: a cable or a USB modem comes back.
    """
    require_known(config, before, facts)
    errors = (
        *_unattachable(config, before, facts),
        *_never_given(config, before, facts),
        *overlaps(config, before, facts),
    )
    if errors:
        raise InvalidConfig(*errors)


def require_known(config: Config, before: Config, facts: Facts) -> None:
    """Raise InvalidConfig where the change names a device that is not there: no other change mends that."""
    errors = tuple(_unknown_interfaces(config, before, facts))
    if errors:
        raise InvalidConfig(*errors)


def _unknown_interfaces(config: Config, before: Config, facts: Facts) -> Iterator[FieldError]:
    known_before = {one.name for one in before.interfaces}
    for interface in config.interfaces:
        link = facts.link(interface.name)
        if link is None and interface.name not in known_before:
            field, name = _who_names(config, interface)
            yield FieldError(field, f"this machine has no interface {name} (it has {_known(facts)})")
        elif link is not None and link.loopback:
            yield FieldError(f"interfaces.{interface.name}.name", f"{interface.name} reaches this machine only")


def _who_names(config: Config, interface: Interface) -> tuple[str, str]:
    for gateway in config.gateways:
        if gateway.interface == interface.name:
            return f"gateways.{gateway.number}.interface", interface.name
    return f"interfaces.{interface.name}.name", interface.name


def _known(facts: Facts) -> str:
    return ", ".join(link.name for link in facts.links if not link.loopback) or "none"


def _unattachable(config: Config, before: Config, facts: Facts) -> Iterator[FieldError]:
    for gateway, leg in _legs(config):
        if leg.address is None or not _touched(gateway, leg, config, before):
            continue
        link = facts.link(gateway.interface)
        if link is None or not link.up:
            continue
        here = f"gateways.{gateway.number}.{leg.field}"
        owner = _owner(leg, config, facts)
        attached = attachment(gateway, leg.family, config, facts)
        if owner is not None:
            yield FieldError(f"{here}.address", f"{leg.address} is this router's own address (on {owner.name})")
        elif isinstance(attached, str):
            field = "source" if _lacks_source(leg, link, config) else "address"
            yield FieldError(f"{here}.{field}", attached + _advice(attached, link))


def _legs(config: Config) -> Iterator[tuple[Gateway, Leg]]:
    return ((gateway, leg) for gateway in config.gateways for leg in gateway.legs)


def _never_given(config: Config, before: Config, facts: Facts) -> Iterator[FieldError]:
    """Refuse an address from the interface where no program will ever set one: Multihome alone sets its addresses.

    A gateway that was there before the addresses is pending and gets a warning, but is not refused: without an address
    the interface cannot have a next hop, so each would wait for the other.
    """
    for gateway, leg in _legs(config):
        link = facts.link(gateway.interface)
        if leg.address is not None or link is None or link.point_to_point or not _moved(gateway, leg, before):
            continue
        if config.manages(gateway.interface):
            yield FieldError(f"gateways.{gateway.number}.{leg.field}.address", never_given(link))


def _touched(gateway: Gateway, leg: Leg, config: Config, before: Config) -> bool:
    return _moved(gateway, leg, before) or before.interface(gateway.interface) != config.interface(gateway.interface)


def _moved(gateway: Gateway, leg: Leg, before: Config) -> bool:
    same_gateway = before.gateway(gateway.number)
    same_leg = None if same_gateway is None else same_gateway.leg(leg.family)
    if same_gateway is None or same_leg is None:
        return True
    return same_gateway.interface != gateway.interface or _place(same_leg) != _place(leg)


def _place(leg: Leg) -> tuple[object, ...]:
    return leg.address, leg.far, leg.source


def _lacks_source(leg: Leg, link: Link, config: Config) -> bool:
    own = {one.address.ip for one in own_addresses(link, config, leg.family)}
    return bool(own) and leg.source is not None and leg.source not in own


def _owner(leg: Leg, config: Config, facts: Facts) -> Link | None:
    """The unmanaged device that has the next hop's address itself; of managed ones the model has spoken."""
    for link in facts.links:
        interface = config.interface(link.name)
        managed = interface is not None and interface.managed
        if not managed and any(one.address.ip == leg.address for one in link.addresses):
            return link
    return None


def _advice(attached: str, link: Link) -> str:
    if attached.endswith("has no address"):
        return f": give it one first, as `config addr edit {link.name} ADDRESS/PREFIX` does"
    return '; is it a "far gateway"?' if "outside" in attached else ""
