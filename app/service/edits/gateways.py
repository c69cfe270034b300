"""Gateways: adding, changing and removing ISPs. A number is the smallest free one and stays with its gateway."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any, Final

from app.errors import FieldError, InvalidConfig
from app.model.choices import Role
from app.model.config import Config, Gateway, Interface
from app.model.facts import AddressFact, Facts, own_addresses
from app.model.family import Family
from app.model.layout import FIRST_NUMBER, LAST_NUMBER
from app.model.leg import with_leg
from app.model.words import either
from app.service.edits import free_name
from app.service.edits.interfaces import with_interface
from app.service.edits.rules import rules_towards
from app.service.fields import Fields, made, remade

# The word for "from the interface", where an address is typed.
AUTOMATIC: Final = "auto"

_IPV4: Final = Family.IPV4.field
_FROM_INTERFACE: Final[Fields] = {"address": None}

# Stands for an interface that is still to be found, while the other fields are judged: theirs are the plainer faults.
_ANY: Final = "any"

# Python refuses to read thousands of digits, and nobody numbers gateways with them.
_MOST_DIGITS: Final = 18


def add_gateway(config: Config, facts: Facts, fields: Fields) -> Config:
    """Add an ISP. Without `interface` it is the one in whose subnet the address lies; that interface becomes `wan`."""
    number = _free_number(config)
    here = f"gateways.{number}"
    fields = _typed(fields, **_FROM_INTERFACE)
    values = {"name": free_name(f"ISP {number}", config.gateways), "interface": _ANY, **fields, "number": number}
    gateway = made(Gateway, values, here)
    if "interface" not in fields:
        gateway = replace(gateway, interface=interface_towards(config, facts, _next_hop(fields), here))
    _require_another(config, gateway)
    return _settled(replace(config, gateways=_by_number((*config.gateways, gateway))))


def added_gateway(before: Config, after: Config) -> Gateway:
    """The gateway that `add_gateway` added, with the name that it has been given."""
    known = {one.number for one in before.gateways}
    return next(one for one in after.gateways if one.number not in known)


def change_gateway(config: Config, number: int, fields: Fields) -> Config:
    """Change some fields of an ISP; an interface that it leaves is let go as in `delete_gateway`."""
    gateway = numbered(config, number)
    changed = remade(gateway, _typed(fields), f"gateways.{number}")
    _require_another(config, changed)
    gateways = tuple(changed if one.number == number else one for one in config.gateways)
    return _settled(replace(config, gateways=gateways), left=gateway.interface)


def edit_gateway(config: Config, facts: Facts, fields: Fields) -> Config:
    """The paper's `config gateway edit`: change the gateway on that interface, or the only one; make the first one.

    Without `interface` the address tells which interface is meant.
    """
    if not config.gateways:
        return add_gateway(config, facts, fields)
    fields = with_leg(fields)
    others = {**fields, _IPV4: {**fields.get(_IPV4, {}), **_FROM_INTERFACE}}
    made(Gateway, {"number": FIRST_NUMBER, "name": _ANY, "interface": _ANY, **others}, "gateways")
    number = _meant(config, facts, fields).number
    if "interface" not in fields:
        fields = {**fields, "interface": _new_interface(config, facts, number, _next_hop(fields))}
    return change_gateway(config, number, fields)


def change_timing(config: Config, number: int, fields: Fields) -> Config:
    """Change some of an ISP's own timing; None is as for all again, and what is not named stays."""
    return change_gateway(config, number, {"timing": fields})


def delete_gateway(config: Config, number: int) -> Config:
    """Remove an ISP. An interface that has no other becomes `unused`, never `lan` by itself.

    Its cable may still lead to the ISP, so it must not be taken for the office's network without being told; and had
    it stayed `wan`, a gateway put on the LAN by mistake could not be taken back from the console.
    """
    gateway = numbered(config, number)
    _require_no_rule(config, gateway)
    gateways = tuple(one for one in config.gateways if one.number != number)
    return _settled(replace(config, gateways=gateways), left=gateway.interface)


def enable_gateway(config: Config, number: int) -> Config:
    """Use an ISP for new connections again."""
    return change_gateway(config, number, {"enabled": True, "cut": False})


def disable_gateway(config: Config, number: int) -> Config:
    """Drain an ISP: new connections go elsewhere, running ones stay until they end."""
    return change_gateway(config, number, {"enabled": False, "cut": False})


def cut_gateway(config: Config, number: int) -> Config:
    """Disable an ISP and treat it as dead at once: its connections move, or are told."""
    return change_gateway(config, number, {"enabled": False, "cut": True})


def numbered(config: Config, number: int) -> Gateway:
    """The gateway with this number; InvalidConfig when there is none."""
    gateway = config.gateway(number)
    if gateway is None:
        known = ", ".join(str(one.number) for one in config.gateways) or "none"
        raise InvalidConfig(FieldError("gateways", f"there is no gateway {number} (known: {known})"))
    return gateway


def find_gateway(config: Config, text: str) -> Gateway:
    """The gateway that a person means by number, address or name; InvalidConfig when that is none, or several.

    Names are told apart without their case, as no two differ by that alone.
    """
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return numbered(config, int(text))
    found = [one for one in config.gateways if text in {str(leg.address or AUTOMATIC) for leg in one.legs}]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = " and ".join(str(one.number) for one in found)
        raise InvalidConfig(FieldError("gateways", f"{text} is the address of gateways {numbers}: say which number"))
    for gateway in config.gateways:
        if gateway.name.casefold() == text.casefold():
            return gateway
    raise InvalidConfig(FieldError("gateways", f"{text} is neither number nor address nor name of a gateway"))


def interface_towards(config: Config, facts: Facts, address: Any, here: str) -> str:
    """The interface in whose subnet an address lies; InvalidConfig when that is none, or several."""
    if _address(address) is None:
        raise InvalidConfig(FieldError(f"{here}.interface", "name the interface that the address comes from"))
    try:
        wanted = IPv4Address(str(address))
    except ValueError as error:
        raise InvalidConfig(FieldError(f"{here}.{_IPV4}.address", f"{address} is not an IPv4 address")) from error
    found = [
        name
        for name, addresses in _addresses(config, facts).items()
        if any(wanted in one.address.network for one in addresses)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidConfig(
            FieldError(f"{here}.interface", f"{wanted} can be reached by {', '.join(found)}: say which")
        )
    message = f'{wanted} is outside every subnet of this machine; name its interface if it is a "far gateway"'
    raise InvalidConfig(FieldError(f"{here}.{_IPV4}.address", message))


def _addresses(config: Config, facts: Facts) -> dict[str, tuple[AddressFact, ...]]:
    """The addresses of every interface, also of a managed one that is absent now."""
    found = {one.name: tuple(AddressFact(address=own) for own in one.addresses) for one in config.interfaces}
    found.update((link.name, own_addresses(link, config)) for link in facts.links if not link.loopback)
    return found


def _meant(config: Config, facts: Facts, fields: Fields) -> Gateway:
    if len(config.gateways) == 1:
        return config.gateways[0]
    interface = fields.get("interface") or interface_towards(config, facts, _next_hop(fields), "gateways")
    found = [one for one in config.gateways if one.interface == interface]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = " and ".join(str(one.number) for one in found)
        message = f"{interface} has the gateways {numbers}: say which with --number"
    else:
        message = f"there is no gateway on {interface} (`config gateway add` makes one)"
    raise InvalidConfig(FieldError("gateways.interface", message))


def _new_interface(config: Config, facts: Facts, number: int, address: Any) -> str:
    """Where a gateway is after its address changed: still there if the address fits, else where it fits."""
    here = numbered(config, number).interface
    try:
        fits = any(IPv4Address(str(address)) in one.address.network for one in _addresses(config, facts).get(here, ()))
    except ValueError:
        return here  # the model will name what is wrong with the address
    return here if fits else interface_towards(config, facts, address, f"gateways.{number}")


def _require_another(config: Config, gateway: Gateway) -> None:
    """Raise InvalidConfig where the next hop is this router itself; of unmanaged interfaces only the machine knows."""
    for interface in config.interfaces:
        for leg in gateway.legs:
            if any(one.ip == leg.address for one in interface.addresses):
                message = f"{leg.address} is this router's own address (on {interface.name})"
                raise InvalidConfig(FieldError(f"gateways.{gateway.number}.{leg.field}.address", message))


def _typed(fields: Fields, **default: Any) -> dict[str, Any]:
    """The fields with those of its leg in there, and the word for "from the interface" as what it means."""
    found = with_leg(fields)
    leg = found.get(_IPV4, {} if default else None)
    if isinstance(leg, Mapping):
        leg = {**default, **leg}
        found[_IPV4] = {**leg, "address": _address(leg["address"])} if "address" in leg else leg
    return found


def _next_hop(fields: Fields) -> Any:
    """What was given as the next hop."""
    leg = fields.get(_IPV4)
    return leg.get("address") if isinstance(leg, Mapping) else None if leg is None else leg.address


def _address(address: Any) -> Any:
    return None if address == AUTOMATIC else address


def _free_number(config: Config) -> int:
    taken = {one.number for one in config.gateways}
    for number in range(FIRST_NUMBER, LAST_NUMBER + 1):
        if number not in taken:
            return number
    raise InvalidConfig(FieldError("gateways", f"{len(taken)} gateways exist and no number is free"))


def _require_no_rule(config: Config, gateway: Gateway) -> None:
    """Raise InvalidConfig while traffic rules need this gateway: what becomes of them is for a person to say."""
    rules = rules_towards(config, gateway.number)
    if rules:
        names = " and ".join(one.name for one in rules[:5]) + (f" and {len(rules) - 5} more" if rules[5:] else "")
        what = f"the traffic rule {names} leads" if len(rules) == 1 else f"the traffic rules {names} lead"
        where = gateway.name if any(one.gateway for one in rules) else f"tier {gateway.tier}, which has no other ISP"
        message = f"{what} to {where}: change or remove {either(len(rules), 'the rule', 'the rules')} first"
        raise InvalidConfig(FieldError(f"gateways.{gateway.number}", message))


def _by_number(gateways: tuple[Gateway, ...]) -> tuple[Gateway, ...]:
    return tuple(sorted(gateways, key=lambda one: one.number))


def _require_another_lan(config: Config, interface: Interface, number: int) -> None:
    """Raise InvalidConfig rather than turn the only LAN into an ISP's side by the way.

    The panel does not answer on an ISP's side, so whoever mistyped a gateway's address would be locked out. Where
    there is another LAN it is taken as meant: in the paper's own commands `config addr edit` makes every interface
    a LAN first, and `config gateway add` finds the right one by its subnet.
    """
    if interface.role is Role.LAN and all(one == interface for one in config.interfaces if one.role is Role.LAN):
        message = (
            f"{interface.name} is the only LAN, and the panel is blocked on WAN ports;"
            f" if an ISP is connected there, set its role first: `config addr role {interface.name} wan`"
        )
        raise InvalidConfig(FieldError(f"gateways.{number}.interface", message))


def _settled(config: Config, left: str | None = None) -> Config:
    """Give interfaces the roles that their gateways, or the lack of them, ask for."""
    carrying = {one.interface: one.number for one in config.gateways}
    for name, number in carrying.items():
        interface = config.interface(name) or Interface(name=name)
        _require_another_lan(config, interface, number)
        config = with_interface(config, replace(interface, role=Role.WAN))
    abandoned = config.interface(left) if left is not None and left not in carrying else None
    if abandoned is not None and abandoned.role is Role.WAN:
        config = with_interface(config, replace(abandoned, role=Role.UNUSED))
    return config
