"""The kernel objects that Multihome owns, as values: what is wanted and what is observed have the same types.

A value compares equal exactly when the kernel would do the same with it; handles, indexes and counters are not in it.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from app.plan.ruleset import Ruleset

EVERYWHERE = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """An IPv4 address of a managed interface."""

    interface: str
    address: IPv4Interface


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy rule of ours: FRA_PROTOCOL is layout.RULE_PROTOCOL, the action is to look up `table`.

    `mark` and `mask` go together. `suppress_prefixlength` 0 ignores default routes of the table.
    """

    priority: int
    table: int
    source: IPv4Network | None = None
    output_interface: str | None = None
    mark: int | None = None
    mask: int | None = None
    suppress_prefixlength: int | None = None


class RouteKind(StrEnum):
    """What a route does with a packet."""

    UNICAST = "unicast"
    BLACKHOLE = "blackhole"


@dataclass(frozen=True, slots=True)
class Nexthop:
    """One way of a route. `gateway` None: straight out of the device. `weight` 1..256 counts in multipath routes."""

    interface: str
    gateway: IPv4Address | None = None
    weight: int = 1
    onlink: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A route of ours (proto static). The kernel's identity of it is (table, destination, metric)."""

    table: int
    destination: IPv4Network
    nexthops: tuple[Nexthop, ...]
    metric: int = 0
    kind: RouteKind = RouteKind.UNICAST
    source: IPv4Address | None = None

    @property
    def key(self) -> tuple[int, IPv4Network, int]:
        """What `ip route replace` replaces by."""
        return self.table, self.destination, self.metric


@dataclass(frozen=True, slots=True, order=True)
class Sysctl:
    """A kernel setting under /proc/sys, `path` with slashes: `net/ipv4/conf/eth1/rp_filter`."""

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class NumberSets:
    """The nftables sets that change with verdicts while the ruleset stays as it is; both hold gateways' numbers.

    `dead`: those that are down while another is usable. `away`: those that take no new flows from traffic rules,
    and NOBODY while new flows are refused altogether.
    """

    dead: frozenset[int] = frozenset()
    away: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class KernelState:
    """Everything of ours in the kernel. `ruleset` None: our nftables table does not exist."""

    addresses: frozenset[Address] = frozenset()
    rules: frozenset[Rule] = frozenset()
    routes: frozenset[Route] = frozenset()
    sysctls: frozenset[Sysctl] = frozenset()
    ruleset: Ruleset | None = None
    sets: NumberSets | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What is ours to look at: routing tables, managed interfaces' addresses, sysctls. Rules and nft need no scope."""

    tables: frozenset[int] = frozenset()
    managed: frozenset[str] = frozenset()
    sysctls: frozenset[str] = frozenset()


Item = Address | Rule | Route | Sysctl | Ruleset | NumberSets


@dataclass(frozen=True, slots=True)
class Put:
    """Make this item be there, in place of whatever has its identity."""

    item: Item


@dataclass(frozen=True, slots=True)
class Remove:
    """Make this item be gone."""

    item: Address | Rule | Route | Ruleset


Change = Put | Remove


@dataclass(frozen=True, slots=True)
class Pending:
    """What the configuration asks for and the machine cannot hold now: not drift, and not an error.

    `subject` is `gateways.2` or `interfaces.eth3`.
    """

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Desired:
    """What a revision means for the kernel at this moment.

    `usable` are the numbers that may carry new traffic, `members` those that the balanced table holds: the usable ones
    of the lowest tier that has any, or with none usable all that the kernel can hold (*all down*). `refusing`:
    none is, and new flows are rejected at once.
    """

    state: KernelState
    scope: Scope
    usable: tuple[int, ...] = ()
    members: tuple[int, ...] = ()
    pending: tuple[Pending, ...] = ()
    refusing: bool = False

    @property
    def standby(self) -> tuple[int, ...]:
        """The numbers that could carry new traffic and do not, because a better tier does."""
        return tuple(number for number in self.usable if number not in self.members)
