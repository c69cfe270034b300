"""What an interface was like before its addresses became Multihome's to set: for the way back."""

from ipaddress import IPv4Interface

from app.model.base import InterfaceName, domain
from app.model.facts import DefaultRoute, Facts


@domain
class Before:
    """An interface's addresses, and the default routes in `main` that led out by it: they go with the addresses."""

    name: InterfaceName
    addresses: tuple[IPv4Interface, ...] = ()
    defaults: tuple[DefaultRoute, ...] = ()


def as_it_is(name: str, facts: Facts) -> Before | None:
    """How the interface is now, or None while it is absent."""
    link = facts.link(name)
    if link is None:
        return None
    addresses = tuple(dict.fromkeys(one.address for one in link.addresses))
    return Before(name=name, addresses=addresses, defaults=tuple(d for d in facts.defaults if d.interface == name))
