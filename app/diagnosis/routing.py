"""Finds foreign routing that conflicts: rules before ours, filled tables, an IPv6 default, other route managers."""

from collections.abc import Iterator
from typing import Final

from app.diagnosis.machine import Machine, Program
from app.model.finding import Finding, Severity
from app.model.layout import MAIN_PRIORITY, NET_PRIORITY, RULE_PROTOCOL

_LOCAL_TABLE: Final = 255
# As `ip rule` shows them.
_TABLES: Final = {253: "default", 254: "main"}


def findings(machine: Machine) -> Iterator[Finding]:
    """What of the routing is not ours and yet decides where packets of ours go."""
    for rule in machine.rules:
        if rule.plain and not rule.only_specific and rule.priority <= NET_PRIORITY and rule.table != _LOCAL_TABLE:
            name = _TABLES.get(rule.table, str(rule.table))
            where = "in front of" if rule.priority < MAIN_PRIORITY else "among"
            yield Finding(
                code="foreign-rule-first",
                severity=Severity.PROBLEM,
                text=f"an ip rule at priority {rule.priority} sends every packet to table {name},"
                f" {where} Multihome's rules ({MAIN_PRIORITY} to {NET_PRIORITY})",
                # By its priority alone the kernel would take the first one there, which may be ours.
                remedy=f"move it behind {NET_PRIORITY}, or remove it:"
                f" `ip rule del from all priority {rule.priority} lookup {name}`",
            )
    for table in sorted(machine.filled_tables - machine.owned_tables):
        yield Finding(
            code="table-in-use",
            severity=Severity.PROBLEM,
            text=f"routing table {table} is reserved for Multihome and contains foreign routes",
            remedy=f"`ip route show table {table}` shows them: let that program use another table, then"
            f" `ip route flush table {table}`",
        )
    if machine.ipv6_defaults:
        yield Finding(
            code="ipv6-default",
            severity=Severity.WARNING,
            text=f"IPv6 has a default route by {', '.join(machine.ipv6_defaults)}: IPv6 is neither balanced nor failed"
            " over, and keeps using that ISP when it is down",
            remedy="to avoid this, make that interface ignore router advertisements"
            f" (`sysctl net.ipv6.conf.{machine.ipv6_defaults[0]}.accept_ra=0`), or give the LAN no IPv6",
        )
    yield from _managers(machine)


def _managers(machine: Machine) -> Iterator[Finding]:
    found = machine.managers.interfaces
    for name in sorted({name for names in found.values() for name in names}):
        programs = [program for program, names in found.items() if name in names]
        # ifupdown starts dhclient itself: together they are one.
        several = set(programs) - ({Program.DHCLIENT} if Program.IFUPDOWN in programs else set())
        if machine.config.manages(name):
            yield Finding(
                code="two-managers",
                severity=Severity.PROBLEM,
                text=f"the addresses of {name} are set by Multihome and also by {' and '.join(programs)}",
                remedy=f"remove {name} from {programs[0]}, or let Multihome follow the existing addresses"
                " there (panel, Interfaces: addresses not managed)",
            )
        elif len(several) > 1:
            yield Finding(
                code="two-managers",
                severity=Severity.WARNING,
                text=f"{' and '.join(sorted(several))} both manage {name}: each removes the other's default route",
                remedy=f"let only one of them manage {name}",
            )
    if found.get(Program.NETWORKD) and not machine.managers.networkd_keeps_foreign:
        yield Finding(
            code="networkd-removes-foreign",
            severity=Severity.WARNING,
            text="systemd-networkd removes foreign rules and routes, also Multihome's, whenever it starts",
            remedy="write `[Network]`, `ManageForeignRoutingPolicyRules=no` and `ManageForeignRoutes=no` into"
            f" /etc/systemd/networkd.conf.d/multihome.conf (rules of protocol {RULE_PROTOCOL} are Multihome's)",
        )
