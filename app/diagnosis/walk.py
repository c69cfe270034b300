"""Walks a packet through a foreign firewall, as far as reading the rules allows.

Matches on what is known of the packet (interfaces, its flow's state, protocol) are decided; all others may hold or
not. A verdict is only given where it is the same either way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, Final

from app.model.family import Family


@dataclass(frozen=True, slots=True)
class Packet:
    """What is known of a packet: the hook it passes, its interfaces (empty: none), its flow's state, its protocol.

    `port`: its destination port; None: unknown.
    """

    hook: str
    incoming: str
    outgoing: str
    state: str
    protocol: str
    family: Family = Family.IPV4
    port: int | None = None


class End(Enum):
    """What becomes of a packet. GOES_ON: no rule of this chain decided; RETURNS: one sent it back."""

    ACCEPTED = "accepted"
    DROPPED = "dropped"
    GOES_ON = "goes on"
    RETURNS = "returns"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain with its rules, each a list of nft's expressions. `hook` and `policy` are empty for one jumped to."""

    name: str
    rules: tuple[tuple[Mapping[str, Any], ...], ...]
    hook: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: chains by name, and elements of its named sets."""

    name: str
    chains: Mapping[str, Chain]
    sets: Mapping[str, tuple[object, ...]]


# No sane ruleset jumps deeper (the kernel itself allows 16).
_DEEPEST: Final = 16
_VERDICTS: Final = {
    "accept": End.ACCEPTED, "drop": End.DROPPED, "reject": End.DROPPED, "return": End.RETURNS,
}  # fmt: skip
# nft tells protocols by number on a machine without /etc/protocols, which in Debian is a package (netbase) of its own.
_PROTOCOLS: Final[Mapping[object, str]] = {1: "icmp", 6: "tcp", 17: "udp"}
# Expressions that neither match nor decide.
_HARMLESS: Final = frozenset({"counter", "log", "mangle", "comment"})


def dropping(table: Table, packet: Packet) -> str:
    """The base chain of this table that certainly drops the packet, or nothing."""
    for chain in table.chains.values():
        if chain.hook != packet.hook:
            continue
        end = _through(table, chain, packet, _DEEPEST)
        if end is End.DROPPED or (end is End.GOES_ON and chain.policy == "drop"):
            return chain.name
    return ""


def _through(table: Table, chain: Chain, packet: Packet, depth: int) -> End:
    """Where the packet ends in this chain. Once a rule may have decided, only the same verdict keeps it certain."""
    perhaps: set[End] = set()
    for rule in chain.rules:
        end, certain = _by_rule(table, rule, packet, depth)
        if end is End.GOES_ON:
            continue
        if certain and end is End.RETURNS:
            break
        if certain:
            return end if perhaps <= {end} else End.UNKNOWN
        perhaps.add(end)
    return End.GOES_ON if not perhaps else _undecided(chain, perhaps)


def _undecided(chain: Chain, perhaps: set[End]) -> End:
    """The end of a chain in which rules may have decided: certain only if its policy says the same as they do."""
    return End.DROPPED if perhaps == {End.DROPPED} and chain.policy == "drop" else End.UNKNOWN


def _by_rule(table: Table, rule: Iterable[Mapping[str, Any]], packet: Packet, depth: int) -> tuple[End, bool]:
    """What one rule does, and whether it certainly does. A rule that does not match goes on."""
    certain = True
    for kind, content in (one for expression in rule for one in expression.items()):
        if kind in _HARMLESS:
            continue
        if kind in _VERDICTS:
            return _VERDICTS[kind], certain
        if kind in {"jump", "goto"}:
            return _elsewhere(table, content, packet, depth, certain=certain, comes_back=kind == "jump")
        if kind == "vmap":
            return _mapped(table, content, packet, depth, certain=certain)
        holds = _holds(table, content, packet) if kind == "match" else None
        if holds is False:
            return End.GOES_ON, True
        certain = certain and holds is True
    # Without a verdict of its own it goes on, unless there is something in it that we know nothing of.
    known = all(set(one) <= _HARMLESS | {"match", "limit"} for one in rule)
    return (End.GOES_ON, True) if known else (End.UNKNOWN, False)


def _mapped(table: Table, content: Mapping[str, Any], packet: Packet, depth: int, *, certain: bool) -> tuple[End, bool]:
    """A verdict map, if it stands in the rule itself and its key is known of the packet."""
    known = _known(content.get("key"), packet)
    match content.get("data"):
        case {"set": list(pairs)} if known is not None:
            keys = _words(key for key, _ in pairs)
            if keys is None:  # a range, a prefix: what it holds is not told by reading words
                return End.UNKNOWN, False
            fitting = [number for number, key in enumerate(keys) if _fits(known, key)]
            if not fitting:
                return End.GOES_ON, True
            # `*` stands for whatever no other element holds.
            _, verdict = pairs[max(fitting, key=lambda number: len(keys[number].rstrip("*")))]
            end, decided = _by_rule(table, (verdict,), packet, depth)
            return end, certain and decided
        case _:
            return End.UNKNOWN, False


def _elsewhere(
    table: Table, content: object, packet: Packet, depth: int, *, certain: bool, comes_back: bool
) -> tuple[End, bool]:
    target = table.chains.get(content["target"]) if isinstance(content, dict) else None
    if target is None or depth == 0:
        return End.UNKNOWN, False
    end = _through(table, target, packet, depth - 1)
    if end is End.GOES_ON and not comes_back:
        return End.UNKNOWN, certain
    return end, certain and end is not End.UNKNOWN


def _holds(table: Table, match: Mapping[str, Any], packet: Packet) -> bool | None:
    """Whether a match holds for this packet; None where that is not known."""
    if _is_of_another(match.get("left"), packet):
        return False
    known = _known(match.get("left"), packet)
    if known is None:
        return None
    if _is_port(match.get("left")):
        is_in = _has_port(match.get("right"), int(known))
    else:
        wanted = _values(table, match.get("right"))
        is_in = None if wanted is None else any(_fits(known, one) for one in wanted)
    if is_in is None:
        return None
    return not is_in if match.get("op") == "!=" else is_in


def _fits(known: str, word: str) -> bool:
    """Whether a word of the rules stands for this one; interfaces may end in an asterisk there."""
    return fnmatchcase(known, word.replace("[", "[[]"))


def _is_of_another(left: object, packet: Packet) -> bool:
    """Whether a match is about a protocol that the packet is not of, so that it holds in no case."""
    match left:
        case {"payload": {"protocol": str(protocol)}}:
            other = "ip6" if packet.family is Family.IPV4 else "ip"
            return protocol in {"tcp", "udp", "icmp", "icmpv6", other, "sctp", "dccp"} - {packet.protocol}
        case _:
            return False


def _known(left: object, packet: Packet) -> str | None:
    match left:
        case {"meta": {"key": str(key)}}:
            return _meta(packet).get(key)
        case {"payload": {"protocol": "ip", "field": "protocol"}}:
            return packet.protocol
        case {"ct": {"key": "state"}}:
            return packet.state
        case {"ct": {"key": "status"}} if packet.state == "new":
            return ""  # not translated either
        case {"fib": {"result": "type", "flags": ["daddr"] | "daddr"}}:
            return {"input": "local", "forward": "unicast"}.get(packet.hook)
        case _:
            return str(packet.port) if packet.port is not None and _is_port(left) else None


def _meta(packet: Packet) -> Mapping[str, str]:
    return {
        **dict.fromkeys(("iif", "iifname"), packet.incoming),
        **dict.fromkeys(("oif", "oifname"), packet.outgoing),
        "nfproto": packet.family.field,
        "protocol": packet.family.nft,
        "l4proto": packet.protocol,
    }


def _is_port(left: object) -> bool:
    match left:
        case {"payload": {"protocol": "tcp" | "udp" | "th", "field": "dport"}}:
            return True
        case _:
            return False


def _has_port(right: object, port: int) -> bool | None:
    """Whether a port is among these: numbers, ranges, or a set of them; None where that is not known."""
    match right:
        case int():
            return right == port
        case {"range": [int(first), int(last)]}:
            return first <= port <= last
        case {"set": list(several)}:
            found = [_has_port(one, port) for one in several]
            return True if True in found else None if None in found else False
        case _:
            return None


def _values(table: Table, right: object) -> list[str] | None:
    """What a match asks for, as words; None where it is no list of words."""
    match right:
        case str() if right.startswith("@"):
            found = table.sets.get(right[1:])
            return None if found is None else _words(found)
        case str() | int():
            return _words((right,))
        case {"set": list(several)} | list(several):
            return _words(several)
        case _:
            return None


def _words(several: Iterable[object]) -> list[str] | None:
    words = list(several)
    return [_word(one) for one in words] if all(isinstance(one, str | int) for one in words) else None


def _word(one: object) -> str:
    return _PROTOCOLS.get(one, str(one)) if isinstance(one, int) else str(one)
