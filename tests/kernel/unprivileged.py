"""A program that does everything a kernel can be asked for, to be run with two capabilities and as nobody."""

import asyncio
import os
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from app.kernel.contract import Protocols, Subject
from app.kernel.linux import LinuxKernel
from app.model.layout import MARK_MASK, mark
from app.plan.objects.address import Address
from app.plan.objects.route import EVERYWHERE, Nexthop, Route
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.ruleset import Chain, Hook, NumberSets, RuleLine, Ruleset, Verdict
from app.plan.state import KernelObject, Put, Remove, Scope
from tests.kernel.flows import TCP, UDP, Flows
from tests.legs import ipv4

CAP_NET_ADMIN, CAP_NET_RAW = 12, 13
RP_FILTER = "net/ipv4/conf/eth1/rp_filter"
RULESET = Ruleset(("flows_1",), (Chain("c", Hook("filter", "forward", 0), (RuleLine((Verdict.ACCEPT,), "all"),)),))
REMOVABLE = (
    Address("eth1", IPv4Interface("10.9.9.9/24")),
    Rule(241, 241, source=IPv4Network("10.0.1.0/24"), mark=0, mask=MARK_MASK),
    Route(241, EVERYWHERE, (Nexthop("eth1", IPv4Address("10.0.1.1")),)),
    RULESET,
)
SETTINGS: tuple[KernelObject, ...] = (Sysctl(RP_FILTER, "2"), Sysctl("net/ipv4/ip_forward", "1"))
SCOPE = Scope(tables=frozenset({241}), managed=frozenset({"eth1"}), sysctls=frozenset({RP_FILTER}))


async def main() -> None:
    kernel = LinuxKernel()
    events = aiter(kernel.events())
    before = await kernel.observe(SCOPE)
    assert (await kernel.facts()).link("eth1") is not None
    for item in (*SETTINGS, *REMOVABLE, NumberSets(frozenset({1}))):
        await kernel.apply(Put(item))
    have = await kernel.observe(SCOPE)
    assert have.of(Rule) | have.of(Route) | (have.of(Address) - before.of(Address)) == set(REMOVABLE[:3])
    assert have.of(Sysctl) == {Sysctl(RP_FILTER, "2")}
    assert (have.only(Ruleset), have.only(NumberSets)) == (RULESET, NumberSets(frozenset({1})))
    assert await kernel.flow_counts() == {1: 0}
    assert "eth1" in await kernel.traffic()
    flows = Flows()
    flows.make(UDP, range(1000, 1003), mark(1), client="10.0.1.77")
    flows.make(TCP, range(1000, 1002), mark(1), client="10.0.1.77")
    flows.close()
    assert await kernel.forget_flows(ipv4(1), Protocols.MOVABLE) == 3
    assert await kernel.tell_clients(ipv4(1)) == 2
    await kernel.resolve("eth1", IPv4Address("10.0.1.1"))
    assert (await asyncio.wait_for(anext(events), 5)).subject is Subject.NEIGHBOR
    for one in REMOVABLE:
        await kernel.apply(Remove(one))
    await kernel.close()


if __name__ == "__main__":
    words = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    assert os.geteuid() != 0
    for kind in ("CapEff", "CapPrm", "CapBnd"):
        assert int(words[kind], 16) == 1 << CAP_NET_ADMIN | 1 << CAP_NET_RAW, (kind, words[kind])
    asyncio.run(main())
    print("all of it")
