"""What every kernel does that the worker may stand on; the fake cannot say what the real one would not."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from app.errors import KernelRejected
from app.kernel.contract import ALTERED, Kernel, KernelEvent, Protocols, Subject
from app.model.layout import MARK_MASK, mark
from app.plan.objects.address import Address
from app.plan.objects.route import EVERYWHERE, Nexthop, Route, RouteKind
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.ruleset import Chain, Count, Hook, Key, Match, NumberSets, Op, RuleLine, Ruleset, SetMark
from app.plan.state import KernelObject, KernelState, Put, Remove, Scope
from tests.kernel.worlds import World, with_links
from tests.legs import ipv4

RP_FILTER = "net/ipv4/conf/eth1/rp_filter"
SCOPE = Scope(
    tables=frozenset({241, 242, 243, 244, 252, 24011, 24127}),
    managed=frozenset({"eth2"}),
    sysctls=frozenset({RP_FILTER, "net/ipv4/ip_forward", "net/ipv4/conf/absent/rp_filter"}),
)
ISP1, ISP2 = IPv4Address("10.0.1.1"), IPv4Address("10.0.2.1")
WAY1, WAY2 = Nexthop("eth1", ISP1), Nexthop("eth2", ISP2)
BALANCED = Route(243, EVERYWHERE, (Nexthop("eth1", ISP1, weight=3), Nexthop("eth2", ISP2, weight=256)))
RULES = (
    Rule(240, 254, suppress_prefixlength=0),
    Rule(241, 241, source=IPv4Network("10.0.1.0/24"), mark=0, mask=MARK_MASK),
    Rule(242, 242, source=IPv4Network("10.0.2.2/32"), mark=0, mask=MARK_MASK),
    Rule(242, 242, output_interface="eth2", mark=0, mask=MARK_MASK),
    Rule(242, 24127, mark=mark(127), mask=MARK_MASK),
    Rule(243, 243),
)
ROUTES = (
    BALANCED,
    Route(241, IPv4Network("10.0.1.0/24"), (Nexthop("eth1"),)),
    Route(241, EVERYWHERE, (WAY1,)),
    Route(241, EVERYWHERE, (), metric=4_000_000_000, kind=RouteKind.BLACKHOLE),
    Route(242, EVERYWHERE, (Nexthop("eth2", IPv4Address("192.0.2.1"), onlink=True),)),
    Route(244, EVERYWHERE, (WAY1,), metric=1001),
    Route(244, EVERYWHERE, (WAY2,), metric=1002),
    Route(252, EVERYWHERE, (Nexthop("eth1"),)),
    Route(24011, EVERYWHERE, (WAY1,), source=IPv4Address("10.0.1.2")),
    Route(24127, EVERYWHERE, (Nexthop("eth1", ISP1, 1), Nexthop("eth2", IPv4Address("192.0.2.1"), 2, onlink=True))),
)
RULESET = Ruleset(
    counters=("flows_1", "flows_2"),
    chains=(
        Chain(
            "postrouting",
            Hook("filter", "postrouting", -150),
            (
                RuleLine(
                    (
                        Match(Key.OUTPUT_INTERFACE, Op.EQ, ("eth1",)),
                        Count("flows_1"),
                        SetMark(Key.CT_MARK, 0x00FFFFFF, mark(1)),
                    ),
                    "routing chose 1",
                ),
            ),
        ),
    ),
)


in_both = with_links({"eth1": ("10.0.1.2/24",), "eth2": ("10.0.2.2/24",)})


async def observed(kernel: Kernel) -> KernelState:
    return await kernel.observe(SCOPE)


async def next_event(events: AsyncIterator[KernelEvent]) -> KernelEvent:
    return await asyncio.wait_for(anext(aiter(events)), timeout=5)


async def event_about(events: AsyncIterator[KernelEvent], subject: Subject) -> KernelEvent:
    while (event := await next_event(events)).subject is not subject:
        pass
    return event


@in_both
async def test_facts_tell_links_with_their_addresses(world: World) -> None:
    link = (await world.kernel.facts()).link("eth1")
    assert link is not None
    assert (link.up, link.carrier, link.mtu) == (True, True, 1500)
    assert [one.address for one in link.addresses] == [IPv4Interface("10.0.1.2/24")]


@in_both
async def test_a_cut_cable_is_no_carrier(world: World) -> None:
    events = world.kernel.events()
    world.cut("eth1")
    await event_about(events, Subject.LINK)
    link = (await world.kernel.facts()).link("eth1")
    assert link is not None
    assert (link.up, link.carrier) == (True, False)


@in_both
async def test_a_link_that_is_set_down_has_no_carrier_either(world: World) -> None:
    world.set_down("eth1")
    link = (await world.kernel.facts()).link("eth1")
    assert link is not None
    assert (link.up, link.carrier) == (False, False)


@in_both
async def test_facts_tell_the_default_routes_of_others(world: World) -> None:
    world.add_default("eth1", "10.0.1.1", metric=100)
    world.add_default("eth2", "10.0.2.1", metric=50)
    defaults = (await world.kernel.facts()).defaults
    assert {(one.interface, one.next_hop, one.metric) for one in defaults} == {("eth1", ISP1, 100), ("eth2", ISP2, 50)}


@in_both
async def test_neighbors_are_told_of_wans_only(world: World) -> None:
    world.add_neighbor("eth1", "10.0.1.1", "02:00:00:00:00:01")
    world.add_neighbor("eth2", "10.0.2.9", "02:00:00:00:00:09")
    neighbor = (await world.kernel.facts({"eth1"})).neighbor("eth1", ISP1)
    assert neighbor is not None
    assert (neighbor.mac, neighbor.failed) == ("02:00:00:00:00:01", False)
    assert {one.interface for one in (await world.kernel.facts({"eth1"})).neighbors} == {"eth1"}
    assert {one.interface for one in (await world.kernel.facts()).neighbors} == {"eth1", "eth2"}


@in_both
async def test_nothing_of_ours_is_there_at_first(world: World) -> None:
    have = await observed(world.kernel)
    assert (have.of(Rule), have.of(Route), have.only(Ruleset), have.only(NumberSets)) == (
        frozenset(),
        frozenset(),
        None,
        None,
    )
    assert have.of(Address) == {Address("eth2", IPv4Interface("10.0.2.2/24"))}
    assert {one.path for one in have.of(Sysctl)} == {RP_FILTER, "net/ipv4/ip_forward"}


@pytest.mark.parametrize("item", [*RULES, *ROUTES, Address("eth2", IPv4Interface("10.9.8.6/29"))], ids=str)
@in_both
async def test_what_is_put_is_there_and_what_is_removed_is_gone(world: World, item: KernelObject) -> None:
    before = await observed(world.kernel)
    for _ in range(2):
        await world.kernel.apply(Put(item))
        have = await observed(world.kernel)
        assert set(have) - set(before) == {item}
    for _ in range(2):
        await world.kernel.apply(Remove(item))
        assert await observed(world.kernel) == before


@in_both
async def test_all_of_it_can_be_there_at_once(world: World) -> None:
    for item in (*RULES, *ROUTES):
        await world.kernel.apply(Put(item))
    have = await observed(world.kernel)
    assert have.of(Rule) == set(RULES)
    assert have.of(Route) == set(ROUTES)


@pytest.mark.parametrize(
    "other",
    [
        Route(243, EVERYWHERE, (WAY2,)),
        Route(243, EVERYWHERE, (WAY1, WAY2)),
        Route(243, EVERYWHERE, (WAY1,), source=IPv4Address("10.0.1.2")),
        Route(243, EVERYWHERE, (), kind=RouteKind.BLACKHOLE),
    ],
    ids=str,
)
@in_both
async def test_a_route_takes_the_place_of_what_has_its_key(world: World, other: Route) -> None:
    for item in (BALANCED, other, BALANCED):
        await world.kernel.apply(Put(item))
        assert (await observed(world.kernel)).of(Route) == {item}


@in_both
async def test_a_next_hop_that_is_set_down_is_rejected_and_the_route_stays(world: World) -> None:
    await world.kernel.apply(Put(BALANCED))
    world.set_down("eth2")
    with pytest.raises(KernelRejected, match=r"ip route replace default table 243 .*: .*"):
        await world.kernel.apply(Put(Route(243, EVERYWHERE, (WAY1, WAY2))))
    assert (await observed(world.kernel)).of(Route) == {BALANCED}


@in_both
async def test_an_absent_interface_is_named(world: World) -> None:
    nowhere = Nexthop("eth9", ISP1)
    for item in (Route(241, EVERYWHERE, (nowhere,)), Address("eth9", IPv4Interface("10.1.1.1/24"))):
        with pytest.raises(KernelRejected, match="eth9"):
            await world.kernel.apply(Put(item))
        await world.kernel.apply(Remove(item))


@in_both
async def test_a_link_that_is_set_down_takes_its_routes_along(world: World) -> None:
    blackhole = Route(241, EVERYWHERE, (), metric=4_000_000_000, kind=RouteKind.BLACKHOLE)
    for item in (Route(241, EVERYWHERE, (WAY1,)), blackhole, Route(244, EVERYWHERE, (WAY2,), metric=1002), BALANCED):
        await world.kernel.apply(Put(item))
    world.set_down("eth1")
    assert (await observed(world.kernel)).of(Route) == {
        blackhole,
        Route(244, EVERYWHERE, (WAY2,), metric=1002),
        BALANCED,
    }
    world.set_up("eth1")
    assert Route(241, EVERYWHERE, (WAY1,)) not in (await observed(world.kernel)).of(Route)


@in_both
async def test_the_last_address_takes_the_routes_along(world: World) -> None:
    await world.kernel.apply(Put(Route(242, EVERYWHERE, (WAY2,))))
    world.stranger(Remove(Address("eth2", IPv4Interface("10.0.2.2/24"))))
    assert (await observed(world.kernel)).of(Route) == frozenset()


@in_both
async def test_a_link_without_carrier_keeps_its_routes(world: World) -> None:
    await world.kernel.apply(Put(BALANCED))
    world.cut("eth1")
    assert (await observed(world.kernel)).of(Route) == {BALANCED}
    await world.kernel.apply(Put(Route(243, EVERYWHERE, (WAY1,))))
    assert (await observed(world.kernel)).of(Route) == {Route(243, EVERYWHERE, (WAY1,))}


@in_both
async def test_a_link_that_goes_takes_the_whole_balanced_route_along(world: World) -> None:
    await world.kernel.apply(Put(BALANCED))
    world.remove_link("eth1")
    assert (await observed(world.kernel)).of(Route) == frozenset()


@in_both
async def test_a_strangers_route_in_our_table_is_seen_and_can_be_removed(world: World) -> None:
    foreign = Route(243, IPv4Network("198.51.100.0/24"), (WAY1,), metric=7)
    world.stranger(Put(foreign))
    assert (await observed(world.kernel)).of(Route) == {foreign}
    await world.kernel.apply(Remove(foreign))
    assert (await observed(world.kernel)).of(Route) == frozenset()


@in_both
async def test_settings_are_written_and_read(world: World) -> None:
    for value in ("2", "1"):
        await world.kernel.apply(Put(Sysctl(RP_FILTER, value)))
        assert Sysctl(RP_FILTER, value) in (await observed(world.kernel)).of(Sysctl)
    with pytest.raises(KernelRejected, match="No such file"):
        await world.kernel.apply(Put(Sysctl("net/ipv4/conf/absent/rp_filter", "2")))


@in_both
async def test_the_ruleset_is_recognised_until_somebody_touches_it(world: World) -> None:
    kernel = world.kernel
    for _ in range(2):
        await kernel.apply(Put(RULESET))
        assert (await observed(kernel)).only(Ruleset) == RULESET
    world.flush_ruleset()
    assert (await observed(kernel)).only(Ruleset) == ALTERED
    await kernel.apply(Put(RULESET))
    assert (await observed(kernel)).only(Ruleset) == RULESET
    world.delete_table()
    assert (await observed(kernel)).only(Ruleset) is None
    await kernel.apply(Put(RULESET))
    assert (await observed(kernel)).only(Ruleset) == RULESET
    for _ in range(2):
        await kernel.apply(Remove(RULESET))
        assert (await observed(kernel)).only(Ruleset) is None


@in_both
async def test_a_restarted_worker_finds_the_ruleset_altered(world: World) -> None:
    await world.kernel.apply(Put(RULESET))
    await world.kernel.apply(Put(NumberSets(frozenset({1}))))
    restarted = world.another_kernel()
    have = await observed(restarted)
    assert (have.only(Ruleset), have.only(NumberSets)) == (ALTERED, NumberSets(frozenset({1})))
    await restarted.apply(Put(RULESET))
    assert (await observed(restarted)).only(Ruleset) == RULESET
    await restarted.close()


@in_both
async def test_the_dead_are_kept_across_a_new_ruleset(world: World) -> None:
    kernel = world.kernel
    with pytest.raises(KernelRejected):
        await kernel.apply(Put(NumberSets(frozenset({1}))))
    await kernel.apply(Put(RULESET))
    for numbers in ({1, 127}, {1, 127}, {2}, {2, 3}):
        await kernel.apply(Put(NumberSets(frozenset(numbers))))
        assert (await observed(kernel)).only(NumberSets) == NumberSets(frozenset(numbers))
        await kernel.apply(Put(RULESET))
        have = await observed(kernel)
        assert (have.only(Ruleset), have.only(NumberSets)) == (RULESET, NumberSets(frozenset(numbers)))
    await kernel.apply(Put(NumberSets(frozenset())))
    assert (await observed(kernel)).only(NumberSets) == NumberSets(frozenset())


@in_both
async def test_flow_counts_are_told_by_number(world: World) -> None:
    assert await world.kernel.flow_counts() == {}
    await world.kernel.apply(Put(RULESET))
    counts = await world.kernel.flow_counts()
    # The kernel itself may have said something over a device that has just come up (IGMP).
    assert counts.keys() == {1, 2}
    assert max(counts.values()) <= 2


@in_both
async def test_our_own_changes_are_no_events(world: World) -> None:
    events = world.kernel.events()
    await observed(world.kernel)
    await world.kernel.facts()
    own = (*RULES, *ROUTES, Address("eth2", IPv4Interface("10.9.8.6/29")))
    for item in (*own, Sysctl(RP_FILTER, "2"), Sysctl("net/ipv4/ip_forward", "1"), RULESET, NumberSets(frozenset({2}))):
        await world.kernel.apply(Put(item))
    for one in (*own, RULESET):
        await world.kernel.apply(Remove(one))
    world.stranger(Put(Rule(244, 244)))
    event = await next_event(events)
    assert (event.subject, event.text) == (Subject.RULE, "rule priority 244 from all lookup 244 protocol 243 added")


@pytest.mark.parametrize(
    ("change", "subject", "text"),
    [
        (Put(RULES[0]), Subject.RULE, "suppress_prefixlength 0 protocol 243 added"),
        (Put(ROUTES[1]), Subject.ROUTE, "route 10.0.1.0/24 dev eth1 table 241 proto static added"),
        (Put(ROUTES[-1]), Subject.ROUTE, "192.0.2.1 dev eth2 onlink weight 2 added"),
        (Put(Address("eth2", IPv4Interface("10.9.8.6/29"))), Subject.ADDRESS, "address 10.9.8.6/29 dev eth2 added"),
        (
            Remove(Address("eth2", IPv4Interface("10.0.2.2/24"))),
            Subject.ADDRESS,
            "address 10.0.2.2/24 dev eth2 deleted",
        ),
        (Put(Sysctl(RP_FILTER, "1")), Subject.SYSCTL, f"{RP_FILTER}=1"),
    ],
    ids=str,
)
@in_both
async def test_a_strangers_change_is_an_event(world: World, change: Put | Remove, subject: Subject, text: str) -> None:
    await world.kernel.facts()
    await observed(world.kernel)
    events = world.kernel.events()
    world.stranger(change)
    event = await next_event(events)
    assert event.subject is subject
    assert event.text.endswith(text)


@in_both
async def test_links_and_the_ruleset_are_events(world: World) -> None:
    await world.kernel.apply(Put(RULESET))
    await world.kernel.facts()
    events = world.kernel.events()
    world.set_down("eth1")
    assert (await event_about(events, Subject.LINK)).text == "link eth1 is set down"
    world.flush_ruleset()
    event = await event_about(events, Subject.RULESET)
    assert event.actor.startswith("nft (pid ")
    world.remove_link("eth2")
    while (event := await event_about(events, Subject.LINK)).text != "link eth2 is gone":
        pass


@in_both
async def test_events_end_when_the_kernel_is_closed(world: World) -> None:
    events = world.kernel.events()
    await world.kernel.close()
    assert [event async for event in events] == []


@in_both
async def test_what_goes_on_elsewhere_is_forgotten_and_all_of_a_gateway_that_is_gone(world: World) -> None:
    for number in (1, 2):
        world.add_flows(number, 5, tcp=False, inbound=False, answered=True)
        world.add_flows(number, 4, tcp=True, inbound=False, answered=True)
        world.add_flows(number, 3, tcp=True, inbound=False, answered=False)
        world.add_flows(number, 2, tcp=False, inbound=True, answered=True)
    assert await world.kernel.forget_flows(ipv4(1), Protocols.MOVABLE) == 8
    assert world.flow_count() == 14 + 6
    assert await world.kernel.forget_flows(ipv4(1), Protocols.MOVABLE) == 0
    assert await world.kernel.forget_flows(ipv4(1), Protocols.ALL) == 4 + 2
    assert world.flow_count() == 14


@pytest.mark.parametrize("number", [0, 128, -1])
@in_both
async def test_without_a_number_no_flow_is_forgotten(world: World, number: int) -> None:
    world.add_flows(1, 3, tcp=False, inbound=False, answered=True)
    with pytest.raises(ValueError, match="not the number of a gateway"):
        await world.kernel.forget_flows(ipv4(number), Protocols.ALL)
    with pytest.raises(ValueError, match="not the number of a gateway"):
        await world.kernel.tell_clients(ipv4(number))
    assert world.flow_count() == 3


@in_both
async def test_traffic_is_told_by_name(world: World) -> None:
    assert {"eth1", "eth2"} <= set(await world.kernel.traffic())


@in_both
async def test_a_neighbor_on_an_absent_interface_cannot_be_resolved(world: World) -> None:
    await world.kernel.resolve("eth1", ISP1)
    with pytest.raises(KernelRejected, match="eth9"):
        await world.kernel.resolve("eth9", ISP1)
