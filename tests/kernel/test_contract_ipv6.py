"""The contract once more, with addresses, rules and routes of IPv6: whatever differs from IPv4 is told here."""

import asyncio
from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

import pytest

from app.errors import KernelRejected
from app.kernel.contract import Kernel, RouteQuery, Subject
from app.model.family import Family
from app.model.layout import MARK_MASK, mark
from app.plan.objects.address import Address
from app.plan.objects.route import Nexthop, Route, RouteKind
from app.plan.objects.rule import Rule
from app.plan.state import FamilyObject, KernelObject, KernelState, Put, Remove, Scope
from tests.kernel.test_contract import event_about, next_event
from tests.kernel.worlds import World, with_links

V6 = Family.IPV6
OWN1, OWN2 = IPv6Interface("2001:db8:1::2/64"), IPv6Interface("2001:db8:2::2/64")
in_both = with_links({"eth1": ("10.0.1.2/24", str(OWN1)), "eth2": ("10.0.2.2/24", str(OWN2))})
SCOPE = Scope(tables=frozenset({241, 242, 243, 244, 24127}), managed=frozenset({"eth2"}), families=tuple(Family))
# The same on both: the device is a part of where a next hop is.
LINK_LOCAL = IPv6Address("fe80::1")
WAY1, WAY2 = Nexthop("eth1", LINK_LOCAL), Nexthop("eth2", LINK_LOCAL)
GLOBAL1, GLOBAL2 = Nexthop("eth1", IPv6Address("2001:db8:1::1"), 3), Nexthop("eth2", IPv6Address("2001:db8:2::1"), 256)
FAR = Nexthop("eth2", IPv6Address("2001:db8:f::1"), onlink=True)
BALANCED = Route(243, V6.everywhere, (replace(WAY1, weight=3), replace(WAY2, weight=256)))
BLACKHOLE = Route(241, V6.everywhere, (), metric=4_000_000_000, kind=RouteKind.BLACKHOLE)
DELEGATED = IPv6Network("2001:db8:a100::/56")
UNREACHABLE = Route(243, DELEGATED, (), kind=RouteKind.UNREACHABLE)
RULES = (
    Rule(240, 254, suppress_prefixlength=0, family=V6),
    Rule(241, 241, source=IPv6Network("2001:db8:1::/64"), mark=0, mask=MARK_MASK, family=V6),
    Rule(242, 242, source=IPv6Network("2001:db8:2::2/128"), mark=0, mask=MARK_MASK, family=V6),
    Rule(242, 242, output_interface="eth2", mark=0, mask=MARK_MASK, family=V6),
    Rule(242, 24127, mark=mark(127), mask=MARK_MASK, family=V6),
    Rule(243, 243, family=V6),
)
ROUTES = (
    BALANCED,
    BLACKHOLE,
    UNREACHABLE,
    Route(241, IPv6Network("2001:db8:1::/64"), (Nexthop("eth1"),)),
    Route(241, V6.everywhere, (WAY1,), source=OWN1.ip),
    Route(242, V6.everywhere, (FAR,)),
    Route(242, IPv6Network("8000::/1"), (WAY2,)),
    Route(242, IPv6Network("::/1"), (WAY2,)),
    Route(244, V6.everywhere, (WAY1,), metric=1001),
    Route(244, V6.everywhere, (WAY2,), metric=1025),
    Route(24127, V6.everywhere, (GLOBAL1, GLOBAL2), metric=7),
)
ADDRESSES = (
    Address("eth2", IPv6Interface("2001:db8:2:1::6/64")),
    Address("eth2", IPv6Interface("fd00::6/128")),
    Address("eth2", IPv6Interface("fd00:1::6/127")),
)


async def observed(kernel: Kernel) -> KernelState:
    return await kernel.observe(SCOPE)


@in_both
async def test_nothing_but_the_addresses_is_there_at_first_and_the_link_local_one_is_not_ours(world: World) -> None:
    have = await observed(world.kernel)
    assert set(have) == {Address("eth2", IPv4Interface("10.0.2.2/24")), Address("eth2", OWN2)}


@pytest.mark.parametrize("item", [*RULES, *ROUTES, *ADDRESSES], ids=str)
@in_both
async def test_what_is_put_is_there_and_what_is_removed_is_gone(world: World, item: KernelObject) -> None:
    before = await observed(world.kernel)
    for _ in range(2):
        await world.kernel.apply(Put(item))
        assert set(await observed(world.kernel)) - set(before) == {item}
    for _ in range(2):
        await world.kernel.apply(Remove(item))
        assert await observed(world.kernel) == before


@pytest.mark.parametrize("item", [*RULES, *ROUTES, *ADDRESSES], ids=str)
@in_both
async def test_a_person_who_types_the_words_has_the_same(world: World, item: KernelObject) -> None:
    before = await observed(world.kernel)
    world.stranger(Put(item))
    assert set(await observed(world.kernel)) - set(before) == {item}
    world.stranger(Remove(item))
    assert await observed(world.kernel) == before


@in_both
async def test_all_of_it_can_be_there_at_once_beside_the_same_of_ipv4(world: World) -> None:
    of_ipv4 = (
        Rule(243, 243),
        Rule(242, 24127, mark=mark(127), mask=MARK_MASK),
        Route(241, Family.IPV4.everywhere, (), metric=4_000_000_000, kind=RouteKind.BLACKHOLE),
        Route(243, IPv4Network("198.51.100.0/24"), (), kind=RouteKind.UNREACHABLE),
        Route(244, Family.IPV4.everywhere, (Nexthop("eth1"),), metric=1001),
    )
    before = await observed(world.kernel)
    everything: tuple[FamilyObject, ...] = (*RULES, *ROUTES, *ADDRESSES, *of_ipv4)
    for item in everything:
        await world.kernel.apply(Put(item))
    assert set(await observed(world.kernel)) - set(before) == set(everything)
    for one in everything:
        if one.family is V6:
            await world.kernel.apply(Remove(one))
    assert set(await observed(world.kernel)) - set(before) == set(of_ipv4)


@in_both
async def test_a_family_that_is_not_in_the_scope_is_not_looked_at(world: World) -> None:
    for item in (RULES[0], BALANCED, ADDRESSES[0], Rule(240, 254, suppress_prefixlength=0)):
        await world.kernel.apply(Put(item))
    own = {family: set(await world.kernel.observe(replace(SCOPE, families=(family,)))) for family in Family}
    assert own[V6] == {RULES[0], BALANCED, ADDRESSES[0], Address("eth2", OWN2)}
    assert own[Family.IPV4] == {
        Rule(240, 254, suppress_prefixlength=0),
        Address("eth2", IPv4Interface("10.0.2.2/24")),
    }


@pytest.mark.parametrize(
    "other",
    [
        Route(243, V6.everywhere, (WAY2,)),
        Route(243, V6.everywhere, (GLOBAL1, WAY2)),
        Route(243, V6.everywhere, (WAY1,), source=OWN1.ip),
        Route(243, V6.everywhere, (Nexthop("eth1"),)),
        Route(243, V6.everywhere, (), kind=RouteKind.BLACKHOLE),
        Route(243, V6.everywhere, (), kind=RouteKind.UNREACHABLE),
    ],
    ids=str,
)
@in_both
async def test_a_route_takes_the_place_of_what_has_its_key(world: World, other: Route) -> None:
    for item in (BALANCED, other, BALANCED):
        await world.kernel.apply(Put(item))
        assert (await observed(world.kernel)).of(Route) == {item}


@in_both
async def test_a_route_without_a_metric_is_one_with_the_kernels(world: World) -> None:
    one = Route(241, V6.everywhere, (WAY1,))
    assert one == replace(one, metric=1024)
    await world.kernel.apply(Put(one))
    ((found,), words) = (await observed(world.kernel)).of(Route), one.line
    assert (found.metric, words) == (1024, "-6 default via fe80::1 dev eth1 table 241 proto static metric 1024")


@in_both
async def test_a_next_hop_that_is_set_down_is_rejected_and_the_route_stays(world: World) -> None:
    await world.kernel.apply(Put(Route(243, V6.everywhere, (WAY1,))))
    world.set_down("eth2")
    with pytest.raises(KernelRejected, match=r"ip -6 route replace default table 243 .*: .*"):
        await world.kernel.apply(Put(BALANCED))
    assert (await observed(world.kernel)).of(Route) == {Route(243, V6.everywhere, (WAY1,))}


@in_both
async def test_an_absent_interface_is_named(world: World) -> None:
    for item in (Route(241, V6.everywhere, (Nexthop("eth9", LINK_LOCAL),)), Address("eth9", OWN1)):
        with pytest.raises(KernelRejected, match="eth9"):
            await world.kernel.apply(Put(item))
        await world.kernel.apply(Remove(item))


@in_both
async def test_a_link_that_is_set_down_takes_its_single_routes_and_its_addresses_along(world: World) -> None:
    for item in (Route(241, V6.everywhere, (WAY2,)), BLACKHOLE, Route(244, V6.everywhere, (WAY1,), metric=5), BALANCED):
        await world.kernel.apply(Put(item))
    world.set_down("eth2")
    have = await observed(world.kernel)
    assert have.of(Route) == {BLACKHOLE, Route(244, V6.everywhere, (WAY1,), metric=5), BALANCED}
    assert have.of(Address) == {Address("eth2", IPv4Interface("10.0.2.2/24"))}


@in_both
async def test_a_link_that_goes_takes_its_own_next_hop_along_and_no_other(world: World) -> None:
    await world.kernel.apply(Put(BALANCED))
    world.remove_link("eth1")
    (found,) = (await observed(world.kernel)).of(Route)
    assert [one.way for one in found.nexthops] == [WAY2.way]


@in_both
async def test_the_last_address_takes_no_route_along(world: World) -> None:
    await world.kernel.apply(Put(Route(242, V6.everywhere, (WAY2,))))
    world.stranger(Remove(Address("eth2", OWN2)))
    assert (await observed(world.kernel)).of(Route) == {Route(242, V6.everywhere, (WAY2,))}


@in_both
async def test_our_own_changes_are_no_events(world: World) -> None:
    events = world.kernel.events()
    await observed(world.kernel)
    await world.kernel.facts()
    for item in (*RULES, *ROUTES):
        await world.kernel.apply(Put(item))
    for item in (*RULES, *ROUTES):
        await world.kernel.apply(Remove(item))
    world.stranger(Put(Rule(244, 244, family=V6)))
    event = await event_about(events, Subject.RULE)
    assert event.text == "rule -6 priority 244 from all lookup 244 protocol 243 added"
    assert event.identity == Rule(244, 244, family=V6).identity


@pytest.mark.parametrize(
    ("item", "subject", "text"),
    [
        (RULES[1], Subject.RULE, "rule -6 priority 241 from 2001:db8:1::/64 fwmark 0/0x7f000000 lookup 241"),
        (UNREACHABLE, Subject.ROUTE, f"route -6 unreachable {DELEGATED} table 243 proto static metric 1024 added"),
        (BALANCED, Subject.ROUTE, "route -6 default table 243 proto static metric 1024 nexthop via fe80::1 dev eth1 "),
        (ADDRESSES[0], Subject.ADDRESS, "address -6 2001:db8:2:1::6/64 dev eth2 added"),
    ],
    ids=str,
)
@in_both
async def test_a_strangers_change_is_an_event_while_its_family_is_looked_at(
    world: World, item: KernelObject, subject: Subject, text: str
) -> None:
    events = world.kernel.events()
    await world.kernel.facts()
    await world.kernel.observe(replace(SCOPE, families=(Family.IPV4,)))
    world.stranger(Put(item))
    world.stranger(Put(Rule(245, 245)))
    assert (await next_event(events)).text.startswith("rule priority 245")
    world.stranger(Remove(item))
    await observed(world.kernel)
    world.stranger(Put(item))
    while not (event := await asyncio.wait_for(anext(aiter(events)), timeout=5)).text.startswith(text):
        pass
    assert (event.subject, event.identity) == (subject, item.identity)


@in_both
async def test_the_kernel_says_where_a_packet_of_ipv6_would_go(world: World) -> None:
    for item in (Rule(242, 242, mark=mark(2), mask=MARK_MASK, family=V6), Route(242, V6.everywhere, (WAY2,))):
        await world.kernel.apply(Put(item))
    question = RouteQuery(OWN2.ip, IPv6Address("2001:db8:ffff::1"), 17, 40000, 53, mark=mark(2))
    routed = await world.kernel.route(question)
    assert routed is not None
    assert (routed.interface, routed.next_hop) == ("eth2", LINK_LOCAL)
    assert await world.kernel.route(replace(question, mark=0)) is None


@in_both
async def test_a_next_hop_of_ipv6_can_be_resolved(world: World) -> None:
    await world.kernel.resolve("eth1", LINK_LOCAL)
    with pytest.raises(KernelRejected, match="eth9"):
        await world.kernel.resolve("eth9", LINK_LOCAL)
