"""Guard in nftables: what of a new connection from the Internet is accepted.

Both chains are jumped to for what arrives by an ISP's interface, and for nothing else. An accept in them ends our own
chains alone: another table still sees the packet. A drop is final, whatever another table says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses
from typing import Final, cast

from app.model.config import Config
from app.model.family import Family, IPNetwork
from app.model.guard import Opening
from app.plan.ruleset import Chain, Jump, Key, Match, Op, Over, Range, RuleLine, Verdict
from app.plan.selection import NUMBERS

# A hundred monitors may ping once a second; a flood costs the router no replies.
PINGS_PER_S, PING_BURST = 100, 50
# RFC 792: echo reply, destination unreachable, echo, time exceeded, parameter problem. No redirect: it moves routes.
ICMP_TYPES: Final = (0, 3, 8, 11, 12)
# RFC 4890, section 4.4: errors, echo, multicast listeners (RFC 2710 and 3810), router advertisements and neighbours. No
# router solicitation: this side is not the ISP's router. No redirect, as above.
ICMP6_TYPES: Final = (1, 2, 3, 4, 128, 129, 130, 131, 132, 134, 135, 136, 143)
ECHO: Final = {Family.IPV4: (Key.ICMP_TYPE, 8), Family.IPV6: (Key.ICMP6_TYPE, 128)}
SOURCES: Final = {Family.IPV4: Key.SOURCE, Family.IPV6: Key.SOURCE6}

_UDP: Final = Match(Key.L4PROTO, Op.EQ, ("udp",))
_IP: Final = {family: Match(Key.NFPROTO, Op.EQ, (family.field,)) for family in Family}
_INPUT, _FORWARD = "guard_input", "guard_forward"


@dataclass(frozen=True, slots=True)
class Guarding:
    """What Guard adds to the table: a rule for the end of each base chain, and the chains that these lead to."""

    input: tuple[RuleLine, ...] = ()
    forward: tuple[RuleLine, ...] = ()
    chains: tuple[Chain, ...] = ()


def guarding(config: Config, wans: tuple[str, ...]) -> Guarding:
    """Nothing while Guard is off or undecided, or no interface leads to an ISP."""
    if not config.settings.guard.is_on or not wans:
        return Guarding()
    arrives = Match(Key.INPUT_INTERFACE, Op.EQ, wans)
    return Guarding(
        input=(RuleLine((arrives, Jump(_INPUT)), "guard: from the Internet to the router"),),
        forward=(RuleLine((arrives, Jump(_FORWARD)), "guard: from the Internet to the LAN"),),
        chains=(Chain(_INPUT, None, tuple(_input(config))), Chain(_FORWARD, None, tuple(_forward(config)))),
    )


def _input(config: Config) -> Iterator[RuleLine]:
    for key, echo in ECHO.values():
        # Before replies: each further ping of a series counts as one.
        yield RuleLine((Match(key, Op.EQ, (echo,)), Over(PINGS_PER_S, PING_BURST), Verdict.DROP), "too many pings")
    yield from _always(config)
    yield RuleLine((Match(Key.ICMP_TYPE, Op.EQ, ICMP_TYPES), Verdict.ACCEPT), "ping and errors")
    yield RuleLine((Match(Key.ICMP6_TYPE, Op.EQ, ICMP6_TYPES), Verdict.ACCEPT), "ping, errors and neighbors")
    server, client = Match(Key.SOURCE_PORT, Op.EQ, (67,)), Match(Key.DESTINATION_PORT, Op.EQ, (68,))
    yield RuleLine((_IP[Family.IPV4], _UDP, server, client, Verdict.ACCEPT), "DHCP replies")
    # Some servers reply from a port of their own choice, or from a global address.
    client = Match(Key.DESTINATION_PORT, Op.EQ, (546,))
    yield RuleLine((_IP[Family.IPV6], _UDP, client, Verdict.ACCEPT), "DHCPv6 replies")
    for one in config.settings.guard.allowed:
        yield _opening(one)
    panel = config.settings.panel
    if panel.reachable_from_outside:
        port = Match(Key.TCP_DESTINATION_PORT, Op.EQ, (panel.port,))
        yield RuleLine((port, Verdict.ACCEPT), "the panel is allowed on WAN ports")
    yield RuleLine((Verdict.DROP,), "not allowed")


def _forward(config: Config) -> Iterator[RuleLine]:
    yield from _always(config)
    yield RuleLine((Verdict.DROP,), "not published")


def _always(config: Config) -> Iterator[RuleLine]:
    """What is accepted to the router and to the LAN alike."""
    yield RuleLine((Match(Key.CT_STATE, Op.IN, ("established", "related")), Verdict.ACCEPT), "replies")
    yield RuleLine((Match(Key.CT_STATUS, Op.IN, ("dnat",)), Verdict.ACCEPT), "published")
    # With a tunnel of policies its packets have no interface of their own.
    yield RuleLine((Match(Key.IPSEC, Op.EQ, (True,)), Verdict.ACCEPT), "out of an IPsec tunnel")
    for family in Family:
        # They are of one family, which the types cannot say; a set holds none inside another.
        trusted = cast("list[IPv4Network]", [one for one in config.settings.guard.trusted if one.version == family])
        if trusted:
            yield RuleLine((_from(family, *collapse_addresses(trusted)), Verdict.ACCEPT), "trusted")


def _from(family: Family, *networks: IPNetwork) -> Match:
    return Match(SOURCES[family], Op.EQ, networks)


def _opening(one: Opening) -> RuleLine:
    source = () if one.source is None else (_from(Family(one.source.version), one.source),)
    ports = (
        () if one.ports is None else (Match(Key.DESTINATION_PORT, Op.EQ, (Range(one.ports.first, one.ports.last),)),)
    )
    return RuleLine((*source, Match(Key.L4PROTO, Op.EQ, NUMBERS[one.protocol]), *ports, Verdict.ACCEPT), "allowed")
