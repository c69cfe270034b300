"""Finds foreign firewall rules that drop forwarded connections, probes or their replies."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.diagnosis import iptables
from app.diagnosis.machine import Firewall, Machine
from app.diagnosis.walk import Chain, Packet, Table, dropping
from app.model.choices import Role
from app.model.config import Config
from app.model.facts import gateway_interfaces
from app.model.family import Family
from app.model.finding import Finding, Severity
from app.model.layout import NFT_TABLE

_PROBES: Final[Mapping[str, str]] = {"icmp": "icmp", "tcp": "tcp", "udp": "udp", "http": "tcp"}


def findings(machine: Machine) -> Iterator[Finding]:
    """One for each kind of packet that certainly comes to nothing, with the chains that drop it."""
    found = foreign_tables(machine.firewall, Family.IPV4)
    for code, what, remedy, packets in _cases(machine.config):
        chains = dict.fromkeys(
            f"{table.name} {chain}" for packet in packets for table in found if (chain := dropping(table, packet))
        )
        if chains:
            yield Finding(
                code=code,
                severity=Severity.PROBLEM,
                text=f"a firewall drops {what}: {', '.join(chains)}",
                remedy=remedy,
            )


def _cases(config: Config) -> Iterator[tuple[str, str, str, tuple[Packet, ...]]]:
    lans = [one.name for one in config.interfaces if one.role is Role.LAN]
    wans = tuple(gateway_interfaces(config))
    ways = [(lan, wan) for lan in lans for wan in wans]
    yield (
        "firewall-drops-forwarded",
        "new connections from the LAN to the ISPs",
        "accept them in its forward chain: from the LAN interface to each ISP interface, and established connections",
        tuple(Packet("forward", lan, wan, "new", "tcp") for lan, wan in ways),
    )
    yield (
        "firewall-drops-answers",
        "replies from the ISPs to the LAN",
        "accept `ct state established,related` in its forward chain",
        tuple(Packet("forward", wan, lan, "established", "tcp") for lan, wan in ways),
    )
    protocols = sorted(
        {
            _PROBES[check.kind]
            for gateway in config.gateways
            for check in config.checks(gateway)
            if check.kind in _PROBES
        }
    )
    yield (
        "firewall-drops-probes",
        "the probes that Multihome sends",
        "accept in its output chain what the router itself sends through the ISP interfaces",
        tuple(Packet("output", "", wan, "new", protocol) for wan in wans for protocol in protocols),
    )
    yield (
        "firewall-drops-probe-answers",
        "the replies to Multihome's probes",
        "accept `ct state established,related` in its input chain",
        tuple(Packet("input", wan, "", "established", protocol) for wan in wans for protocol in protocols),
    )


def foreign_tables(firewall: Firewall, family: Family) -> tuple[Table, ...]:
    """The tables of nft and iptables that see a family, ours left out."""
    saved = firewall.iptables if family is Family.IPV4 else firewall.ip6tables
    return (*_nft_tables(firewall, seen=family), *iptables.tables(saved))


def _nft_tables(firewall: Firewall, seen: Family) -> Iterator[Table]:
    for entry in firewall.nft:
        table = entry.get("table")
        if not isinstance(table, dict) or table["family"] not in {seen.nft, "inet"}:
            continue
        family, name = table["family"], table["name"]
        if (family, name) != ("inet", NFT_TABLE):
            yield Table(f"{family} {name}", _chains(firewall, family, name), _sets(firewall, family, name))


def _of(firewall: Firewall, kind: str, family: str, table: str) -> Iterator[Mapping[str, Any]]:
    for entry in firewall.nft:
        one = entry.get(kind)
        if isinstance(one, dict) and (one.get("family"), one.get("table")) == (family, table):
            yield one


def _chains(firewall: Firewall, family: str, table: str) -> dict[str, Chain]:
    rules: dict[str, list[tuple[Mapping[str, Any], ...]]] = {}
    for one in _of(firewall, "rule", family, table):
        rules.setdefault(one["chain"], []).append(tuple(_expressions(one)))
    return {
        one["name"]: Chain(one["name"], tuple(rules.get(one["name"], ())), one.get("hook", ""), one.get("policy", ""))
        for one in _of(firewall, "chain", family, table)
    }


def _expressions(rule: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A rule's expressions; what nft cannot put into words (`null`) is an expression of unknown meaning."""
    for one in rule.get("expr", ()):
        yield one if isinstance(one, dict) else {"xt": None}


def _sets(firewall: Firewall, family: str, table: str) -> dict[str, tuple[object, ...]]:
    return {one["name"]: tuple(one.get("elem", ())) for one in _of(firewall, "set", family, table)}
