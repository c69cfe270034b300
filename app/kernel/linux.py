"""LinuxKernel, the real kernel. It passes each task to the responsible module; kinds of objects are in a table."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

from app.kernel.addresses import Addresses
from app.kernel.client_flows import client_flows
from app.kernel.conntrack import Sweeper, forget
from app.kernel.contract import ClientFlow, KernelEvent, Protocols, Released, Routed, RouteQuery, Traffic
from app.kernel.events import Monitor
from app.kernel.last_seen import LastSeen
from app.kernel.links import Names, links, traffic
from app.kernel.neighbors import neighbors, resolve
from app.kernel.netlink import Channel
from app.kernel.nft_table import NftTable
from app.kernel.requests import Requests
from app.kernel.route_query import routed
from app.kernel.routes import Routes, default_routes
from app.kernel.rules import Rules
from app.kernel.sysctls import Sysctls
from app.kernel.tcp_reset import release, tell
from app.model.facts import Facts
from app.model.family import Family, IPAddress
from app.model.leg import LegId
from app.plan.objects.address import Address
from app.plan.objects.route import Route
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.render import describe
from app.plan.rule_matcher import FlowKey
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.state import Change, KernelObject, KernelState, Put, Scope


class Operations(Protocol):
    """How a kind of kernel object is read, put and removed."""

    async def observe(self, scope: Scope, names: Names) -> Iterable[KernelObject]:
        """Multihome's objects of this kind: those in `scope`, or those with its mark of ownership. See
        Kernel.observe.
        """
        ...

    async def put(self, what: str, one: Any, /) -> None:
        """See Kernel.apply. `what` is the change in words, for errors."""
        ...

    async def remove(self, what: str, one: Any, /) -> None:
        """See Kernel.apply."""
        ...


class LinuxKernel:
    """The kernel of the network namespace in which the first call is made; needs CAP_NET_ADMIN and CAP_NET_RAW.

    Belongs to one event loop. Reading is done inside a system call; nftables and conntrack have threads.
    """

    def __init__(self) -> None:
        self._known = LastSeen()
        self._channel = Channel(socket.NETLINK_ROUTE)
        # A dump that is aborted costs its socket, so the default routes have a socket of their own.
        self._defaults = Channel(socket.NETLINK_ROUTE)
        self._requests = Requests()
        self._nft = NftTable()
        self._sweeper = Sweeper()
        # In the order in which they are read.
        self._operations: dict[type[KernelObject], Operations] = {
            Sysctl: Sysctls(self._known),
            Ruleset: self._nft,
            NumberSets: self._nft,
            Address: Addresses(self._channel, self._requests),
            Rule: Rules(self._channel, self._requests),
            Route: Routes(self._channel, self._requests),
        }
        self._monitors: list[Monitor] = []

    async def facts(self, wans: Collection[str] | None = None, families: tuple[Family, ...] = (Family.IPV4,)) -> Facts:
        """See Kernel.facts."""
        names = Names()
        found = Facts(
            links=links(self._channel, families),
            defaults=default_routes(self._defaults, families, names),
            neighbors=neighbors(self._channel, families, wans, names),
        )
        self._known.learn(found, wans)
        return found

    async def observe(self, scope: Scope) -> KernelState:
        """See Kernel.observe."""
        for monitor in self._monitors:
            monitor.hear(scope.families)
        names = Names()
        found: list[KernelObject] = []
        for one in dict.fromkeys(self._operations.values()):
            found += await one.observe(scope, names)
        return KernelState(found)

    async def apply(self, change: Change) -> None:
        """See Kernel.apply."""
        operations = self._operations[type(change.item)]
        make = operations.put if isinstance(change, Put) else operations.remove
        await make(describe(change), change.item)

    def events(self) -> AsyncIterator[KernelEvent]:
        """See Kernel.events. Raises KernelUnavailable without CAP_NET_ADMIN."""
        monitor = Monitor(self._known, lambda: self._requests.port, lambda: self._nft.thread_id)
        self._monitors.append(monitor)
        return monitor

    async def forget_flows(self, leg: LegId, protocols: Protocols) -> int:
        """See Kernel.forget_flows."""
        swept = await asyncio.to_thread(self._sweeper.sweep, leg, self._nft.numbers)
        return swept + await asyncio.to_thread(forget, leg, protocols)

    async def release_flows(self, leg: LegId, stays: Callable[[FlowKey], bool]) -> Released:
        """See Kernel.release_flows."""
        return await asyncio.to_thread(release, leg, self._own(leg.family), stays)

    async def tell_clients(self, leg: LegId) -> int:
        """See Kernel.tell_clients."""
        return await asyncio.to_thread(tell, leg, self._own(leg.family))

    def _own(self, family: Family) -> frozenset[bytes]:
        """The router's own addresses."""
        return frozenset(one.address.ip.packed for link in links(self._channel, (family,)) for one in link.addresses)

    async def flow_counts(self) -> Mapping[int, int]:
        """See Kernel.flow_counts."""
        return await self._nft.flow_counts()

    async def rule_counts(self) -> Mapping[int, int]:
        """See Kernel.rule_counts."""
        return await self._nft.rule_counts()

    async def client_flows(self, client: IPAddress) -> list[ClientFlow]:
        """See Kernel.client_flows."""
        return await asyncio.to_thread(client_flows, client)

    async def traffic(self) -> Mapping[str, Traffic]:
        """See Kernel.traffic."""
        return traffic(self._channel)

    async def route(self, question: RouteQuery) -> Routed | None:
        """See Kernel.route."""
        return routed(self._channel, question)

    async def resolve(self, interface: str, address: IPAddress) -> None:
        """See Kernel.resolve."""
        await resolve(self._requests, interface, address)

    async def close(self) -> None:
        """See Kernel.close."""
        while self._monitors:
            self._monitors.pop().close()
        self._channel.close()
        self._defaults.close()
        self._requests.close()
        await self._nft.close()
