"""Traffic rules in a real kernel: taken as they are meant, changed without a rest, and quick with a thousand."""

import time
from dataclasses import replace

from app.kernel.contract import ALTERED, Routed, RouteQuery
from app.kernel.linux import LinuxKernel
from app.model.choices import AllDown, Balancing, IfDown, Protocol
from app.model.config import Failover, Settings
from app.model.rule import PortRange, TrafficRule
from app.model.verdict import State
from app.plan.objects.route import EVERYWHERE, Nexthop, Route
from app.plan.objects.rule import Rule
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.state import Put, Scope
from tests.kernel.namespace import Namespace
from tests.kernel.test_nft_table import run
from tests.plan import paper
from tests.plan.by_number import desired_state
from tests.plan.rules import network, rule
from tests.plan.strategies import verdict

UP = dict.fromkeys((1, 2), verdict(State.UP))
SOME = (
    rule(7, source=network("62.231.110.66/32"), gateway=2, if_down=IfDown.REFUSE),
    rule(3, protocol=Protocol.TCP_UDP, ports=(PortRange(first=80, last=90),), tier=1),
    rule(5, mac="00:16:3e:00:00:01", interface="eth0", dscp=46, gateway=1),
    rule(9),
)


def ruleset(*rules: TrafficRule, balancing: Balancing = Balancing.CONNECTION) -> Ruleset:
    settings = Settings(balancing=balancing, failover=Failover(all_down=AllDown.REFUSE))
    config = replace(paper.config(settings=settings), rules=rules)
    found = desired_state(config, paper.FACTS, UP).state.only(Ruleset)
    assert found is not None
    return found


def test_rules_come_change_and_go_and_each_table_is_as_if_written_anew(namespace: Namespace) -> None:
    """Only what differs is written; what is there in the end is the same as written by somebody who knows nothing."""

    async def scenario(kernel: LinuxKernel) -> None:
        for rules in (SOME, SOME[::-1], SOME[:1], (), SOME[1:], SOME):
            for balancing in (Balancing.CLIENT, Balancing.CONNECTION):
                wanted = ruleset(*rules, balancing=balancing)
                await kernel.apply(Put(wanted))
                assert (await kernel.observe(Scope())).only(Ruleset) == wanted
                changed = _sorted(namespace.nft("list table inet multihome"))
                stranger = LinuxKernel()
                assert (await stranger.observe(Scope())).only(Ruleset) == ALTERED
                await stranger.apply(Put(wanted))
                await stranger.close()
                assert _sorted(namespace.nft("list table inet multihome")) == changed
                assert (await kernel.observe(Scope())).only(Ruleset) == wanted

    run(namespace, scenario)


def _sorted(listing: str) -> list[str]:
    """Chains and maps stand in the order of their making; each in itself is told apart by its lines."""
    return sorted(block.strip() for block in listing.split("\n\n"))


def test_hits_are_told_by_the_rules_numbers(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        assert await kernel.rule_counts() == {}
        await kernel.apply(Put(ruleset(*SOME)))
        assert await kernel.rule_counts() == {3: 0, 5: 0, 7: 0, 9: 0}
        assert await kernel.flow_counts() == {1: 0, 2: 0}
        await kernel.apply(Put(ruleset()))
        assert await kernel.rule_counts() == {}

    run(namespace, scenario)


def test_the_kernel_says_where_it_would_send_a_packet(namespace: Namespace) -> None:
    namespace.ip(
        *(f"link add eth{n} type veth peer name far{n}" for n in (0, 1, 2)),
        *(f"link set {name}{n} up" for name in ("eth", "far") for n in (0, 1, 2)),
        *(f"address add 10.0.{n}.2/24 dev eth{n}" for n in (0, 1, 2)),
    )
    packet = RouteQuery(
        source=network("10.0.0.9/32").network_address,
        destination=network("9.9.9.9/32").network_address,
        protocol=17,
        source_port=5000,
        destination_port=53,
        interface="eth0",
    )
    hops = [network(f"10.0.{n}.1/32").network_address for n in (1, 2)]

    async def scenario(kernel: LinuxKernel) -> None:
        namespace.execute("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        assert await kernel.route(packet) is None
        await kernel.apply(Put(Route(243, EVERYWHERE, (Nexthop("eth1", hops[0]),))))
        await kernel.apply(Put(Route(242, EVERYWHERE, (Nexthop("eth2", hops[1]),))))
        await kernel.apply(Put(Rule(240, 254, suppress_prefixlength=0)))
        await kernel.apply(Put(Rule(243, 243)))
        await kernel.apply(Put(Rule(242, 242, mark=2 << 24, mask=0x7F000000)))
        assert await kernel.route(packet) == Routed("eth1", hops[0])
        assert await kernel.route(replace(packet, mark=0x82000000)) == Routed("eth2", hops[1])
        assert await kernel.route(replace(packet, destination=packet.source + 1)) == Routed("eth0", None)
        here = network("10.0.2.2/32").network_address
        assert await kernel.route(replace(packet, destination=here)) == Routed(None, None)
        assert await kernel.route(replace(packet, protocol=47, source_port=None, destination_port=None)) == Routed(
            "eth1", hops[0]
        )

    run(namespace, scenario)


def many(count: int) -> tuple[TrafficRule, ...]:
    """Rules of four kinds, as a large list may be."""

    def one(number: int) -> TrafficRule:
        high, low = divmod(number, 250)
        port = (PortRange(first=number, last=number + 5),)
        kinds: tuple[TrafficRule, ...] = (
            rule(number, source=network(f"10.{high}.{low}.0/24"), gateway=1),
            rule(number, source=network(f"10.9.{high}.{low}/32"), protocol=Protocol.UDP, ports=port, gateway=2),
            rule(number, destination=network(f"20.{high}.{low}.0/24"), protocol=Protocol.TCP),
            rule(number, interface="eth0", source=network(f"30.{high}.{low}.0/25"), dscp=number % 60, tier=1),
        )
        return kinds[number % len(kinds)]

    return tuple(map(one, range(1, count + 1)))


def test_a_failover_with_a_thousand_rules_is_no_slower_than_with_none(namespace: Namespace) -> None:
    """What a verdict changes is in two sets, whatever else is in the table."""

    async def best_s(kernel: LinuxKernel) -> float:
        took_s = []
        for turn in range(20):
            wanted = NumberSets(dead=frozenset({1 + turn % 2}), away=frozenset({1 + turn % 2, 3}))
            started = time.perf_counter()
            await kernel.apply(Put(wanted))
            have = await kernel.observe(Scope())
            took_s.append(time.perf_counter() - started)
            assert have.only(NumberSets) == wanted
        return min(took_s)

    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(ruleset()))
        without_s = await best_s(kernel)
        wanted = ruleset(*many(1000))
        started = time.perf_counter()
        await kernel.apply(Put(wanted))
        put_s = time.perf_counter() - started
        with_s = await best_s(kernel)
        print(f"sets: {1000 * without_s:.2f} ms without rules, {1000 * with_s:.2f} ms with 1,000; put {put_s:.2f} s")
        assert (await kernel.observe(Scope())).only(Ruleset) == wanted
        assert len(await kernel.rule_counts()) == 1000
        # Twice for a busy machine: when libnftables did it, it took thirty times as long.
        assert with_s < max(2 * without_s, 0.005)

    run(namespace, scenario)
