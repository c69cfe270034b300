"""A LAN whose addresses are an ISP's as well: the connected route of one hides the other. Pure.

The rule at priority 240 lets the connected networks of `main` win, and of two equal ones the first to appear is used:
either the LAN or the ISP's side of that subnet cannot be reached. Two ISPs with the same subnet do no harm, since
each is reached by its own table and device.
"""

from collections.abc import Iterator

from app.errors import FieldError
from app.model.choices import Role
from app.model.config import Config, Interface
from app.model.facts import AddressFact, Facts, own_addresses
from app.model.family import IPNetwork, family_of


def overlaps(config: Config, before: Config, facts: Facts) -> Iterator[FieldError]:
    """Every subnet of a managed LAN that another LAN or an ISP's interface has, wholly or in part.

    What is not new is not said again: an ISP that hands out another address must not stand in the way of a change.
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
