"""Routes of the gateways' tables and of the balanced ones."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from app.model.family import Family, IPAddress, IPNetwork, family_of
from app.model.layout import BALANCED_TABLE, NET_TABLE
from app.plan.state import FamilyObject, Phase

EVERYWHERE: Final = Family.IPV4.everywhere


class RouteKind(StrEnum):
    """What a route does with a packet."""

    UNICAST = "unicast"
    BLACKHOLE = "blackhole"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Nexthop:
    """One next hop of a route. `gateway` None: directly through the device. `weight` 1..256 counts in multipath
    routes.
    """

    interface: str
    gateway: IPAddress | None = None
    weight: int = 1
    onlink: bool = False

    @property
    def way(self) -> tuple[str, IPAddress | None]:
        """The next hop without its weight."""
        return self.interface, self.gateway

    @property
    def line(self) -> str:
        """The arguments of `ip route`."""
        via = "" if self.gateway is None else f"via {self.gateway} "
        return f"{via}dev {self.interface}{' onlink' if self.onlink else ''}"


@dataclass(frozen=True, slots=True)
class Route(FamilyObject):
    """A route of Multihome (proto static). The kernel identifies it by table, destination and metric.

    `metric` 0 means none. The kernel then gives an IPv6 route a metric of its own, so here it has that from the start.
    """

    thing = "route"
    listed = 3
    commands = "ip route replace", "ip route del"
    phases = Phase.GATEWAY_TABLES, Phase.ROUTES_GONE

    table: int
    destination: IPNetwork
    nexthops: tuple[Nexthop, ...]
    metric: int = 0
    kind: RouteKind = RouteKind.UNICAST
    source: IPAddress | None = None

    def __post_init__(self) -> None:
        if not self.metric and self.family.default_metric:
            object.__setattr__(self, "metric", self.family.default_metric)

    @property
    def family(self) -> Family:
        """See FamilyObject."""
        return family_of(self.destination)

    @property
    def order(self) -> tuple[object, ...]:
        """By table."""
        return self.family, self.key

    @property
    def key(self) -> tuple[int, IPNetwork, int]:
        """The key by which `ip route replace` finds the route to replace."""
        return self.table, self.destination, self.metric

    def put_phase(self, before: Self | None) -> Phase:
        """A balanced route comes last, except one that only loses next hops: then a gateway leaves."""
        if not self._is_balanced:
            return Phase.GATEWAY_TABLES
        lost = before is not None and {one.way for one in self.nexthops} < {one.way for one in before.nexthops}
        return Phase.LEAVE if lost else Phase.JOIN

    def remove_phase(self) -> Phase:
        """A balanced route is removed first."""
        return Phase.LEAVE if self._is_balanced else Phase.ROUTES_GONE

    @property
    def _is_balanced(self) -> bool:
        return self.table in {BALANCED_TABLE, NET_TABLE}

    @property
    def words(self) -> str:
        """The arguments of `ip route`."""
        words = ["default" if self.destination == self.family.everywhere else str(self.destination)]
        if self.kind is not RouteKind.UNICAST:
            words.insert(0, self.kind)
        alone = len(self.nexthops) == 1
        if alone:
            words.append(self.nexthops[0].line)
        words += [f"table {self.table}", "proto static"]
        if self.source is not None:
            words.append(f"src {self.source}")
        if self.metric:
            words.append(f"metric {self.metric}")
        if not alone:
            words += [f"nexthop {one.line} weight {one.weight}" for one in self.nexthops]
        return " ".join(words)
