"""Guard while nobody has decided about it: a warning, unless a foreign firewall does the same already."""

from collections.abc import Iterator
from itertools import product
from typing import Final

from app.diagnosis import firewall
from app.diagnosis.machine import Machine
from app.diagnosis.walk import Packet, dropping
from app.model.choices import Role
from app.model.facts import gateway_interfaces
from app.model.family import Family
from app.model.finding import Finding, Severity
from app.model.guard import UNDECIDED, GuardMode
from app.model.words import joined

# A firewall that drops these drops whatever it does not name: they stand for all ports, and nothing is named like them.
_PORTS: Final = (7, 9998, 40_119)
_PROTOCOLS: Final = ("tcp", "udp")


def findings(machine: Machine) -> Iterator[Finding]:
    """One while Guard is undecided and there is an ISP: what is open, or the firewall that closes all of it."""
    if not machine.config.gateways or machine.config.settings.guard.mode is not GuardMode.UNDECIDED:
        return
    closed = {what: _closing(machine, packets) for what, packets in _cases(machine)}
    chains = tuple(dict.fromkeys(chain for several in closed.values() for chain in several))
    if closed and all(closed.values()):
        yield Finding(
            code="firewall-guards",
            severity=Severity.NOTE,
            text=f"a firewall drops new connections from the Internet already: {', '.join(chains)}",
            remedy="`config guard off` leaves it to that firewall; `config guard on` adds Guard to it",
        )
        return
    partly = [what for what, several in closed.items() if several]
    yield Finding(
        code="guard-undecided",
        severity=Severity.WARNING,
        text=f"{UNDECIDED} A firewall closes only {joined(partly)}." if partly else UNDECIDED,
        remedy="`config guard on` drops new connections from the Internet; `config guard off` says that you want it so",
    )


def _cases(machine: Machine) -> Iterator[tuple[str, tuple[Packet, ...]]]:
    """New connections from each ISP, by what they are to reach."""
    wans = tuple(gateway_interfaces(machine.config))
    lans = [one.name for one in machine.config.interfaces if one.role is Role.LAN]
    others = [one.name for one in machine.facts.links if not one.loopback and one.name not in wans]
    for family in Family:
        for what, hook, outgoing in (("this router", "input", [""]), ("the LAN", "forward", lans or others)):
            made = tuple(
                Packet(hook, wan, out, "new", protocol, family, port)
                for wan, out, protocol, port in product(wans, outgoing, _PROTOCOLS, _PORTS)
            )
            if made:
                yield f"{what} in {family}", made


def _closing(machine: Machine, packets: tuple[Packet, ...]) -> tuple[str, ...]:
    """The chains that drop these packets; none unless each of them is certainly dropped."""
    tables = firewall.foreign_tables(machine.firewall, packets[0].family)
    found: dict[str, None] = {}
    for packet in packets:
        chain = next((f"{one.name} {name}" for one in tables if (name := dropping(one, packet))), "")
        if not chain:
            return ()
        found[chain] = None
    return tuple(found)
