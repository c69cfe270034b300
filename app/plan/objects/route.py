"""Routes of the gateways' tables and of the balanced ones."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Self

from app.model.layout import BALANCED_TABLE, NET_TABLE
from app.plan.state import KernelObject, Phase

EVERYWHERE = IPv4Network("0.0.0.0/0")


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

    @property
    def way(self) -> tuple[str, IPv4Address | None]:
        """Where it leads, whatever its weight."""
        return self.interface, self.gateway

    @property
    def line(self) -> str:
        """What `ip route` takes."""
        via = "" if self.gateway is None else f"via {self.gateway} "
        return f"{via}dev {self.interface}{' onlink' if self.onlink else ''}"


@dataclass(frozen=True, slots=True)
class Route(KernelObject):
    """A route of ours (proto static). The kernel's identity of it is (table, destination, metric)."""

    thing = "route"
    listed = 3
    commands = "ip route replace", "ip route del"
    phases = Phase.GATEWAY_TABLES, Phase.ROUTES_GONE

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

    def put_phase(self, before: Self | None) -> Phase:
        """A balanced route comes last, but for one that only loses next hops: that is a gateway that leaves."""
        if not self._is_balanced:
            return Phase.GATEWAY_TABLES
        lost = before is not None and {one.way for one in self.nexthops} < {one.way for one in before.nexthops}
        return Phase.LEAVE if lost else Phase.JOIN

    def remove_phase(self) -> Phase:
        """A balanced route goes at once."""
        return Phase.LEAVE if self._is_balanced else Phase.ROUTES_GONE

    @property
    def _is_balanced(self) -> bool:
        return self.table in {BALANCED_TABLE, NET_TABLE}

    @property
    def line(self) -> str:
        """What `ip route` takes."""
        words = ["default" if self.destination == EVERYWHERE else str(self.destination)]
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
