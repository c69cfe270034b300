"""Network interfaces: observed and configured."""

from dataclasses import dataclass

from app.model.choices import Role
from app.model.config import Config, Interface
from app.model.facts import Facts, Link
from app.web.views.gateways import Mood

ROLE_WORDS = {Role.LAN: "LAN", Role.WAN: "ISP", Role.UNUSED: "not used"}


@dataclass(frozen=True, slots=True)
class InterfaceRow:
    """One device. `gateways`: the names of the ISPs behind it."""

    name: str
    present: bool
    mood: Mood
    carrier: str
    addresses: tuple[str, ...]
    configured: tuple[str, ...]
    managed: bool
    role: Role
    role_word: str
    gateways: tuple[str, ...]
    mac: str
    mtu: int


def interface_rows(config: Config, facts: Facts | None) -> tuple[InterfaceRow, ...]:
    """The present devices without the loopback, then the configured ones that are absent."""
    links = () if facts is None else tuple(link for link in facts.links if not link.loopback)
    present = {link.name for link in links}
    found = [_row(link.name, link, config) for link in sorted(links, key=lambda link: link.index)]
    found += [_row(one.name, None, config) for one in config.interfaces if one.name not in present]
    return tuple(found)


def interface_row(name: str, config: Config, facts: Facts | None) -> InterfaceRow | None:
    """One device by its name; None when it is neither there nor configured."""
    return next((row for row in interface_rows(config, facts) if row.name == name), None)


def _row(name: str, link: Link | None, config: Config) -> InterfaceRow:
    interface = config.interface(name) or Interface(name=name)
    mood, carrier = _carrier(link, interface.role)
    return InterfaceRow(
        name=name,
        present=link is not None,
        mood=mood,
        carrier=carrier,
        addresses=() if link is None else tuple(str(one.address) for one in link.addresses),
        configured=tuple(map(str, interface.addresses)),
        managed=interface.managed,
        role=interface.role,
        role_word=ROLE_WORDS[interface.role],
        gateways=tuple(one.name for one in config.gateways if one.interface == name),
        mac="" if link is None else link.mac,
        mtu=0 if link is None else link.mtu,
    )


def _carrier(link: Link | None, role: Role) -> tuple[Mood, str]:
    """The state of the link; an unused interface without a link is no fault."""
    bad = Mood.OFF if role is Role.UNUSED else Mood.DOWN
    if link is None:
        return bad, "absent"
    if not link.up:
        return Mood.OFF, "set down"
    return (Mood.UP, "link up") if link.carrier else (bad, "no carrier")
