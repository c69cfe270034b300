"""Routes as strangers make them: default routes among 100,000 others, and what is in the way of ours."""

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address

import pytest

from app.kernel.linux import LinuxKernel
from app.model.family import Family
from app.plan.objects.route import EVERYWHERE, Nexthop, Route, RouteKind
from app.plan.state import Put, Remove, Scope
from tests.kernel.namespace import Namespace

Scenario = Callable[[LinuxKernel], Awaitable[None]]
V4, V6 = Family.IPV4, Family.IPV6
SCOPE = Scope(tables=frozenset({243}))
WAY = Nexthop("eth1", IPv4Address("10.0.1.1"))
OURS = Route(243, EVERYWHERE, (WAY,))


def run(namespace: Namespace, scenario: Scenario) -> None:
    namespace.ip("link add eth1 type veth peer name far", "link set eth1 up", "link set far up")
    namespace.ip("address add 10.0.1.2/24 dev eth1")

    async def inside() -> None:
        kernel = LinuxKernel()
        try:
            await asyncio.wait_for(scenario(kernel), timeout=20)
        finally:
            await kernel.close()

    namespace.run(inside)


def test_default_routes_are_found_among_those_that_sort_near_them(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        assert (await kernel.facts()).defaults == ()
        namespace.ip(
            "route add 0.0.0.0/8 dev eth1",
            "route add 0.0.0.0/1 dev eth1",
            "route add 0.0.0.7/32 dev eth1",
            "route add default via 10.0.1.1 metric 9",
            "route add default proto dhcp metric 10 nexthop via 10.0.1.7 dev eth1 nexthop via 10.0.1.8 dev eth1",
            "route add default dev eth1 metric 4294967295",
            "route add unreachable default metric 8",
            "route add 128.0.0.0/1 dev eth1",
        )
        found = [(str(one.next_hop), one.metric) for one in (await kernel.facts()).defaults]
        assert found == [("10.0.1.1", 9), ("10.0.1.7", 10), ("10.0.1.8", 10), ("None", 4294967295)]

    run(namespace, scenario)


def test_a_default_route_says_from_which_address_to_send(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        namespace.ip("route add default via 10.0.1.1 dev eth1 src 10.0.1.2", "route add default dev eth1 metric 9")
        assert [one.source for one in (await kernel.facts()).defaults] == [IPv4Address("10.0.1.2"), None]

    run(namespace, scenario)


@pytest.mark.parametrize("kind", ["prohibit", "throw", "local"])
def test_a_kind_that_we_never_make_equals_nothing_of_ours(namespace: Namespace, kind: str) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        namespace.ip(f"route add {kind} default{' dev lo' if kind == 'local' else ''} table 243 metric 5")
        (found,) = (await kernel.observe(SCOPE)).of(Route)
        assert (found.metric, found.nexthops, found.kind) == (5, (), RouteKind.UNICAST)
        ours = Route(243, EVERYWHERE, (), metric=5, kind=RouteKind.BLACKHOLE)
        await kernel.apply(Put(ours))
        assert (await kernel.observe(SCOPE)).of(Route) == {ours}
        namespace.ip(f"route replace {kind} default{' dev lo' if kind == 'local' else ''} table 243 metric 5")
        await kernel.apply(Remove(ours))
        assert (await kernel.observe(SCOPE)).of(Route) == frozenset()

    run(namespace, scenario)


def test_a_strangers_unreachable_route_gives_way(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        namespace.ip("route add unreachable default table 243")
        (found,) = (await kernel.observe(SCOPE)).of(Route)
        assert found == Route(243, EVERYWHERE, (), kind=RouteKind.UNREACHABLE)
        await kernel.apply(Put(OURS))
        assert (await kernel.observe(SCOPE)).of(Route) == {OURS}

    run(namespace, scenario)


def test_a_route_that_was_put_in_front_of_ours_is_seen_and_gives_way(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(OURS))
        for last in (7, 8):
            namespace.ip(f"route prepend default via 10.0.1.{last} dev eth1 table 243")
        (found,) = (await kernel.observe(SCOPE)).of(Route)
        assert found.nexthops == (Nexthop("eth1", IPv4Address("10.0.1.8")),)
        await kernel.apply(Put(OURS))
        assert (await kernel.observe(SCOPE)).of(Route) == {OURS}
        assert len(namespace.ip("route show table 243").splitlines()) == 1

    run(namespace, scenario)


def test_a_route_for_a_type_of_service_does_not_stay_beside_ours(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(OURS))
        for change in (Put(OURS), Remove(OURS)):
            namespace.ip("route add default via 10.0.1.7 dev eth1 table 243 tos 0x10")
            (found,) = (await kernel.observe(SCOPE)).of(Route)
            assert found.nexthops == (Nexthop("eth1", IPv4Address("10.0.1.7")),)
            await kernel.apply(change)
            assert (await kernel.observe(SCOPE)).of(Route) == ({OURS} if isinstance(change, Put) else set())

    run(namespace, scenario)


def test_what_the_kernel_finds_out_by_itself_is_no_difference(namespace: Namespace) -> None:
    """`linkdown` and `dead` say how things are, not what was asked for."""

    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(OURS))
        namespace.ip("link set far down")
        assert "linkdown" in namespace.ip("route show table 243")
        assert (await kernel.observe(SCOPE)).of(Route) == {OURS}

    run(namespace, scenario)


def test_a_point_to_point_link_has_a_peer(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        namespace.execute("ip", "tuntap", "add", "ppp9", "mode", "tun")
        namespace.ip("link set ppp9 up", "address add 10.8.0.1 peer 10.8.0.2 dev ppp9")
        link = (await kernel.facts()).link("ppp9")
        assert link is not None
        assert (link.up, link.carrier, link.point_to_point, link.mac) == (True, False, True, "")
        assert [(str(one.address), str(one.peer)) for one in link.addresses] == [("10.8.0.1/32", "10.8.0.2")]

    run(namespace, scenario)


def test_a_device_that_is_set_down_has_no_carrier_even_if_it_keeps_one(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        for state, expected in (("up", True), ("down", False)):
            namespace.ip(f"link set lo {state}")
            link = (await kernel.facts()).link("lo")
            assert link is not None
            assert (link.up, link.carrier, link.loopback) == (expected, expected, True)

    run(namespace, scenario)


def test_default_routes_of_ipv6_are_found_wherever_they_come(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        families = tuple(Family)
        assert (await kernel.facts(families=families)).defaults == ()
        namespace.ip(
            "address add 2001:db8:1::2/64 dev eth1 nodad",
            "route add ::/1 dev eth1",
            "route add 2001:db8:9::/48 via 2001:db8:1::9",
            "route add ::/0 via fe80::1 dev eth1 metric 9",
            "route add ::/0 via 2001:db8:1::1 metric 10",
            "route add unreachable ::/0 metric 8",
            "route add ff00::/9 dev eth1 table main",
            "route add default via 10.0.1.1 metric 9",
        )
        found = await kernel.facts(families=families)
        told = [(one.family, str(one.next_hop), one.metric) for one in found.defaults]
        assert told == [(V4, "10.0.1.1", 9), (V6, "fe80::1", 9), (V6, "2001:db8:1::1", 10)]
        assert [one for one in found.defaults if one.family is V4] == list((await kernel.facts()).defaults)

    run(namespace, scenario)


def test_a_link_has_the_addresses_and_neighbors_of_the_families_that_are_asked_for(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        namespace.ip(
            "address add 2001:db8:1::2/64 dev eth1 nodad",
            "neigh add 10.0.1.1 dev eth1 lladdr 02:00:00:00:00:01 nud reachable",
            "neigh add 2001:db8:1::1 dev eth1 lladdr 02:00:00:00:00:02 nud reachable",
        )
        for families in ((V4,), (V6,), (V4, V6)):
            facts = await kernel.facts({"eth1"}, families)
            link = facts.link("eth1")
            assert link is not None
            own = {str(one.address) for one in link.addresses if not one.address.ip.is_link_local}
            near = {(str(one.address), one.mac) for one in facts.neighbors}
            assert own == {("10.0.1.2/24", "2001:db8:1::2/64")[family is V6] for family in families}
            known = ("10.0.1.1", "02:00:00:00:00:01"), ("2001:db8:1::1", "02:00:00:00:00:02")
            assert near == {known[family is V6] for family in families}
        assert await kernel.facts({"eth1"}) == await kernel.facts({"eth1"}, (V4,))

    run(namespace, scenario)
