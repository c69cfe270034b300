"""The interface of the worker to a kernel. LinuxKernel implements it with netlink; the tests' fake in memory.

One suite of tests runs against both, so that the fake cannot say what the kernel would not.
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

# What observe() gives for a table that is there and not as apply() left it: it equals no ruleset that is ever wanted.
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
    OVERRUN = "overrun"  # events were lost: look at everything again


@dataclass(frozen=True, slots=True)
class KernelEvent:
    """Something in the kernel changed, and not by our hand.

    `text`: what, in the words of `ip` or `nft`, as far as it is known. `actor`: who, like `nft (pid 812)`, empty where
    the kernel does not say. `monotonic_s`: when it was received (CLOCK_MONOTONIC). `identity`: that of the object, if
    it is of a kind that may be ours.
    """

    subject: Subject
    text: str
    actor: str
    monotonic_s: float
    identity: Hashable = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What an interface has carried since it exists, in bytes."""

    rx_bytes: int
    tx_bytes: int


@dataclass(frozen=True, slots=True)
class RouteQuery:
    """A packet that might be routed. `interface`: where it comes in; None: it is the router's own."""

    source: IPAddress
    destination: IPAddress
    protocol: int
    source_port: int | None = None
    destination_port: int | None = None
    interface: str | None = None
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Routed:
    """By which interface it leaves, to which next hop. `interface` None: it is for this very machine."""

    interface: str | None
    next_hop: IPAddress | None


@dataclass(frozen=True, slots=True)
class Released:
    """How many flows were let go of, and how many TCP clients of theirs were made to speak."""

    flows: int
    told: int


class Protocols(StrEnum):
    """Which of a leg's flows are meant by `forget_flows`.

    MOVABLE: the outbound ones that go on through another gateway at their next packet (all but established TCP).
    ALL: every one, what came in by it too: the leg is gone, or somebody else has its number now.
    """

    MOVABLE = "movable"
    ALL = "all"


class ClientFlow(NamedTuple):
    """One flow: its gateway's number (0: none), the protocol's number, and the far end. `port` None: it has none."""

    number: int
    protocol: int
    server: IPAddress
    port: int | None


class Kernel(Protocol):
    """Observe and change the kernel of the network namespace that this process lives in.

    Every method raises KernelUnavailable when the kernel cannot be asked at all.
    """

    async def facts(self, wans: Collection[str] | None = None, families: tuple[Family, ...] = (Family.IPV4,)) -> Facts:
        """Links, and of these families addresses, foreign default routes in `main` and neighbors, as they are now.

        `wans`: the interfaces whose neighbors are told (a LAN has a thousand, and they are nobody's business here);
        None: all of them.
        """
        ...

    async def observe(self, scope: Scope) -> KernelState:
        """What of ours is in the kernel: everything in `scope`, our rules, our nft table and its two sets.

        A ruleset that is not as this kernel's `apply` left it comes back as None when the table is gone, and else as
        ALTERED. Of several routes with one key only the first is told, which is the one that the kernel uses.
        """
        ...

    async def apply(self, change: Change) -> None:
        """Make one change in the kernel.

        Idempotent: putting what is there, or removing what is gone, succeeds.
        Raises KernelUnavailable (retry on a fresh socket) or KernelRejected (this change only; go on with the rest).
        """
        ...

    def events(self) -> AsyncIterator[KernelEvent]:
        """Every change that somebody else makes, from this call on until close(); never ends before.

        Of addresses, routes, rules, neighbors and settings those of the families that observe() was last asked for.
        What only repeats what facts() and observe() have told already may be left away.
        """
        ...

    async def forget_flows(self, leg: LegId, protocols: Protocols) -> int:
        """Delete the conntrack entries of this leg's flows, off the event loop; how many were deleted.

        Flows of other legs and unmarked ones are never touched, and inbound ones only where ALL are meant.
        """
        ...

    async def release_flows(self, leg: LegId, stays: Callable[[FlowKey], bool]) -> Released:
        """Delete this leg's outbound flows of the LAN, all but those that `stays`, off the event loop.

        They go on through whatever carries new flows now; clients of established TCP are made to speak, so that the
        server refuses what it does not know. `stays` is called on another thread.
        """
        ...

    async def tell_clients(self, leg: LegId) -> int:
        """Have the LAN clients of this leg's established outbound TCP flows speak; how many were told.

        Each is sent a bare SYN/ACK of its server, which it answers, whereupon nftables resets it (its set `dead`).
        """
        ...

    async def flow_counts(self) -> Mapping[int, int]:
        """New flows each gateway was given since its counter exists, by number."""
        ...

    async def rule_counts(self) -> Mapping[int, int]:
        """New flows each traffic rule has decided about since its counter exists, by the rules' numbers."""
        ...

    async def client_flows(self, client: IPAddress) -> list[ClientFlow]:
        """The flows that this client opened, and those that were opened to it from outside, off the event loop."""
        ...

    async def traffic(self) -> Mapping[str, Traffic]:
        """What every interface has carried, by name."""
        ...

    async def route(self, question: RouteQuery) -> Routed | None:
        """Where this kernel would send a packet; None: nowhere. Multipath says what its hash says."""
        ...

    async def resolve(self, interface: str, address: IPAddress) -> None:
        """Have a next hop's hardware address looked up again (NTF_USE): multipath never retries a failed one."""
        ...

    async def close(self) -> None:
        """Let go of every socket. What is in the kernel stays."""
        ...
