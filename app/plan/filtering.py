"""The nftables part of the kernel contract: numbers of flows, TCP resets on failed gateways, SNAT, and refusals.

The chains are in the order in which a packet meets them. Bits 24 to 30 of a flow's ct mark are its gateway number, bit
31 says that it came in from outside. No other bit is read or written, and a packet with another program's mark is left
alone.
"""

from collections.abc import Iterator

from app.model.choices import AllDown, Clients, Snat
from app.model.config import Config
from app.model.facts import Facts
from app.model.family import Family
from app.model.layout import INBOUND_BIT, MARK_MASK, RULED_BIT, counter, mark
from app.plan import ruleset
from app.plan.guard import guarding
from app.plan.ruleset import (
    Chain,
    Count,
    Hook,
    Jump,
    Key,
    Masquerade,
    Match,
    Op,
    RestoreMark,
    RuleLine,
    Ruleset,
    SetMark,
    Statement,
    Verdict,
    set_name,
)
from app.plan.sites import Site, wan_interfaces
from app.plan.traffic import chosen, traffic

# The priorities of nft's names mangle, filter and srcnat (include/uapi/linux/netfilter_ipv4.h).
MANGLE, FILTER, SRCNAT = -150, 0, 100
OTHER_BITS = 0xFFFFFFFF & ~(MARK_MASK | INBOUND_BIT)
# The TCP flags FIN, SYN, RST and ACK: a connection attempt has only SYN of these (RFC 9293, section 3.1).
FLAGS, SYN = 0x17, 0x02

PROTOCOL = {family: Match(Key.NFPROTO, Op.EQ, (family.field,)) for family in Family}
UNREACHABLE = {Family.IPV4: Verdict.UNREACHABLE, Family.IPV6: Verdict.UNREACHABLE6}
IPV4 = PROTOCOL[Family.IPV4]
SOURCE = {Family.IPV4: Key.SOURCE, Family.IPV6: Key.SOURCE6}
NEXT_HOP = {Family.IPV4: Key.NEXT_HOP, Family.IPV6: Key.NEXT_HOP6}
# ct direction of packets from an ISP: replies, and flows that begin outside.
REPLY_DESTINATION = {Family.IPV4: Key.CT_REPLY_DESTINATION, Family.IPV6: Key.CT_REPLY_DESTINATION6}
ORIGINAL_DESTINATION = {Family.IPV4: Key.CT_ORIGINAL_DESTINATION, Family.IPV6: Key.CT_ORIGINAL_DESTINATION6}
NEW = Match(Key.CT_STATE, Op.IN, ("new",))
TCP = Match(Key.L4PROTO, Op.EQ, ("tcp",))
UNNUMBERED = Match(Key.CT_MARK, Op.EQ, (0,), mask=MARK_MASK)
UNMARKED = Match(Key.META_MARK, Op.EQ, (0,))


def desired_ruleset(sites: tuple[Site, ...], config: Config, facts: Facts) -> Ruleset:
    """The complete nftables table. It does not depend on verdicts: what does is in its two sets.

    `sites`: those of every family in use. A gateway has one counter for all families. Traffic rules cover IPv4 only.
    """
    wans = wan_interfaces(config)
    ruled = traffic(config, facts)
    is_ruled = bool(ruled.chains)
    guarded = guarding(config, wans)
    return Ruleset(
        counters=(*dict.fromkeys(counter(site.number) for site in sites), *ruled.counters),
        families=config.families,
        maps=ruled.maps,
        chains=(
            *ruled.chains,
            *guarded.chains,
            Chain(
                "prerouting",
                Hook("filter", "prerouting", MANGLE),
                (*_prerouting(sites, config, facts), *_leaving_prerouting(config, wans, ruled=is_ruled)),
            ),
            Chain("input", Hook("filter", "input", FILTER), (*_input(config, wans), *guarded.input)),
            Chain(
                "forward",
                Hook("filter", "forward", FILTER),
                (*_forward(sites, config, wans, ruled=is_ruled), *guarded.forward),
            ),
            Chain("output", Hook("route", "output", MANGLE), tuple(map(_restore, config.families))),
            Chain("postrouting", Hook("filter", "postrouting", MANGLE), tuple(_postrouting(sites, ruled=is_ruled))),
            Chain("srcnat", Hook("nat", "postrouting", SRCNAT), tuple(_srcnat(sites))),
        ),
    )


def _restore(family: Family) -> RuleLine:
    numbered = Match(Key.CT_MARK, Op.NE, (0,), mask=MARK_MASK)
    return RuleLine(
        (PROTOCOL[family], UNMARKED, numbered, RestoreMark(MARK_MASK)), "a numbered flow leaves by its gateway"
    )


def _prerouting(sites: tuple[Site, ...], config: Config, facts: Facts) -> Iterator[RuleLine]:
    for site in sites:
        yield from _adopt(site, sites, facts)
    for shared in (False, True):  # rules with the sender's hardware address come before those without
        for site in sites:
            yield from _inbound(site, sites, facts, fallback=shared)
    inside = _inside(wan_interfaces(config))
    for family in config.families if config.settings.failover.clients is Clients.TELL else ():
        yield RuleLine(
            (
                PROTOCOL[family],
                inside,
                TCP,
                Match(Key.CT_DIRECTION, Op.EQ, ("original",)),
                Match(Key.CT_MARK, Op.EQ, (0,), mask=INBOUND_BIT),
                Match(Key.CT_MARK, Op.EQ, mask=MARK_MASK, set_name=set_name("dead", family)),
                Match(Key.TCP_FLAGS, Op.NE, (SYN,), mask=FLAGS),
                Verdict.RESET,
            ),
            "tell clients of a dead gateway",
        )


def _leaving_prerouting(config: Config, wans: tuple[str, ...], *, ruled: bool) -> Iterator[RuleLine]:
    """The rules that choose the gateway of a packet from the inside: by traffic rule, or by the number of its flow."""
    if ruled:
        yield RuleLine((IPV4, _inside(wans), NEW, UNMARKED, UNNUMBERED, Jump("rules")), "traffic rules are asked")
    for family in config.families:
        restore = _restore(family)
        yield RuleLine((_inside(wans), *restore.statements), restore.comment)


def _inside(wans: tuple[str, ...]) -> Match:
    return Match(Key.INPUT_INTERFACE, Op.NE, wans)


def _adopt(site: Site, among: tuple[Site, ...], facts: Facts) -> Iterator[RuleLine]:
    """Give flows older than Multihome the number of the ISP whose address is in their tuple."""
    if site.attached is None:
        return
    source = site.attached.source
    known = (PROTOCOL[site.family], Match(Key.CT_STATE, Op.IN, ("established", "related")), UNNUMBERED)
    arrives = _arrives(site, facts)
    if arrives is None:
        return
    alone = not any(o.attached is not None and o.attached.source == source for o in among if o.number != site.number)
    outbound = Match(REPLY_DESTINATION[site.family], Op.EQ, (source,))
    yield RuleLine((*(() if alone else arrives), *known, outbound, _number(site)), f"adopt flows of {site.number}")
    inbound = Match(ORIGINAL_DESTINATION[site.family], Op.EQ, (source,))
    yield RuleLine((*arrives, *known, inbound, _number(site, INBOUND_BIT)), f"adopt inbound flows of {site.number}")


def _inbound(site: Site, among: tuple[Site, ...], facts: Facts, *, fallback: bool) -> Iterator[RuleLine]:
    """Number a new flow that arrives on a WAN. `fallback`: of gateways that share the WAN, the first gets unknown
    senders.
    """
    if fallback:
        first = next(o for o in among if (o.family, o.gateway.interface) == (site.family, site.gateway.interface))
        if site.number != first.number or not site.shares:
            return
        arrives: tuple[Statement, ...] | None = (_arrives_on(site),)
    else:
        arrives = _arrives(site, facts)
    if arrives is not None:
        yield RuleLine(
            (*arrives, PROTOCOL[site.family], NEW, UNNUMBERED, _number(site, INBOUND_BIT)), f"came in by {site.number}"
        )


def _arrives(site: Site, facts: Facts) -> tuple[Statement, ...] | None:
    """Match packets from this ISP: by interface, and by hardware address if two ISPs share the interface; None:
    unknown.
    """
    if not site.shares:
        return (_arrives_on(site),)
    next_hop = None if site.attached is None else site.attached.next_hop
    neighbor = None if next_hop is None else facts.neighbor(site.gateway.interface, next_hop)
    if neighbor is None or not neighbor.mac:
        return None
    return (_arrives_on(site), Match(Key.ETHER_SOURCE, Op.EQ, (neighbor.mac,)))


def _arrives_on(site: Site) -> Match:
    return Match(Key.INPUT_INTERFACE, Op.EQ, (site.gateway.interface,))


def _number(site: Site, direction: int = 0) -> SetMark:
    return SetMark(Key.CT_MARK, keep=OTHER_BITS, bits=mark(site.number) | direction)


def _input(config: Config, wans: tuple[str, ...]) -> Iterator[RuleLine]:
    panel = config.settings.panel
    if not panel.reachable_from_outside and wans:
        arrives = Match(Key.INPUT_INTERFACE, Op.EQ, wans)
        port = Match(Key.TCP_DESTINATION_PORT, Op.EQ, (panel.port,))
        yield RuleLine((arrives, NEW, port, Verdict.DROP), "the panel does not exist on the ISPs' side")


def _forward(sites: tuple[Site, ...], config: Config, wans: tuple[str, ...], *, ruled: bool) -> Iterator[RuleLine]:
    for family in config.families:
        of_it = (site for site in sites if site.family is family and site.leg.snat is not Snat.OFF)
        translated = tuple(sorted({site.gateway.interface for site in of_it}))
        if translated:
            invalid = Match(Key.CT_STATE, Op.IN, ("invalid",))
            leaves = Match(Key.OUTPUT_INTERFACE, Op.EQ, translated)
            yield RuleLine((PROTOCOL[family], leaves, invalid, Verdict.DROP), "it would leave with a private source")
    leaves = Match(Key.OUTPUT_INTERFACE, Op.EQ, wans)
    if ruled:
        refused = Match(Key.META_MARK, Op.EQ, (RULED_BIT,))
        yield RuleLine((IPV4, refused, leaves, TCP, Verdict.RESET), "a traffic rule refuses it")
        yield RuleLine((IPV4, refused, leaves, Verdict.UNREACHABLE), "a traffic rule refuses it")
    for family in config.families if config.settings.failover.all_down is AllDown.REFUSE else ():
        # A mask of no bits: this matches whether the number that no gateway has is in the set.
        none_usable = Match(Key.META_MARK, Op.EQ, mask=0, set_name=set_name("away", family))
        new = (PROTOCOL[family], leaves, NEW, none_usable)
        yield RuleLine((*new, TCP, Verdict.RESET), "no gateway is usable")
        yield RuleLine((*new, UNREACHABLE[family]), "no gateway is usable")


def _postrouting(sites: tuple[Site, ...], *, ruled: bool) -> Iterator[RuleLine]:
    # A probe already has its gateway's mark, so its flow gets the number but is not counted.
    by_rule = tuple(chosen(site.number) for site in sites) if ruled else ()
    not_probes = Match(Key.META_MARK, Op.EQ, (0, *by_rule))
    for site in sites:
        leaves = _leaves(site)
        if leaves is None:
            continue
        counted = (*leaves, NEW, UNNUMBERED, not_probes, Count(counter(site.number)))
        yield RuleLine(counted, f"new flows of {site.number}")
        yield RuleLine((*leaves, UNNUMBERED, _number(site)), f"routing chose {site.number}")


def _leaves(site: Site) -> tuple[Statement, ...] | None:
    """Match packets routed to this gateway: by interface, and by next hop if two gateways share the interface."""
    leaves = (PROTOCOL[site.family], Match(Key.OUTPUT_INTERFACE, Op.EQ, (site.gateway.interface,)))
    if not site.shares:
        return leaves
    if site.attached is None or site.attached.next_hop is None:
        return None
    return (*leaves, Match(NEXT_HOP[site.family], Op.EQ, (site.attached.next_hop,)))


def _srcnat(sites: tuple[Site, ...]) -> Iterator[RuleLine]:
    for site in sites:
        leaves = (
            PROTOCOL[site.family],
            Match(Key.OUTPUT_INTERFACE, Op.EQ, (site.gateway.interface,)),
            Match(Key.CT_MARK, Op.EQ, (mark(site.number),), mask=MARK_MASK),
        )
        match site.leg.snat:
            case Snat.MASQUERADE:
                yield RuleLine((*leaves, Masquerade()), f"masquerade behind {site.number}")
            case Snat.ADDRESS if site.attached is not None:
                source = site.attached.source
                foreign = Match(SOURCE[site.family], Op.NE, (source,))
                yield RuleLine((*leaves, foreign, ruleset.Snat(source)), f"source of {site.number}")
            case _:
                pass


def is_refusing(config: Config, *, anything_usable: bool) -> bool:
    """Whether new flows are rejected at once."""
    return not anything_usable and config.settings.failover.all_down is AllDown.REFUSE
