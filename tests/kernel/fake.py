"""A kernel in memory, for tests of what stands on a kernel. It does what the contract suite has seen the real one do.

The methods of Kernel are what the worker may call. The others are the world: what people, cables and other programs
do, each announced as the kernel would announce it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, ip_interface

from app.errors import KernelRejected
from app.kernel.contract import (
    ALTERED,
    ClientFlow,
    KernelEvent,
    Protocols,
    Released,
    Routed,
    RouteQuery,
    Subject,
    Traffic,
)
from app.model.facts import AddressFact, DefaultRoute, Facts, Link, Neighbor
from app.model.family import Family, IPAddress, IPNetwork, family_of
from app.model.layout import (
    BALANCED_TABLE,
    FIRST_NUMBER,
    LAST_NUMBER,
    MARK_MASK,
    MARK_SHIFT,
    counter,
    rule_counter,
    table,
)
from app.model.leg import LegId
from app.model.rule import LAST_RULE
from app.plan.objects.address import Address
from app.plan.objects.route import Route
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.render import describe
from app.plan.rule_matcher import FlowKey
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.state import Change, FamilyObject, KernelObject, KernelState, Put, Scope

Key = tuple[int, IPNetwork, int]
STRANGER = "ip (pid 812)"


@dataclass(frozen=True, slots=True)
class Flow:
    """A conntrack entry: whose it is, which way it was opened, and whether an answer was ever seen."""

    number: int
    protocol: str = "udp"
    inbound: bool = False
    answered: bool = True
    client: str = "62.231.110.66"
    family: Family = Family.IPV4

    @property
    def leg(self) -> LegId:
        return LegId(self.number, self.family)

    @property
    def movable(self) -> bool:
        return self.protocol != "tcp" or not self.answered

    @property
    def looks(self) -> FlowKey:
        number = {"tcp": 6, "udp": 17}[self.protocol]
        return FlowKey(None, None, None, int(IPv4Address(self.client)), int(IPv4Address("10.0.0.3")), number, 40000, 80)


@dataclass
class FakeKernel:
    """The Kernel protocol, over values that a test may also look at and set directly."""

    links: dict[str, Link] = field(default_factory=dict)
    defaults: list[DefaultRoute] = field(default_factory=list)
    neighbors: list[Neighbor] = field(default_factory=list)
    # Those of IPv6; the others are the links'.
    addresses: set[Address] = field(default_factory=set)
    rules: set[Rule] = field(default_factory=set)
    routes: dict[Key, Route] = field(default_factory=dict)
    sysctls: dict[str, str] = field(default_factory=lambda: {"net/ipv4/ip_forward": "0"})
    ruleset: Ruleset | None = None
    dead: frozenset[int] = frozenset()
    away: frozenset[int] = frozenset()
    flows: list[Flow] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)
    hits: dict[int, int] = field(default_factory=dict)
    carried: dict[str, Traffic] = field(default_factory=dict)
    # Objects of kinds that nothing else in here has to do with.
    others: dict[Hashable, KernelObject] = field(default_factory=dict)
    told: list[int] = field(default_factory=list)
    resolved: list[tuple[str, IPAddress]] = field(default_factory=list)
    flows_of: dict[IPAddress, list[ClientFlow]] = field(default_factory=dict)
    applied: list[Change] = field(default_factory=list)
    _families: tuple[Family, ...] = (Family.IPV4,)
    _listeners: list["_Events"] = field(default_factory=list)

    # What the worker may call.

    async def facts(self, wans: Collection[str] | None = None, families: tuple[Family, ...] = (Family.IPV4,)) -> Facts:
        near = (one for one in self.neighbors if wans is None or one.interface in wans)
        return Facts(
            links=tuple(self.links.values()),
            defaults=tuple(one for one in self.defaults if one.family in families),
            neighbors=tuple(one for one in near if family_of(one.address) in families),
        )

    async def observe(self, scope: Scope) -> KernelState:
        self._families = scope.families
        managed = (self.links[name] for name in scope.managed & set(self.links))
        addresses = (Address(link.name, one.address) for link in managed for one in link.addresses)
        routes = (one for one in self.routes.values() if one.table in scope.tables)
        in_families: list[FamilyObject] = [
            *addresses,
            *(one for one in self.addresses if one.interface in scope.managed),
            *self.rules,
            *routes,
        ]
        return KernelState(
            [
                *(one for one in in_families if one.family in scope.families),
                *(Sysctl(path, self.sysctls[path]) for path in scope.sysctls & set(self.sysctls)),
                *(() if self.ruleset is None else (self.ruleset, NumberSets(self.dead, self.away))),
                *self.others.values(),
            ]
        )

    async def apply(self, change: Change) -> None:
        self._change(change)
        self.applied.append(change)

    def events(self) -> AsyncIterator[KernelEvent]:
        self._listeners.append(_Events())
        return self._listeners[-1]

    async def forget_flows(self, leg: LegId, protocols: Protocols) -> int:
        _check_number(leg.number)
        before = len(self.flows)
        self.flows = [
            one
            for one in self.flows
            if one.leg != leg or (protocols is Protocols.MOVABLE and (one.inbound or not one.movable))
        ]
        return before - len(self.flows)

    async def release_flows(self, leg: LegId, stays: Callable[[FlowKey], bool]) -> Released:
        _check_number(leg.number)
        gone = [one for one in self.flows if one.leg == leg and not one.inbound and not stays(one.looks)]
        self.flows = [one for one in self.flows if one not in gone]
        return Released(len(gone), sum(not one.movable for one in gone))

    async def tell_clients(self, leg: LegId) -> int:
        _check_number(leg.number)
        told = sum(one.leg == leg and not one.inbound and not one.movable for one in self.flows)
        self.told += [leg.number] * told
        return told

    async def flow_counts(self) -> Mapping[int, int]:
        return dict(self.counts)

    async def rule_counts(self) -> Mapping[int, int]:
        return dict(self.hits)

    async def client_flows(self, client: IPAddress) -> list[ClientFlow]:
        return self.flows_of.get(client, [])

    async def traffic(self) -> Mapping[str, Traffic]:
        return {name: self.carried.get(name, Traffic(0, 0)) for name in self.links}

    async def route(self, question: RouteQuery) -> Routed | None:
        """As the mark rules and the balanced table say; the hash of multipath is not what a fake can know."""
        number, family = (question.mark & MARK_MASK) >> MARK_SHIFT, family_of(question.destination)
        one = self.routes.get((table(number) if number else BALANCED_TABLE, family.everywhere, family.default_metric))
        return None if one is None else Routed(one.nexthops[0].interface, one.nexthops[0].gateway)

    async def resolve(self, interface: str, address: IPAddress) -> None:
        self._link(interface)
        self.resolved.append((interface, address))

    async def close(self) -> None:
        for one in self._listeners:
            one.end()

    # What the world does.

    def add_link(self, name: str, *addresses: str) -> None:
        """A device appears, set up and with a cable in it."""
        given = [ip_interface(one) for one in addresses]
        own = tuple(AddressFact(address=one) for one in given if isinstance(one, IPv4Interface))
        self.addresses |= {Address(name, one) for one in given if not isinstance(one, IPv4Interface)}
        index = len(self.links) + 2
        self.links[name] = Link(name=name, index=index, up=True, carrier=True, addresses=own, mtu=1500)
        for setting in ("rp_filter", "ignore_routes_with_linkdown"):
            self.sysctls[f"net/ipv4/conf/{name}/{setting}"] = "0"
        self.announce(Subject.LINK, f"link {name} is up")

    def remove_link(self, name: str) -> None:
        """A device goes, and without a word every route that leads there; of an IPv6 one that next hop alone."""
        del self.links[name]
        self._drop_addresses(name)
        self.sysctls = {path: value for path, value in self.sysctls.items() if f"/{name}/" not in path}
        ways = {key: {way.interface for way in route.nexthops} for key, route in self.routes.items()}
        self.routes = {
            key: replace(route, nexthops=tuple(way for way in route.nexthops if way.interface != name))
            for key, route in self.routes.items()
            if name not in ways[key] or (route.family is Family.IPV6 and ways[key] != {name})
        }
        self.announce(Subject.LINK, f"link {name} is gone")

    def renumber(self, name: str, *addresses: str) -> None:
        """A DHCP client flushes the addresses and puts others: what leads through the device is gone with the last."""
        self.links[name] = replace(self.links[name], addresses=())
        self._drop_routes_without_way()
        own = tuple(AddressFact(address=IPv4Interface(one)) for one in addresses)
        self.links[name] = replace(self.links[name], addresses=own)
        self.announce(Subject.ADDRESS, f"address {', '.join(addresses)} dev {name} added")

    def set_up(self, name: str) -> None:
        self._set_link(name, up=True, carrier=True)

    def set_down(self, name: str) -> None:
        """Set down by a person: routes that have no other way are gone, without a word, and the addresses of IPv6."""
        self._set_link(name, up=False, carrier=False)
        self._drop_addresses(name)
        self._drop_routes_without_way()

    def cut(self, name: str) -> None:
        """The cable goes: routes stay."""
        self._set_link(name, up=True, carrier=False)

    def plug(self, name: str) -> None:
        self._set_link(name, up=True, carrier=True)

    def stranger(self, change: Change) -> None:
        """Somebody else makes a change that is ours to make."""
        self._change(change)
        subject = {Address: Subject.ADDRESS, Rule: Subject.RULE, Route: Subject.ROUTE, Sysctl: Subject.SYSCTL}
        verb = "added" if isinstance(change, Put) else "deleted"
        if isinstance(change.item, FamilyObject) and change.item.family not in self._families:
            return
        about = subject.get(type(change.item), Subject.RULESET)
        text = change.item.line if about is Subject.SYSCTL else f"{about} {change.item.line} {verb}"
        self.announce(about, text, STRANGER, change.item)

    def flush_ruleset(self) -> None:
        """Somebody empties our table's chains."""
        self.ruleset = None if self.ruleset is None else ALTERED
        self.announce(Subject.RULESET, "table inet multihome changed", "nft (pid 813)", ALTERED)

    def delete_table(self) -> None:
        """Somebody deletes our table."""
        self._remove(ALTERED)
        self.announce(Subject.RULESET, "table inet multihome changed", "nft (pid 813)", ALTERED)

    def forget_ruleset(self) -> None:
        """The worker has restarted: what it finds is not what it remembers having written."""
        self.ruleset = None if self.ruleset is None else ALTERED

    def announce(self, subject: Subject, text: str, actor: str = "", about: KernelObject | None = None) -> None:
        identity = None if about is None else about.identity
        for one in self._listeners:
            one.put(KernelEvent(subject, text, actor, time.monotonic(), identity))

    # How it comes about.

    def _change(self, change: Change) -> None:
        if isinstance(change, Put):
            self._put(describe(change), change.item)
        else:
            self._remove(change.item)

    def _put(self, what: str, item: KernelObject) -> None:
        match item:
            case Address():
                self._put_address(item)
            case Rule():
                self.rules.add(item)
            case Route():
                for one in item.nexthops:
                    _reject_unless(self._link(one.interface).up, f"{what}: Nexthop device is not up")
                self.routes[item.key] = item
            case Sysctl():
                _reject_unless(item.path in self.sysctls, f"{what}: No such file or directory")
                self.sysctls[item.path] = item.value
            case Ruleset():
                self.ruleset = item
                numbers = range(FIRST_NUMBER, LAST_NUMBER + 1)
                self.counts = {n: self.counts.get(n, 0) for n in numbers if counter(n) in item.counters}
                rules = range(1, LAST_RULE + 1)
                self.hits = {n: self.hits.get(n, 0) for n in rules if rule_counter(n) in item.counters}
            case NumberSets():
                _reject_unless(
                    self.ruleset is not None or not (item.dead or item.away), f"{what}: No such file or directory"
                )
                self.dead, self.away = item.dead, item.away
            case _:
                self.others[item.identity] = item

    def _put_address(self, item: Address) -> None:
        link = self._link(item.interface)
        if not isinstance(item.address, IPv4Interface):
            self.addresses.add(item)
        elif item.address not in {one.address for one in link.addresses}:
            added = (*link.addresses, AddressFact(address=item.address))
            self.links[item.interface] = replace(link, addresses=added)

    def _remove(self, item: KernelObject) -> None:
        match item:
            case Address(interface=name):
                self.addresses.discard(item)
                if name in self.links:
                    link = self.links[name]
                    kept = tuple(one for one in link.addresses if one.address != item.address)
                    self.links[name] = replace(link, addresses=kept)
                    self._drop_routes_without_way()
            case Rule():
                self.rules.discard(item)
            case Route():
                self.routes.pop(item.key, None)
            case Ruleset():
                self.ruleset, self.dead, self.away = None, frozenset(), frozenset()
                self.counts, self.hits = {}, {}
            case _:
                self.others.pop(item.identity, None)

    def _link(self, name: str) -> Link:
        _reject_unless(name in self.links, f"there is no interface {name}")
        return self.links[name]

    def _set_link(self, name: str, *, up: bool, carrier: bool) -> None:
        self.links[name] = replace(self.links[name], up=up, carrier=carrier)
        state = "set down" if not up else "up" if carrier else "up without carrier"
        self.announce(Subject.LINK, f"link {name} is {state}")

    def _drop_addresses(self, name: str) -> None:
        self.addresses = {one for one in self.addresses if one.interface != name}

    def _drop_routes_without_way(self) -> None:
        """What the kernel does when a device is set down or loses its last address."""
        up = {name for name, link in self.links.items() if link.up}
        usable = {Family.IPV4: {name for name in up if self.links[name].addresses}, Family.IPV6: up}
        self.routes = {
            key: one
            for key, one in self.routes.items()
            if not one.nexthops or any(way.interface in usable[one.family] for way in one.nexthops)
        }


class _Events:
    """What one listener has not heard yet."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[KernelEvent | None] = asyncio.Queue()

    def __aiter__(self) -> "_Events":
        return self

    async def __anext__(self) -> KernelEvent:
        event = await self._queue.get()
        if event is None:
            raise StopAsyncIteration
        return event

    def put(self, event: KernelEvent) -> None:
        self._queue.put_nowait(event)

    def end(self) -> None:
        self._queue.put_nowait(None)


def _reject_unless(condition: bool, reason: str) -> None:
    if not condition:
        raise KernelRejected(reason)


def _check_number(number: int) -> None:
    if not FIRST_NUMBER <= number <= LAST_NUMBER:
        raise ValueError(f"{number} is not the number of a gateway")
