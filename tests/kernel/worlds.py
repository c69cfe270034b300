"""Two worlds for one suite: a fake kernel in memory, and a real one in a network namespace.

A world does what people, cables and other programs do. What it did is what `ip` and `nft` would have done; in the real
world it is done by them, in the very words of app/plan/render.py, which proves those words.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import IPv4Address
from typing import Concatenate, ParamSpec, Protocol

from app.kernel.contract import Kernel
from app.kernel.linux import LinuxKernel
from app.model.facts import DefaultRoute, Neighbor
from app.model.layout import INBOUND_BIT, mark
from app.plan.render import describe
from app.plan.state import Change
from tests.kernel.fake import FakeKernel, Flow
from tests.kernel.flows import TCP, UDP, Flows
from tests.kernel.namespace import Namespace

P = ParamSpec("P")


class World(Protocol):
    """What a test may do to the machine, besides asking its kernel."""

    kernel: Kernel

    def run(self, scenario: Callable[["World"], Awaitable[None]]) -> None: ...
    def another_kernel(self) -> Kernel: ...
    def add_link(self, name: str, *addresses: str) -> None: ...
    def remove_link(self, name: str) -> None: ...
    def set_up(self, name: str) -> None: ...
    def set_down(self, name: str) -> None: ...
    def cut(self, name: str) -> None: ...
    def add_default(self, interface: str, next_hop: str, metric: int) -> None: ...
    def add_neighbor(self, interface: str, address: str, mac: str) -> None: ...
    def stranger(self, change: Change) -> None: ...
    def flush_ruleset(self) -> None: ...
    def delete_table(self) -> None: ...
    def add_flows(self, number: int, count: int, *, tcp: bool, inbound: bool, answered: bool) -> None: ...
    def flow_count(self) -> int: ...
    def close(self) -> None: ...


class FakeWorld:
    """The fake kernel is its own world."""

    def __init__(self) -> None:
        self.fake = FakeKernel()
        self.kernel: Kernel = self.fake

    def run(self, scenario: Callable[[World], Awaitable[None]]) -> None:
        asyncio.run(_scenario(self, scenario))

    def another_kernel(self) -> Kernel:
        self.fake.forget_ruleset()
        return self.fake

    def add_link(self, name: str, *addresses: str) -> None:
        self.fake.add_link(name, *addresses)

    def remove_link(self, name: str) -> None:
        self.fake.remove_link(name)

    def set_up(self, name: str) -> None:
        self.fake.set_up(name)

    def set_down(self, name: str) -> None:
        self.fake.set_down(name)

    def cut(self, name: str) -> None:
        self.fake.cut(name)

    def add_default(self, interface: str, next_hop: str, metric: int) -> None:
        self.fake.defaults.append(DefaultRoute(interface=interface, next_hop=IPv4Address(next_hop), metric=metric))

    def add_neighbor(self, interface: str, address: str, mac: str) -> None:
        self.fake.neighbors.append(Neighbor(interface=interface, address=IPv4Address(address), mac=mac))

    def stranger(self, change: Change) -> None:
        self.fake.stranger(change)

    def flush_ruleset(self) -> None:
        self.fake.flush_ruleset()

    def delete_table(self) -> None:
        self.fake.delete_table()

    def add_flows(self, number: int, count: int, *, tcp: bool, inbound: bool, answered: bool) -> None:
        self.fake.flows += [Flow(number, "tcp" if tcp else "udp", inbound, answered)] * count

    def flow_count(self) -> int:
        return len(self.fake.flows)

    def close(self) -> None:
        pass


class RealWorld:
    """A namespace; a device `eth1` is a veth whose other end `eth1-far` is the cable."""

    kernel: Kernel

    def __init__(self) -> None:
        self.namespace = Namespace()
        self._ports = 1000

    def run(self, scenario: Callable[[World], Awaitable[None]]) -> None:
        async def inside() -> None:
            self.kernel = LinuxKernel()
            await _scenario(self, scenario)

        self.namespace.run(inside)

    def another_kernel(self) -> Kernel:
        return LinuxKernel()

    def add_link(self, name: str, *addresses: str) -> None:
        self.namespace.ip(
            f"link add {name} type veth peer name {name}-far",
            f"link set {name} up",
            f"link set {name}-far up",
            *(f"address add {one} dev {name}{' nodad' if ':' in one else ''}" for one in addresses),
        )

    def remove_link(self, name: str) -> None:
        self.namespace.ip(f"link del {name}")

    def set_up(self, name: str) -> None:
        self.namespace.ip(f"link set {name} up")

    def set_down(self, name: str) -> None:
        self.namespace.ip(f"link set {name} down")

    def cut(self, name: str) -> None:
        self.namespace.ip(f"link set {name}-far down")

    def add_default(self, interface: str, next_hop: str, metric: int) -> None:
        self.namespace.ip(f"route add default via {next_hop} dev {interface} proto dhcp metric {metric}")

    def add_neighbor(self, interface: str, address: str, mac: str) -> None:
        self.namespace.ip(f"neigh replace {address} dev {interface} lladdr {mac} nud reachable")

    def stranger(self, change: Change) -> None:
        words = describe(change).split()
        self.namespace.execute(*words)

    def flush_ruleset(self) -> None:
        self.namespace.nft("flush table inet multihome")

    def delete_table(self) -> None:
        self.namespace.nft("delete table inet multihome")

    def add_flows(self, number: int, count: int, *, tcp: bool, inbound: bool, answered: bool) -> None:
        flows = Flows()
        ports = range(self._ports, self._ports + count)
        self._ports += count
        flows.make(TCP if tcp else UDP, ports, mark(number) | (INBOUND_BIT if inbound else 0), replied=answered)
        flows.close()

    def flow_count(self) -> int:
        return int(self.namespace.execute("conntrack", "-C"))

    def close(self) -> None:
        self.namespace.close()


async def _scenario(world: World, scenario: Callable[[World], Awaitable[None]]) -> None:
    try:
        await asyncio.wait_for(scenario(world), timeout=20)
    finally:
        await world.kernel.close()


Scenario = Callable[Concatenate[World, P], Awaitable[None]]


def with_links(links: Mapping[str, tuple[str, ...]]) -> Callable[[Scenario[P]], Callable[..., None]]:
    """Run a scenario in the loop of its world, where there are these links with their addresses already."""

    def decorated(scenario: Scenario[P]) -> Callable[..., None]:
        @functools.wraps(scenario)
        def run(world: World, *args: P.args, **given: P.kwargs) -> None:
            for name, addresses in links.items():
                world.add_link(name, *addresses)
            world.run(lambda inside: scenario(inside, *args, **given))

        return run

    return decorated
