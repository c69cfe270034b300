"""Our nftables table as a tree of values: one description that is encoded for libnftables and rendered for people.

Only the expressions that the contract needs exist. Names and numbers are plain values; nothing is text to be parsed.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from app.model.family import Family, IPAddress, IPNetwork
from app.model.layout import NFT_TABLE
from app.plan.state import KernelObject, Phase


class Key(StrEnum):
    """What a packet or its flow is asked for; the value is nft's own name for it."""

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
    """`key [& mask] op value`. More than one value is an anonymous set, `set_name` a named one."""

    key: Key
    op: Op
    values: tuple[Value, ...] = ()
    mask: int | None = None
    set_name: str | None = None


@dataclass(frozen=True, slots=True)
class SetMark:
    """`key set key & keep | bits`: only the bits outside `keep` are written."""

    key: Key
    keep: int
    bits: int


@dataclass(frozen=True, slots=True)
class PutMark:
    """`meta mark set bits`: the whole mark of the packet is written. Only where it is known to be nobody's."""

    bits: int


@dataclass(frozen=True, slots=True)
class RestoreMark:
    """`meta mark set ct mark & mask`. It wipes every other bit: use it only behind a match that says there is none."""

    mask: int


@dataclass(frozen=True, slots=True)
class Count:
    """Add the packet to a named counter."""

    counter: str


@dataclass(frozen=True, slots=True)
class CountBy:
    """Add the packet to the counter that a map names for this key; to none where the map does not know it."""

    key: Key
    map: str


@dataclass(frozen=True, slots=True)
class Jump:
    """Go through another chain and come back behind this rule; with `back` False behind the one that came here."""

    chain: str
    back: bool = True


@dataclass(frozen=True, slots=True)
class Lookup:
    """Look these fields up in a map and jump where it says; go on where it does not know them."""

    keys: tuple[Key, ...]
    map: str


@dataclass(frozen=True, slots=True)
class Pick:
    """Jump by a hash of these fields: each chain has as many of `jhash … mod modulus` as it is given."""

    keys: tuple[Key, ...]
    seed: int
    shares: tuple[tuple[int, str], ...]

    @property
    def modulus(self) -> int:
        """The sum of all shares."""
        return sum(share for share, _ in self.shares)

    @property
    def spans(self) -> tuple[tuple[Range, str], ...]:
        """Which values of the hash lead to which chain."""
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
    """Rewrite the source to whatever address the outgoing interface has."""


class Verdict(StrEnum):
    """Verdicts and refusals that end a rule."""

    ACCEPT = "accept"
    DROP = "drop"
    RETURN = "return"
    RESET = "reject with tcp reset"
    UNREACHABLE = "reject with icmp host-unreachable"
    UNREACHABLE6 = "reject with icmpv6 addr-unreachable"


Statement = (
    Match | SetMark | PutMark | RestoreMark | Count | CountBy | Jump | Lookup | Pick | Snat | Masquerade | Verdict
)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: its statements in order, and a comment that says what it is for."""

    statements: tuple[Statement, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a base chain hangs in the kernel. `priority` as nft counts: mangle -150, srcnat 100."""

    type: str
    hook: str
    priority: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain with its rules; without `hook` it is only jumped to."""

    name: str
    hook: Hook | None
    rules: tuple[RuleLine, ...]


class MapKind(StrEnum):
    """What a map gives: a place to go on, or a counter."""

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
        """Whether an element is more than one value: such a map is another structure in the kernel."""
        return any(isinstance(one, Range | IPv4Network | IPv6Network) for key, _ in self.elements for one in key)


@dataclass(frozen=True, slots=True)
class Ruleset(KernelObject):
    """The table `inet multihome`: its named counters (their values live on across every change), chains and maps.

    The sets `dead` and `away` (of type mark) are in it for each of its `families`; what is in them is a value of its
    own, NumberSets.
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
        """The first line of its listing."""
        return f"table inet {NFT_TABLE}"


@dataclass(frozen=True, slots=True)
class NumberSets(KernelObject):
    """The nftables sets that change with verdicts while the ruleset stays as it is; both hold gateways' numbers.

    `dead`: those that are down while another is usable. `away`: those that take no new flows from traffic rules,
    and NOBODY while new flows are refused altogether.
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
        """What is in them, by their names in the table."""
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
