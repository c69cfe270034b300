"""Addresses from the interface over a kernel in memory: what is believed, and what goes with an address."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

from app.kernel.contract import Subject
from app.model.choices import Role
from app.model.config import Config, Interface
from app.model.facts import DefaultRoute
from app.model.leg import IPv4Leg
from app.paths import StateDirectory
from tests.kernel.fake import FakeKernel, Flow
from tests.plan import paper
from tests.worker.running import members, save, says, until, working
from tests.worker.trying import play


def both_used(kernel: FakeKernel) -> Callable[[], bool]:
    return lambda: members(kernel) == ["eth1", "eth2"]


def test_a_lease_is_followed_and_its_next_hop_outlives_its_route(kernel: FakeKernel, home: StateDirectory) -> None:
    leased = replace(paper.GATEWAYS[1], ipv4=IPv4Leg(address=None))
    wan = Interface(name="eth2", role=Role.WAN)
    save(home, Config(interfaces=(*paper.INTERFACES[:2], wan), gateways=(paper.GATEWAYS[0], leased)))
    told = DefaultRoute(interface="eth2", next_hop=IPv4Address("172.17.0.2"))

    async def story() -> None:
        async with working(kernel, home):
            await until(lambda: members(kernel) == ["eth1"], "one is used")
            kernel.defaults.append(told)
            kernel.announce(Subject.ROUTE, "default via 172.17.0.2 dev eth2")
            await until(both_used(kernel), "both are used")
            kernel.flows = [Flow(2), Flow(1)]
            kernel.defaults.clear()
            kernel.announce(Subject.ROUTE, "default via 172.17.0.2 dev eth2 deleted")
            kernel.links["eth0"] = replace(kernel.links["eth0"], mtu=1400)
            kernel.announce(Subject.LINK, "link eth0 is up")
            await until(says(home, lambda seen: seen.facts.links[0].mtu == 1400), "it has looked again")
            assert members(kernel) == ["eth1", "eth2"]
            kernel.renumber("eth2", "172.17.0.77/24")
            await until(lambda: members(kernel) == ["eth1"], "without a word about the next hop it is not used")
            kernel.defaults.append(told)
            kernel.announce(Subject.ROUTE, "default via 172.17.0.2 dev eth2")
            await until(both_used(kernel), "both are used")
            assert kernel.flows == [Flow(1)]

    play(story)


def test_an_address_that_changed_while_no_worker_ran_takes_its_flows_along(
    kernel: FakeKernel, home: StateDirectory
) -> None:
    leased = replace(paper.GATEWAYS[1], ipv4=IPv4Leg(address=None))
    wan = Interface(name="eth2", role=Role.WAN)
    save(home, Config(interfaces=(*paper.INTERFACES[:2], wan), gateways=(paper.GATEWAYS[0], leased)))
    kernel.defaults.append(DefaultRoute(interface="eth2", next_hop=IPv4Address("172.17.0.2")))

    async def story() -> None:
        async with working(kernel, home):
            await until(both_used(kernel), "both are used")
        kernel.flows = [Flow(2), Flow(2, "tcp"), Flow(1)]
        kernel.renumber("eth2", "172.17.0.77/24")
        async with working(kernel, home):
            await until(lambda: kernel.flows == [Flow(1)], "the flows of the old address are gone")
            await until(both_used(kernel), "both are used")

    play(story)
