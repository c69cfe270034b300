"""The nftables table as a tree of values: one description, encoded for libnftables and rendered for people.

Only the expressions that the contract needs exist. Names and numbers are plain values, and no text has to be parsed.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from app.model.family import Family, IPAddress, IPNetwork
from app.model.layout import NFT_TABLE
from app.plan.state import KernelObject, Phase


class Key(StrEnum):
    """A field of a packet or of its flow; the value is nft's name."""

    META_MARK = "meta mark"
    CT_MARK = "ct mark"
    CT_STATE = "ct state"
    CT_DIRECTION = "ct direction"
    CT_STATUS = "ct status"
    CT_ORIGINAL_SOURCE = "ct original ip saddr"
    CT_ORIGINAL_DESTINATION = "ct original ip daddr"
    CT_REPLY_SOURCE = "ct reply ip saddr"
    CT_REPLY_DESTINATION = "ct reply ip daddr"
    CT_ORIGINAL_DESTINATION6 = "ct original ip6 daddr"
    CT_REPLY_DESTINATION6 = "ct reply ip6 daddr"
    INPUT_INTERFACE = "iifname"
    OUTPUT_INTERFACE = "oifname"
    NFPROTO = "meta nfproto"
    L4PROTO = "meta l4proto"
    SOURCE = "ip saddr"
    DESTINATION = "ip daddr"
    SOURCE6 = "ip6 saddr"
    ICMP_TYPE = "icmp type"
    ICMP6_TYPE = "icmpv6 type"
    IPSEC = "meta ipsec"
    ETHER_SOURCE = "ether saddr"
    NEXT_HOP = "rt ip nexthop"
    NEXT_HOP6 = "rt ip6 nexthop"
    DSCP = "ip dscp"
    SOURCE_PORT = "th sport"
    DESTINATION_PORT = "th dport"
    TCP_FLAGS = "tcp flags"
    TCP_DESTINATION_PORT = "tcp dport"


class Op(StrEnum):
    """How a match compares."""

    EQ = "=="
    NE = "!="
    GT = ">"
    IN = "in"  # a bit test for flags, as in `ct state established,related`


@dataclass(frozen=True, slots=True)
class Range:
    """From `first` to `last`, both included."""

    first: int
    last: int


Value = int | str | IPAddress | IPNetwork | Range


@dataclass(frozen=True, slots=True)
class Match:
    """`key [& mask] op value`. Several values are an anonymous set, `set_name` a named one."""

    key: Key
    op: Op
    values: tuple[Value, ...] = ()
    mask: int | None = None
    set_name: str | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """Match what exceeds this rate; `burst` packets more are no excess."""

    per_second: int
    burst: int


@dataclass(frozen=True, slots=True)
class SetMark:
    """`key set key & keep | bits`: only the bits outside `keep` are written."""

    key: Key
    keep: int
    bits: int


@dataclass(frozen=True, slots=True)
class PutMark:
    """`meta mark set bits`: it overwrites the packet's whole mark. Use it only if no other program has set one."""

    bits: int


@dataclass(frozen=True, slots=True)
class RestoreMark:
    """`meta mark set ct mark & mask`. It clears every other bit: use it only after a match that none is set."""

    mask: int


@dataclass(frozen=True, slots=True)
class Count:
    """Add the packet to a named counter."""

    counter: str


@dataclass(frozen=True, slots=True)
class CountBy:
    """Add the packet to the counter that a map has for this key; to none without such an element."""

    key: Key
    map: str


@dataclass(frozen=True, slots=True)
class Jump:
    """Jump to another chain and continue after this rule; with `back` False (goto), after the rule that jumped here."""

    chain: str
    back: bool = True


@dataclass(frozen=True, slots=True)
class Lookup:
    """Look these fields up in a map and jump to its result; continue without one."""

    keys: tuple[Key, ...]
    map: str


@dataclass(frozen=True, slots=True)
class Pick:
    """Jump by a hash of these fields: each chain gets its share of the values of `jhash … mod modulus`."""

    keys: tuple[Key, ...]
    seed: int
    shares: tuple[tuple[int, str], ...]

    @property
    def modulus(self) -> int:
        """The sum of all shares."""
        return sum(share for share, _ in self.shares)

    @property
    def spans(self) -> tuple[tuple[Range, str], ...]:
        """The hash values of each chain."""
        starts = (sum(share for share, _ in self.shares[:index]) for index in range(len(self.shares)))
        return tuple(
            (Range(start, start + share - 1), chain) for start, (share, chain) in zip(starts, self.shares, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Snat:
    """Rewrite the source to this address."""

    address: IPAddress


@dataclass(frozen=True, slots=True)
class Masquerade:
    """Rewrite the source to the address of the outgoing interface."""


class Verdict(StrEnum):
    """Verdicts and refusals that end a rule."""

    ACCEPT = "accept"
    DROP = "drop"
    RETURN = "return"
    RESET = "reject with tcp reset"
    UNREACHABLE = "reject with icmp host-unreachable"
    UNREACHABLE6 = "reject with icmpv6 addr-unreachable"


Statement = (
    Match
    | Over
    | SetMark
    | PutMark
    | RestoreMark
    | Count
    | CountBy
    | Jump
    | Lookup
    | Pick
    | Snat
    | Masquerade
    | Verdict
)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: its statements in order, and a comment with its purpose."""

    statements: tuple[Statement, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """The hook of a base chain. `priority` as in nft: mangle -150, srcnat 100."""

    type: str
    hook: str
    priority: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain with its rules; without `hook` it is only a target of jumps."""

    name: str
    hook: Hook | None
    rules: tuple[RuleLine, ...]


class MapKind(StrEnum):
    """The result type of a map: a jump, or a counter."""

    VERDICT = "verdict"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Map:
    """A named map. Its elements never overlap; each leads to a Jump, or to the name of a counter."""

    name: str
    keys: tuple[Key, ...]
    kind: MapKind
    elements: tuple[tuple[tuple[Value, ...], Jump | str], ...]

    @property
    def has_ranges(self) -> bool:
        """Whether an element covers more than one value: the kernel stores such a map in another structure."""
        return any(isinstance(one, Range | IPv4Network | IPv6Network) for key, _ in self.elements for one in key)


@dataclass(frozen=True, slots=True)
class Ruleset(KernelObject):
    """The table `inet multihome`: its named counters (their values survive every change), chains and maps.

    It has the sets `dead` and `away` (of type mark) for each of its `families`; their content is a separate value,
    NumberSets.
    """

    thing = "nftables rules"
    listed = 4
    commands = "nft replace", "nft delete"
    phases = Phase.NFTABLES, Phase.NFTABLES_GONE

    counters: tuple[str, ...]
    chains: tuple[Chain, ...]
    maps: tuple[Map, ...] = ()
    families: tuple[Family, ...] = (Family.IPV4,)

    @property
    def key(self) -> str:
        """There is one."""
        return NFT_TABLE

    @property
    def line(self) -> str:
        """The first line of the listing."""
        return f"table inet {NFT_TABLE}"


@dataclass(frozen=True, slots=True)
class NumberSets(KernelObject):
    """The nftables sets that change with verdicts while the ruleset stays the same; both hold gateway numbers.

    `dead`: gateways that are down while another is usable. `away`: gateways that take no new flows from traffic rules,
    and NOBODY while all new flows are refused.
    """

    thing = "nftables rules"
    listed = 5
    commands = "nft set", "nft set"
    phases = Phase.SETS, None
    inside = Ruleset

    dead: frozenset[int] = frozenset()
    away: frozenset[int] = frozenset()
    family: Family = Family.IPV4

    @property
    def key(self) -> tuple[str, Family]:
        """There is one pair of them for each family."""
        return NFT_TABLE, self.family

    @property
    def by_name(self) -> dict[str, frozenset[int]]:
        """Their content, by their names in the table."""
        return {set_name("dead", self.family): self.dead, set_name("away", self.family): self.away}

    @property
    def line(self) -> str:
        """Both."""
        return f"inet {NFT_TABLE} " + ", ".join(f"{name} = {_numbers(held)}" for name, held in self.by_name.items())

    @property
    def is_default(self) -> bool:
        """A new table has both, and nothing in them."""
        return not self.dead and not self.away


def set_name(what: str, family: Family) -> str:
    """The name of a set of a family: `dead` and `dead6`."""
    return what if family is Family.IPV4 else f"{what}6"


def _numbers(numbers: frozenset[int]) -> str:
    return f"{{ {', '.join(map(str, sorted(numbers)))} }}" if numbers else "{ }"
