"""Converts a Ruleset to the JSON of libnftables (man 5 libnftables-json), without any rule in text form.

A listing of nft differs from what was written (masks are folded, dependencies left out), so nothing here is ever
compared with a listing.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from app.model.family import family_of
from app.model.layout import MARK_MASK, MARK_SHIFT, NFT_TABLE
from app.plan.render_nft import TYPES
from app.plan.ruleset import (
    Chain,
    Count,
    CountBy,
    Hook,
    Jump,
    Key,
    Lookup,
    Map,
    Masquerade,
    Match,
    NumberSets,
    Op,
    Over,
    Pick,
    PutMark,
    Range,
    RestoreMark,
    RuleLine,
    Ruleset,
    SetMark,
    Snat,
    Statement,
    Value,
    Verdict,
)

Object = dict[str, Any]

TABLE: Final[Object] = {"family": "inet", "name": NFT_TABLE}
INSIDE: Final[Object] = {"family": "inet", "table": NFT_TABLE}

_CT_MARK: Final[Object] = {"ct": {"key": "mark"}}
# In an inet table these need an explicit family, because the rule does not imply it.
_KEYS: Final[dict[Key, Object]] = {
    Key.META_MARK: {"meta": {"key": "mark"}},
    Key.CT_MARK: _CT_MARK,
    Key.CT_STATE: {"ct": {"key": "state"}},
    Key.CT_DIRECTION: {"ct": {"key": "direction"}},
    Key.CT_STATUS: {"ct": {"key": "status"}},
    Key.CT_ORIGINAL_SOURCE: {"ct": {"key": "ip saddr", "dir": "original"}},
    Key.CT_ORIGINAL_DESTINATION: {"ct": {"key": "ip daddr", "dir": "original"}},
    Key.CT_REPLY_SOURCE: {"ct": {"key": "ip saddr", "dir": "reply"}},
    Key.CT_REPLY_DESTINATION: {"ct": {"key": "ip daddr", "dir": "reply"}},
    Key.CT_ORIGINAL_DESTINATION6: {"ct": {"key": "ip6 daddr", "dir": "original"}},
    Key.CT_REPLY_DESTINATION6: {"ct": {"key": "ip6 daddr", "dir": "reply"}},
    Key.INPUT_INTERFACE: {"meta": {"key": "iifname"}},
    Key.OUTPUT_INTERFACE: {"meta": {"key": "oifname"}},
    Key.NFPROTO: {"meta": {"key": "nfproto"}},
    Key.L4PROTO: {"meta": {"key": "l4proto"}},
    Key.SOURCE: {"payload": {"protocol": "ip", "field": "saddr"}},
    Key.DESTINATION: {"payload": {"protocol": "ip", "field": "daddr"}},
    Key.SOURCE6: {"payload": {"protocol": "ip6", "field": "saddr"}},
    Key.ICMP_TYPE: {"payload": {"protocol": "icmp", "field": "type"}},
    Key.ICMP6_TYPE: {"payload": {"protocol": "icmpv6", "field": "type"}},
    Key.IPSEC: {"meta": {"key": "ipsec"}},
    Key.ETHER_SOURCE: {"payload": {"protocol": "ether", "field": "saddr"}},
    Key.NEXT_HOP: {"rt": {"key": "nexthop", "family": "ip"}},
    Key.NEXT_HOP6: {"rt": {"key": "nexthop", "family": "ip6"}},
    Key.DSCP: {"payload": {"protocol": "ip", "field": "dscp"}},
    Key.SOURCE_PORT: {"payload": {"protocol": "th", "field": "sport"}},
    Key.DESTINATION_PORT: {"payload": {"protocol": "th", "field": "dport"}},
    Key.TCP_FLAGS: {"payload": {"protocol": "tcp", "field": "flags"}},
    Key.TCP_DESTINATION_PORT: {"payload": {"protocol": "tcp", "field": "dport"}},
}
_VERDICTS: Final[dict[Verdict, Object]] = {
    Verdict.ACCEPT: {"accept": None},
    Verdict.DROP: {"drop": None},
    Verdict.RETURN: {"return": None},
    Verdict.RESET: {"reject": {"type": "tcp reset"}},
    Verdict.UNREACHABLE: {"reject": {"type": "icmp", "expr": "host-unreachable"}},
    Verdict.UNREACHABLE6: {"reject": {"type": "icmpv6", "expr": "addr-unreachable"}},
}


def number_sets(ruleset: Ruleset) -> tuple[Object, ...]:
    """The number sets of the table, without their content."""
    names = (name for family in ruleset.families for name in NumberSets(family=family).by_name)
    return tuple({**INSIDE, "name": name, "type": "mark"} for name in names)


def replacement(ruleset: Ruleset, listing: Iterable[Object], known: Ruleset | None = None) -> list[Object]:
    """One transaction that turns the table, as in `listing` (nft's own), into this ruleset.

    Remaining counters keep their values, and the sets `dead` and `away` their elements unless foreign ones are among
    them. Everything else in the table that is not in the ruleset is deleted. `known`: the ruleset in the table, if
    known; unchanged parts are not written again, because a thousand rules take 0.1 s. The transaction is atomic for
    packets.
    """
    kept = _kept(ruleset, known)
    chains = [one for one in ruleset.chains if one not in kept]
    return [
        {"add": {"table": TABLE}},
        *_cleared(ruleset, listing, frozenset(one.name for one in kept)),
        *({"add": {"counter": {**INSIDE, "name": name}}} for name in ruleset.counters),
        *({"add": {"set": one}} for one in number_sets(ruleset)),
        *({"add": {"chain": _chain(chain)}} for chain in chains),
        *({"add": {"map": _map(one)}} for one in ruleset.maps if one not in kept),
        *({"add": {"rule": {**INSIDE, "chain": chain.name, **rule}}} for chain in chains for rule in _rules(chain)),
    ]


def _kept(ruleset: Ruleset, known: Ruleset | None) -> frozenset[Chain | Map]:
    """The parts that can stay. Chains that use a removed map are rewritten first, and so are maps that lead to a
    removed chain.
    """
    if known is None:
        return frozenset()
    maps = frozenset(known.maps) & frozenset(ruleset.maps)
    rewritten = {one.name for one in known.maps if one not in maps}
    chains = (chain for chain in ruleset.chains if not rewritten.intersection(_looked_into(chain)))
    return maps | (frozenset(known.chains) & frozenset(chains))


def _looked_into(chain: Chain) -> Iterator[str]:
    return (one.map for rule in chain.rules for one in rule.statements if isinstance(one, CountBy | Lookup))


def _cleared(ruleset: Ruleset, listing: Iterable[Object], kept: frozenset[str]) -> Iterator[Object]:
    """Empty every chain that is not kept, then delete foreign and obsolete parts: maps and sets before the chains that
    they name.
    """
    chains = {chain.name: chain.hook for chain in ruleset.chains}
    present = [(kind, one) for entry in listing for kind, one in entry.items()]
    old_chains = [one for kind, one in present if kind == "chain" and one["name"] not in kept]
    yield from ({"flush": {"chain": {**INSIDE, "name": one["name"]}}} for one in old_chains)
    for kind, one in sorted(present, key=lambda entry: entry[0] == "counter"):
        stays = one.get("name") in kept or (kind == "counter" and one["name"] in ruleset.counters)
        stays = stays or (kind == "set" and _is_ours(one, ruleset))
        if kind not in {"metainfo", "table", "chain", "rule"} and not stays:
            yield {"delete": {kind: {**INSIDE, "name": one["name"]}}}
    for one in old_chains:
        if one["name"] not in chains or not _hangs(one, chains[one["name"]]):
            yield {"delete": {"chain": {**INSIDE, "name": one["name"]}}}


def _is_ours(one: Object, ruleset: Ruleset) -> bool:
    named = any(one["name"] == ours["name"] for ours in number_sets(ruleset))
    plain = named and one["type"] == "mark" and not one.keys() & {"flags", "timeout", "size", "stmt"}
    return plain and None not in map(number_in, one.get("elem", ()))


def number_in(element: object) -> int | None:
    """The gateway number of an element in a number set; None for an element that Multihome never adds.

    Such elements have other bits in the mark, or a comment, a timeout or an interval end, and are then listed as
    objects.
    """
    return element >> MARK_SHIFT if isinstance(element, int) and not element & ~MARK_MASK else None


def _hangs(one: Object, hook: Hook | None) -> bool:
    """Whether a listed chain has the desired hook and priority; they cannot be changed, only created again."""
    if hook is None:
        return "hook" not in one
    return (one.get("type"), one.get("hook"), one.get("prio")) == (hook.type, hook.hook, hook.priority)


def as_listed(ruleset: Ruleset) -> list[Object]:
    """The listing of a table with this ruleset, as far as replacement() reads it."""
    return [
        *({"counter": {"name": name}} for name in ruleset.counters),
        *({"set": one} for one in number_sets(ruleset)),
        *({"map": {"name": one.name}} for one in ruleset.maps),
        *({"chain": _chain(chain)} for chain in ruleset.chains),
    ]


def _map(one: Map) -> Object:
    types = [TYPES[key] for key in one.keys]
    made: Object = {**INSIDE, "name": one.name, "type": types[0] if len(types) == 1 else types, "map": one.kind.value}
    if one.has_ranges:
        made["flags"] = ["interval"]
    if one.elements:  # an empty list of elements is not allowed
        made["elem"] = [[_key(key), to if isinstance(to, str) else _jump(to)] for key, to in one.elements]
    return made


def _key(values: tuple[Value, ...]) -> Any:
    encoded = [_value(one) for one in values]
    return encoded[0] if len(encoded) == 1 else {"concat": encoded}


def _jump(jump: Jump) -> Object:
    return {"jump" if jump.back else "goto": {"target": jump.chain}}


def _fields(keys: tuple[Key, ...]) -> Object:
    return _KEYS[keys[0]] if len(keys) == 1 else {"concat": [_KEYS[key] for key in keys]}


def _pick(pick: Pick) -> Object:
    hashed = {"jhash": {"mod": pick.modulus, "seed": pick.seed, "expr": _fields(pick.keys)}}
    spans = [[_value(span), _jump(Jump(chain))] for span, chain in pick.spans]
    return {"vmap": {"key": hashed, "data": {"set": spans}}}


def _chain(chain: Chain) -> Object:
    if chain.hook is None:
        return {**INSIDE, "name": chain.name}
    hook = chain.hook
    where = {"type": hook.type, "hook": hook.hook, "prio": hook.priority, "policy": "accept"}
    return {**INSIDE, "name": chain.name, **where}


def _rules(chain: Chain) -> Iterator[Object]:
    for rule in chain.rules:
        if not any(isinstance(one, Match) and _never(one) for one in rule.statements):
            yield _rule(rule)


def _rule(rule: RuleLine) -> Object:
    statements = [_statement(one) for one in rule.statements if not (isinstance(one, Match) and _always(one))]
    return {"expr": statements, "comment": rule.comment} if rule.comment else {"expr": statements}


def _never(match: Match) -> bool:
    """Whether it matches an empty set of values: nft has no empty set, and such a rule never matches."""
    return match.set_name is None and not match.values and match.op is not Op.NE


def _always(match: Match) -> bool:
    return match.set_name is None and not match.values and match.op is Op.NE


def _statement(statement: Statement) -> Object:
    match statement:
        case Match():
            return {"match": _match(statement)}
        case Over(per_second=rate, burst=burst):
            return {"limit": {"rate": rate, "burst": burst, "per": "second", "inv": True}}
        case SetMark() | PutMark() | RestoreMark():
            return _marking(statement)
        case Count(counter=name):
            return {"counter": name}
        case CountBy(key=key, map=name):
            return {"counter": {"map": {"key": _KEYS[key], "data": f"@{name}"}}}
        case Jump() | Lookup() | Pick():
            return _leading(statement)
        case Snat() | Masquerade():
            return _translating(statement)
        case Verdict():
            return _VERDICTS[statement]


def _marking(statement: SetMark | PutMark | RestoreMark) -> Object:
    match statement:
        case SetMark(key=key, keep=keep, bits=bits):
            return {"mangle": {"key": _KEYS[key], "value": {"|": [{"&": [_KEYS[key], keep]}, bits]}}}
        case PutMark(bits=bits):
            return {"mangle": {"key": _KEYS[Key.META_MARK], "value": bits}}
        case RestoreMark(mask=mask):
            return {"mangle": {"key": _KEYS[Key.META_MARK], "value": {"&": [_CT_MARK, mask]}}}


def _leading(statement: Jump | Lookup | Pick) -> Object:
    match statement:
        case Jump():
            return _jump(statement)
        case Lookup(keys=keys, map=name):
            return {"vmap": {"key": _fields(keys), "data": f"@{name}"}}
        case Pick():
            return _pick(statement)


def _translating(statement: Snat | Masquerade) -> Object:
    match statement:
        case Snat(address=address):
            return {"snat": {"family": family_of(address).nft, "addr": str(address)}}
        case Masquerade():
            return {"masquerade": None}


def _match(match: Match) -> Object:
    left: Object = _KEYS[match.key]
    if match.mask is not None:
        left = {"&": [left, match.mask]}
    return {"op": match.op.value, "left": left, "right": _right(match)}


def _right(match: Match) -> Any:
    if match.set_name is not None:
        return f"@{match.set_name}"
    values = [_value(one) for one in match.values]
    if len(values) == 1:
        return values[0]
    return values if match.op is Op.IN else {"set": values}


def _value(value: Value) -> Any:
    match value:
        case IPv4Network() | IPv6Network():
            return {"prefix": {"addr": str(value.network_address), "len": value.prefixlen}}
        case Range():
            return {"range": [value.first, value.last]} if value.first != value.last else value.first
        case int():
            return value
        case _:
            return str(value)
