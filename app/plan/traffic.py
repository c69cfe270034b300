"""Traffic rules in nftables: the first rule that matches a new flow from the inside decides where it goes.

Only the first packet of a flow is matched. Its mark, which is 0 at first, holds the best position so far, then the
number of the chosen gateway with RULED_BIT. Routing and postrouting do the rest as for any other flow: only a flow that
really leaves through a gateway gets its number. The set `away` alone says which gateways take new flows, so a verdict
never changes the ruleset, even with many rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Final, cast

from app.model.choices import Balancing, IfDown
from app.model.config import Config, Gateway
from app.model.facts import Facts, own_addresses
from app.model.family import Family, IPNetwork
from app.model.layout import MARK_MASK, RULED_BIT, mark, rule_counter
from app.model.rule import TrafficRule
from app.plan.layers import layers
from app.plan.ruleset import (
    Chain,
    CountBy,
    Jump,
    Key,
    Lookup,
    Map,
    MapKind,
    Match,
    Op,
    Pick,
    PutMark,
    RuleLine,
    Value,
    Verdict,
)
from app.plan.selection import selection
from app.plan.sites import wan_interfaces

# A position after every rule.
UNDECIDED: Final = 0x7FFFFFFF
# Multicast, in IPv4 also reserved addresses: no ISP accepts them.
NOWHERE: Final[dict[Family, IPNetwork]] = {
    Family.IPV4: IPv4Network("224.0.0.0/3"),
    Family.IPV6: IPv6Network("ff00::/8"),
}
# The chosen member of a tier may be away. This many more hashes are tried, then the members one after the other. With
# two members there is only one other.
PICKS: Final = 8
FIRST_SEED: Final = 0x4D480000
_WITH_PORTS: Final = (6, 17)
HASHED: Final[dict[Balancing, tuple[Key, ...]]] = {
    Balancing.SOURCE_DESTINATION: (Key.SOURCE, Key.DESTINATION),
    Balancing.CONNECTION: (Key.SOURCE, Key.DESTINATION, Key.L4PROTO, Key.SOURCE_PORT, Key.DESTINATION_PORT),
    Balancing.CLIENT: (Key.SOURCE,),
}


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the rules add to the table; nothing where there are none. Flows are sent through the chain `rules`."""

    counters: tuple[str, ...] = ()
    maps: tuple[Map, ...] = ()
    chains: tuple[Chain, ...] = ()


def traffic(config: Config, facts: Facts) -> Traffic:
    """The counters, maps and chains of the enabled rules."""
    if not any(rule.enabled for rule in config.rules):
        return Traffic()
    asked = (config.rules, config.gateways, config.settings.balancing, inside_networks(Family.IPV4, config, facts))
    if _Last.asked != asked:  # a fast comparison if the parts are the same objects
        _Last.traffic, _Last.asked = _traffic(config, asked[3]), asked
    return _Last.traffic


class _Last:
    """The last input and its result.

    Putting a thousand rules into maps takes 0.1 s, and every verdict needs the same maps again.
    """

    asked: object = None
    traffic = Traffic()


def _traffic(config: Config, inside: tuple[Value, ...]) -> Traffic:
    rules = tuple(rule for rule in config.rules if rule.enabled)
    found = _matching(rules)
    targets = {_target(rule): rule for rule in rules if not rule.balances}
    staying = RuleLine((Match(Key.DESTINATION, Op.EQ, inside), Verdict.RETURN), "stays inside")
    return Traffic(
        counters=tuple(rule_counter(rule.number) for rule in rules),
        maps=(*found.maps, *_deciding(rules)),
        chains=(
            *found.positions,
            *_pick_chains(config, rules),
            *(_target_chain(name, rule, config) for name, rule in targets.items()),
            Chain("rules", None, (staying, *found.lookups, *_DECIDED)),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Matching:
    """The maps and chains that find the deciding rule."""

    maps: tuple[Map, ...]
    positions: tuple[Chain, ...]
    lookups: tuple[RuleLine, ...]


def _matching(rules: tuple[TrafficRule, ...]) -> _Matching:
    asked = [(selection(rule), Jump(_position(place))) for place, rule in enumerate(rules, start=1)]
    maps = tuple(
        Map(f"match_{index}", layer.keys, MapKind.VERDICT, tuple(layer.elements))
        for index, layer in enumerate(layers(asked), start=1)
    )
    everything = next((jump for selected, jump in asked if not selected), None)
    lines = [RuleLine((PutMark(UNDECIDED),), "the best position so far, behind all rules")]
    lines += [RuleLine((Lookup(one.keys, one.name),)) for one in maps]
    if everything is not None:
        lines.append(RuleLine((everything,), "this rule matches everything"))
    positions = tuple(_position_chain(place) for place in range(1, len(rules) + 1))
    return _Matching(maps, positions, tuple(lines))


def _position(place: int) -> str:
    return f"at_{place}"


def _position_chain(place: int) -> Chain:
    better = Match(Key.META_MARK, Op.GT, (place,))
    return Chain(_position(place), None, (RuleLine((better, PutMark(place))),))


_DECIDED: Final = (
    RuleLine((CountBy(Key.META_MARK, "rule_hits"),)),
    RuleLine((Lookup((Key.META_MARK,), "rule_targets"),)),
    RuleLine((PutMark(0),), "balanced"),
)


def _deciding(rules: tuple[TrafficRule, ...]) -> Iterator[Map]:
    """The chains that act on the position of the deciding rule."""
    places = tuple(enumerate(rules, start=1))
    hits = tuple(((place,), rule_counter(rule.number)) for place, rule in places)
    yield Map("rule_hits", (Key.META_MARK,), MapKind.COUNTER, hits)
    targets = tuple(((place,), Jump(_target(rule), back=False)) for place, rule in places if not rule.balances)
    yield Map("rule_targets", (Key.META_MARK,), MapKind.VERDICT, targets)


def _target(rule: TrafficRule) -> str:
    where = f"tier_{rule.tier}" if rule.gateway is None else f"to_{rule.gateway}"
    return f"{where}_{rule.if_down}"


def inside_networks(family: Family, config: Config, facts: Facts) -> tuple[IPNetwork, ...]:
    """The networks of all interfaces except WANs in this family, and those that no ISP accepts, without overlaps.

    Traffic rules ignore packets to these networks, because they never leave through an ISP.
    """
    wans = wan_interfaces(config)
    links = (link for link in facts.links if link.name not in wans)
    own = [one.address.network for link in links for one in own_addresses(link, config, family)]
    # All of one family, which the types cannot express.
    networks = cast("list[IPv4Network]", [*own, NOWHERE[family]])
    return tuple(collapse_addresses(networks))


def chosen(number: int) -> int:
    """The mark of a packet that a rule sends to this gateway."""
    return RULED_BIT | mark(number)


def members(config: Config, tier: int) -> tuple[Gateway, ...]:
    """The gateways of a tier, over which the flows of a rule are spread while they are usable."""
    return tuple(sorted((one for one in config.gateways if one.enabled and one.tier == tier), key=lambda g: g.number))


def picks(among: tuple[Gateway, ...]) -> int:
    """How many hashes are tried before the members of a tier are tried one after the other."""
    return 0 if len(among) < 2 else 1 if len(among) == 2 else PICKS


_GOOD: Final = RuleLine((Match(Key.META_MARK, Op.NE, mask=MARK_MASK, set_name="away"), Verdict.RETURN))


def _target_chain(name: str, rule: TrafficRule, config: Config) -> Chain:
    among = (
        members(config, rule.tier)
        if rule.tier is not None
        else tuple(one for one in config.gateways if one.number == rule.gateway)
    )
    lines: list[RuleLine] = []
    for turn in range(picks(among)):
        lines += [*_pick(among, config.settings.balancing, FIRST_SEED + turn), _GOOD]
    for gateway in among:
        lines += [RuleLine((PutMark(chosen(gateway.number)),)), _GOOD]
    if rule.if_down is IfDown.REFUSE:
        lines.append(RuleLine((PutMark(RULED_BIT),), "none is usable: refused"))
    else:
        lines.append(RuleLine((PutMark(0),), "none is usable: balanced"))
    return Chain(name, None, tuple(lines))


def _pick(among: tuple[Gateway, ...], balancing: Balancing, seed: int) -> Iterator[RuleLine]:
    """Choose one by weight, with a hash of the same fields as balancing."""
    shares = tuple((gateway.weight, _picked(gateway.number)) for gateway in among)
    keys = HASHED[balancing]
    if Key.L4PROTO not in keys:
        yield RuleLine((Pick(keys, seed, shares),))
        return
    yield RuleLine((Match(Key.L4PROTO, Op.EQ, _WITH_PORTS), Pick(keys, seed, shares)))
    without = Pick((Key.SOURCE, Key.DESTINATION), seed, shares)
    yield RuleLine((Match(Key.L4PROTO, Op.NE, _WITH_PORTS), without))


def _picked(number: int) -> str:
    return f"pick_{number}"


def _pick_chains(config: Config, rules: tuple[TrafficRule, ...]) -> Iterator[Chain]:
    for tier in sorted({rule.tier for rule in rules if rule.tier is not None}):
        among = members(config, tier)
        for gateway in among if picks(among) else ():
            yield Chain(_picked(gateway.number), None, (RuleLine((PutMark(chosen(gateway.number)),)),))
