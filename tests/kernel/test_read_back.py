"""Every field that we write, as `ip` reads it: what a library drops in silence shows here, whatever our reader says."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_interface

import pytest

from app.kernel.linux import LinuxKernel
from app.model.family import Family
from app.model.layout import MARK_MASK, mark
from app.plan.objects.address import Address
from app.plan.objects.route import EVERYWHERE, Nexthop, Route, RouteKind
from app.plan.objects.rule import Rule
from app.plan.state import Put
from tests.kernel.namespace import Namespace

ISP1, ISP2, FAR = (IPv4Address(one) for one in ("10.0.1.1", "10.0.2.1", "192.0.2.1"))
SOURCE = IPv4Network("10.0.1.0/24")
BLACKHOLE = RouteKind.BLACKHOLE

RULES = (
    (Rule(240, 254, suppress_prefixlength=0), "240: from all lookup main suppress_prefixlength 0 proto 243"),
    (Rule(243, 243), "243: from all lookup 243 proto 243"),
    (Rule(241, 24127), "241: from all lookup 24127 proto 243"),
    (Rule(241, 241, source=SOURCE), "241: from 10.0.1.0/24 lookup 241 proto 243"),
    (Rule(241, 241, source=IPv4Network("10.0.1.7/32")), "241: from 10.0.1.7 lookup 241 proto 243"),
    (Rule(242, 252, output_interface="eth1"), "242: from all oif eth1 lookup 252 proto 243"),
    (Rule(242, 242, mark=0, mask=MARK_MASK), "242: from all fwmark 0/0x7f000000 lookup 242 proto 243"),
    (Rule(242, 242, mark=mark(127), mask=MARK_MASK), "242: from all fwmark 0x7f000000/0x7f000000 lookup 242 proto 243"),
    (Rule(241, 242, mark=mark(1), mask=MARK_MASK), "241: from all fwmark 0x1000000/0x7f000000 lookup 242 proto 243"),
)
ROUTES = (
    (Route(243, EVERYWHERE, (Nexthop("eth1", ISP1),)), "default via 10.0.1.1 dev eth1 proto static"),
    (Route(243, EVERYWHERE, (Nexthop("eth1"),)), "default dev eth1 proto static scope link"),
    (
        Route(243, EVERYWHERE, (Nexthop("eth1", FAR, onlink=True),)),
        "default via 192.0.2.1 dev eth1 proto static onlink",
    ),
    (Route(24127, SOURCE, (Nexthop("eth1"),)), "10.0.1.0/24 dev eth1 proto static scope link"),
    (
        Route(244, EVERYWHERE, (Nexthop("eth1", ISP1),), metric=1001, source=IPv4Address("10.0.1.2")),
        "default via 10.0.1.1 dev eth1 proto static src 10.0.1.2 metric 1001",
    ),
    (
        Route(241, EVERYWHERE, (), metric=4_000_000_000, kind=BLACKHOLE),
        "blackhole default proto static metric 4000000000",
    ),
    (
        Route(243, EVERYWHERE, (Nexthop("eth1", ISP1, 1), Nexthop("eth2", ISP2, 256))),
        "default proto static nexthop via 10.0.1.1 dev eth1 weight 1 nexthop via 10.0.2.1 dev eth2 weight 256",
    ),
    (
        Route(243, EVERYWHERE, (Nexthop("eth2", FAR, 7, onlink=True), Nexthop("eth1", None, 2)), metric=5),
        "default proto static metric 5 nexthop via 192.0.2.1 dev eth2 weight 7 onlink nexthop dev eth1 weight 2",
    ),
)


V6 = Family.IPV6
LINK_LOCAL, FAR6 = IPv6Address("fe80::1"), IPv6Address("2001:db8:f::1")
RULES6 = (
    (Rule(240, 254, suppress_prefixlength=0, family=V6), "240: from all lookup main suppress_prefixlength 0 proto 243"),
    (
        Rule(241, 241, source=IPv6Network("2001:db8:1::/64"), mark=0, mask=MARK_MASK, family=V6),
        "241: from 2001:db8:1::/64 fwmark 0/0x7f000000 lookup 241 proto 243",
    ),
    (Rule(242, 252, output_interface="eth1", family=V6), "242: from all oif eth1 lookup 252 proto 243"),
    (
        Rule(242, 242, mark=mark(127), mask=MARK_MASK, family=V6),
        "242: from all fwmark 0x7f000000/0x7f000000 lookup 242 proto 243",
    ),
)
ROUTES6 = (
    (
        Route(243, V6.everywhere, (Nexthop("eth1", LINK_LOCAL),)),
        "default via fe80::1 dev eth1 proto static metric 1024 pref medium",
    ),
    (
        Route(243, V6.everywhere, (Nexthop("eth1", FAR6, onlink=True),), metric=7),
        "default via 2001:db8:f::1 dev eth1 proto static metric 7 onlink pref medium",
    ),
    (
        Route(243, IPv6Network("2001:db8:1::/64"), (Nexthop("eth1"),)),
        "2001:db8:1::/64 dev eth1 proto static metric 1024 pref medium",
    ),
    (
        Route(243, V6.everywhere, (), metric=4_000_000_000, kind=BLACKHOLE),
        "blackhole default dev lo proto static metric 4000000000 pref medium",
    ),
    (
        Route(243, IPv6Network("2001:db8:a100::/56"), (), kind=RouteKind.UNREACHABLE),
        "unreachable 2001:db8:a100::/56 dev lo proto static metric 1024 pref medium",
    ),
    (
        Route(243, V6.everywhere, (Nexthop("eth1", LINK_LOCAL, 1), Nexthop("eth2", LINK_LOCAL, 256))),
        (
            "default proto static metric 1024 pref medium"
            " nexthop via fe80::1 dev eth1 weight 1 nexthop via fe80::1 dev eth2 weight 256"
        ),
    ),
)


def applied(namespace: Namespace, item: Rule | Route | Address) -> None:
    namespace.ip(
        *(f"link add eth{n} type veth peer name far{n}" for n in (1, 2)),
        *(f"link set {name}{n} up" for name in ("eth", "far") for n in (1, 2)),
        *(f"address add 10.0.{n}.2/24 dev eth{n}" for n in (1, 2)),
    )

    async def put() -> None:
        kernel = LinuxKernel()
        await kernel.apply(Put(item))
        await kernel.close()

    namespace.run(put)


@pytest.mark.parametrize(("rule", "line"), RULES, ids=[line for _, line in RULES])
def test_a_rule_is_what_ip_reads(namespace: Namespace, rule: Rule, line: str) -> None:
    applied(namespace, rule)
    listed = [" ".join(one.split()) for one in namespace.ip("rule show").splitlines()]
    assert listed == ["0: from all lookup local", line, "32766: from all lookup main", "32767: from all lookup default"]


@pytest.mark.parametrize(("rule", "line"), RULES6, ids=[line for _, line in RULES6])
def test_a_rule_of_ipv6_is_what_ip_reads(namespace: Namespace, rule: Rule, line: str) -> None:
    applied(namespace, rule)
    listed = [" ".join(one.split()) for one in namespace.execute("ip", "-6", "rule", "show").splitlines()]
    assert listed == ["0: from all lookup local", line, "32766: from all lookup main"]


@pytest.mark.parametrize(("route", "line"), ROUTES6, ids=[line for _, line in ROUTES6])
def test_a_route_of_ipv6_is_what_ip_reads(namespace: Namespace, route: Route, line: str) -> None:
    applied(namespace, route)
    shown = namespace.execute("ip", "-6", "route", "show", "table", str(route.table))
    assert " ".join(shown.split()) == line


@pytest.mark.parametrize(("route", "line"), ROUTES, ids=[line for _, line in ROUTES])
def test_a_route_is_what_ip_reads(namespace: Namespace, route: Route, line: str) -> None:
    applied(namespace, route)
    assert " ".join(namespace.ip(f"route show table {route.table}").split()) == line


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("10.9.8.6/29", "inet 10.9.8.6/29 brd 10.9.8.7 scope global eth1"),
        ("10.9.8.6/31", "inet 10.9.8.6/31 scope global eth1"),
        ("10.9.8.6/32", "inet 10.9.8.6/32 scope global eth1"),
        ("2001:db8::6/64", "inet6 2001:db8::6/64 scope global"),
        ("2001:db8::6/128", "inet6 2001:db8::6/128 scope global"),
    ],
)
def test_an_address_is_what_ip_reads(namespace: Namespace, address: str, line: str) -> None:
    applied(namespace, Address("eth1", ip_interface(address)))
    assert line in namespace.ip("address show dev eth1")
