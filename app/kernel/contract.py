"""The worker's interface to a kernel. LinuxKernel implements it with netlink, the fake of the tests in memory.

The same tests run against both, so that the fake behaves like the kernel.
"""

from collections.abc import AsyncIterator, Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from app.model.facts import Facts
from app.model.family import Family, IPAddress
from app.model.leg import LegId
from app.plan.rule_matcher import FlowKey
from app.plan.ruleset import Ruleset
from app.plan.state import Change, KernelState, Scope

# What observe() returns for a table that exists but is not as apply() left it: it equals no desired ruleset.
ALTERED: Final = Ruleset(counters=(), chains=())


class Subject(StrEnum):
    """What a kernel event is about."""

    LINK = "link"
    ADDRESS = "address"
    ROUTE = "route"
    RULE = "rule"
    RULESET = "nft"
    SYSCTL = "sysctl"
    NEIGHBOR = "neighbor"
    OVERRUN = "overrun"  # events were lost: observe everything again


@dataclass(frozen=True, slots=True)
class KernelEvent:
    """A change in the kernel that another program made.

    `text`: the change in the words of `ip` or `nft`, as far as it is known. `actor`: the program, like `nft (pid 812)`,
    empty if the kernel does not report it. `monotonic_s`: the time of reception (CLOCK_MONOTONIC). `identity`: that of
    the object, if Multihome may own objects of its kind.
    """

    subject: Subject
    text: str
    actor: str
    monotonic_s: float
    identity: Hashable = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """The traffic of an interface since it was created, in bytes."""

    rx_bytes: int
    tx_bytes: int


@dataclass(frozen=True, slots=True)
class RouteQuery:
    """A packet for a route lookup. `interface`: where it comes in; None: the router itself sends it."""

    source: IPAddress
    destination: IPAddress
    protocol: int
    source_port: int | None = None
    destination_port: int | None = None
    interface: str | None = None
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Routed:
    """The outgoing interface and next hop. `interface` None: the packet is for this machine."""

    interface: str | None
    next_hop: IPAddress | None


@dataclass(frozen=True, slots=True)
class Released:
    """How many flows were deleted, and how many of their TCP clients were provoked into sending."""

    flows: int
    told: int


class Protocols(StrEnum):
    """Which flows of a leg `forget_flows` deletes.

    MOVABLE: outbound flows that continue through another gateway with their next packet (all except established TCP).
    ALL: every flow, inbound ones too: the leg is gone, or another ISP has its number now.
    """

    MOVABLE = "movable"
    ALL = "all"


class ClientFlow(NamedTuple):
    """One flow: its gateway's number (0: none), its protocol number, and its far end. `port` None: the protocol has no
    ports.
    """

    number: int
    protocol: int
    server: IPAddress
    port: int | None


class Kernel(Protocol):
    """Observe and change the kernel of the network namespace that this process lives in.

    Every method raises KernelUnavailable if the kernel cannot be reached.
    """

    async def facts(self, wans: Collection[str] | None = None, families: tuple[Family, ...] = (Family.IPV4,)) -> Facts:
        """Links, and for these families addresses, foreign default routes in `main`, and neighbors, as they are now.

        `wans`: the interfaces whose neighbors are included (a LAN may have a thousand, which are irrelevant); None:
        all.
        """
        ...

    async def observe(self, scope: Scope) -> KernelState:
        """Multihome's objects in the kernel: everything in `scope`, its rules, its nftables table and the two sets.

        A ruleset that is not as `apply` left it is ALTERED, or missing if the table is gone. Of several routes with one
        key only the first is included, which is the one that the kernel uses.
        """
        ...

    async def apply(self, change: Change) -> None:
        """Make one change in the kernel.

        Idempotent: putting an existing object or removing a missing one succeeds.
        Raises KernelUnavailable (retry on a fresh socket) or KernelRejected (this change only; go on with the rest).
        """
        ...

    def events(self) -> AsyncIterator[KernelEvent]:
        """Every change by another program, from this call on until close(); never ends before.

        Addresses, routes, rules, neighbors and settings are limited to the families of the last observe(). Events that
        only repeat results of facts() and observe() may be left out.
        """
        ...

    async def forget_flows(self, leg: LegId, protocols: Protocols) -> int:
        """Delete the conntrack entries of this leg's flows in a thread; returns the number of deletions.

        Flows of other legs and unmarked flows are never touched; inbound ones only with ALL.
        """
        ...

    async def release_flows(self, leg: LegId, stays: Callable[[FlowKey], bool]) -> Released:
        """Delete this leg's outbound flows of the LAN, except those that `stays` accepts, in a thread.

        They continue through the gateways that now carry new flows. Clients of established TCP connections are provoked
        into sending, so that the server resets the unknown connection. `stays` is called on another thread.
        """
        ...

    async def tell_clients(self, leg: LegId) -> int:
        """Provoke the LAN clients of this leg's established outbound TCP flows into sending; returns their number.

        Each gets a bare SYN/ACK as if from its server. It replies, and nftables resets the connection (its set `dead`).
        """
        ...

    async def flow_counts(self) -> Mapping[int, int]:
        """New flows on each gateway since its counter was created, by number."""
        ...

    async def rule_counts(self) -> Mapping[int, int]:
        """New flows that each traffic rule has matched since its counter was created, by rule number."""
        ...

    async def client_flows(self, client: IPAddress) -> list[ClientFlow]:
        """The flows that this client opened, and those opened to it from outside; read in a thread."""
        ...

    async def traffic(self) -> Mapping[str, Traffic]:
        """The traffic of every interface, by name."""
        ...

    async def route(self, question: RouteQuery) -> Routed | None:
        """Where this kernel would send a packet; None: nowhere. For a multipath route its hash decides."""
        ...

    async def resolve(self, interface: str, address: IPAddress) -> None:
        """Resolve a next hop's hardware address again (NTF_USE): multipath never retries a failed one."""
        ...

    async def close(self) -> None:
        """Close every socket. The objects in the kernel stay."""
        ...
