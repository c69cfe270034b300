"""Interfaces: their addresses and roles."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

from app.errors import FieldError, InvalidConfig
from app.model.choices import Role
from app.model.config import Config, Interface
from app.model.facts import Facts
from app.model.family import Family
from app.service.fields import made, remade


def edit_address(config: Config, facts: Facts, name: str, address: str) -> Config:
    """Make `address` (with its prefix length) the primary one of an interface, in place of the one it had.

    The interface becomes managed; its other addresses stay. An unused interface becomes `lan`.
    """
    interface = _in_use(_managed(_interface(config, name), facts))
    addresses = (_with_prefix(address, interface), *interface.addresses[1:])
    return with_interface(config, _addressed(interface, addresses))


def add_address(config: Config, facts: Facts, name: str, address: str) -> Config:
    """Give an interface one more address; the one it has already is not added twice. Else as `edit_address`."""
    interface = _in_use(_managed(_interface(config, name), facts))
    wanted = _with_prefix(address, interface)
    if wanted in interface.addresses:
        return with_interface(config, interface)
    return with_interface(config, _addressed(interface, (*interface.addresses, wanted)))


def delete_address(config: Config, name: str, address: str) -> Config:
    """Take an address, written with or without its prefix length, from a managed interface.

    The interface stays managed also without any address: only so its last one is removed from the kernel as well.
    """
    interface = config.interface(name)
    if interface is None or not interface.managed:
        raise InvalidConfig(
            FieldError(f"interfaces.{name}.addresses", f"Multihome does not manage the addresses of {name}")
        )
    rest = tuple(one for one in interface.addresses if address not in {str(one), str(one.ip)})
    if len(rest) == len(interface.addresses):
        raise InvalidConfig(FieldError(f"interfaces.{name}.addresses", f"{name} does not have the address {address}"))
    return with_interface(config, replace(interface, addresses=rest))


def set_interface(config: Config, name: str, fields: Mapping[str, Any]) -> Config:
    """Set any of role, managed and addresses of an interface, as a form or an API client does."""
    return with_interface(config, remade(_interface(config, name), fields, f"interfaces.{name}"))


def with_interface(config: Config, interface: Interface) -> Config:
    """The configuration with this interface in place of the one with its name; one that says nothing is left out."""
    kept = config.interfaces
    if interface not in kept:
        kept = tuple(interface if one.name == interface.name else one for one in kept)
        kept = kept if interface in kept else (*kept, interface)
    silent = Interface(name=interface.name)
    return replace(config, interfaces=tuple(one for one in kept if one != silent))


def _interface(config: Config, name: str) -> Interface:
    return config.interface(name) or made(Interface, {"name": name}, "interfaces")


def _in_use(interface: Interface) -> Interface:
    return replace(interface, role=Role.LAN) if interface.role is Role.UNUSED else interface


def _managed(interface: Interface, facts: Facts) -> Interface:
    """Take over an interface with the addresses it has: those that nobody mentioned must not vanish."""
    if interface.managed:
        return interface
    link = facts.link(interface.name)
    observed = (
        ()
        if link is None or link.loopback
        else tuple(one.address for one in link.addresses if one.family is Family.IPV4)
    )
    return remade(interface, {"managed": True, "addresses": observed}, f"interfaces.{interface.name}")


def _addressed(interface: Interface, addresses: tuple[IPv4Interface, ...]) -> Interface:
    return remade(interface, {"addresses": addresses}, f"interfaces.{interface.name}")


def _with_prefix(address: str, interface: Interface) -> IPv4Interface:
    """Refuse an address without its prefix length: it would silently be a network of one machine."""
    here = f"interfaces.{interface.name}.addresses"
    try:
        parsed = IPv4Interface(address)
    except ValueError as error:
        raise InvalidConfig(FieldError(here, f"{address} is not an IPv4 address like 192.168.1.1/24")) from error
    if "/" not in address:
        raise InvalidConfig(FieldError(here, f"{address} lacks its prefix length, as in {address}/24"))
    return _addressed(interface, (parsed,)).addresses[0]
