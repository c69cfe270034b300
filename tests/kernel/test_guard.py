"""Guard with real packets: what a host beside the modem reaches of the router and the LAN, in IPv4 and IPv6."""

import select
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from app.kernel.contract import ALTERED
from app.kernel.linux import LinuxKernel
from app.model.config import Config
from app.plan.ruleset import Ruleset
from app.plan.state import Put, Scope
from app.service.edits.settings import change_panel
from lab.waiting import wait_until
from tests.kernel.beside import ANSWERED, DROPPED, V4, V6, Addresses, Beside
from tests.kernel.test_nft_table import run
from tests.plan.test_guard import guarded, ruleset

SSH, PANEL, WEB, DNS = 22, 443, 80, 53
FAMILIES = pytest.mark.parametrize("at", [V4, V6], ids=["IPv4", "IPv6"])


@pytest.fixture(scope="module")
def net() -> Iterator[Beside]:
    made = Beside()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _fresh(net: Beside) -> None:
    net.router.nft("flush ruleset")


def install(net: Beside, config: Config) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(ruleset(config)))
        assert (await kernel.observe(Scope())).only(Ruleset) == ruleset(config)

    run(net.router, scenario)


def on(net: Beside, **fields: Any) -> None:
    install(net, guarded(**fields))


@FAMILIES
@pytest.mark.parametrize("mode", ["undecided", "off"])
def test_without_guard_the_isps_segment_reaches_everything(net: Beside, at: Addresses, mode: str) -> None:
    """What the other tests find closed is open here: they can fail."""
    install(net, guarded(mode))
    assert net.tcp(net.beside, net.lan, at.lan, WEB) == ANSWERED
    assert net.udp(net.beside, net.lan, at.lan, DNS) == ANSWERED
    assert net.tcp(net.beside, net.router, at.router_outside, SSH) == ANSWERED
    assert net.tcp(net.beside, net.router, at.router_inside, SSH) == ANSWERED
    assert net.udp(net.beside, net.router, at.router_outside, DNS) == ANSWERED
    assert net.pings(net.beside, at.lan) == 1
    assert net.tcp(net.beside, net.router, at.router_outside, PANEL) == DROPPED


@FAMILIES
def test_the_isps_segment_reaches_neither_lan_nor_router(net: Beside, at: Addresses) -> None:
    on(net)
    assert net.tcp(net.beside, net.lan, at.lan, WEB) == DROPPED
    assert net.udp(net.beside, net.lan, at.lan, DNS) == DROPPED
    assert net.pings(net.beside, at.lan) == 0
    for address in (at.router_outside, at.router_inside):
        assert net.tcp(net.beside, net.router, address, SSH) == DROPPED
        assert net.tcp(net.beside, net.router, address, PANEL) == DROPPED
        assert net.udp(net.beside, net.router, address, DNS) == DROPPED


@FAMILIES
def test_the_lan_is_never_locked_out(net: Beside, at: Addresses) -> None:
    on(net)
    for port in (SSH, PANEL):
        assert net.tcp(net.lan, net.router, at.router_inside, port) == ANSWERED
        assert net.tcp(net.lan, net.router, at.router_outside, port) == ANSWERED
    assert net.udp(net.lan, net.router, at.router_inside, DNS) == ANSWERED
    assert net.tcp(net.lan, net.beside, at.beside, WEB) == ANSWERED
    assert net.udp(net.lan, net.beside, at.beside, DNS) == ANSWERED
    assert net.pings(net.lan, at.beside) == 1
    assert net.pings(net.lan, at.router_inside) == 1
    assert net.tcp(net.router, net.router, at.router_inside, SSH) == ANSWERED  # by the loopback


@FAMILIES
def test_what_the_router_sends_is_answered(net: Beside, at: Addresses) -> None:
    """Its probes: TCP, UDP and ping; also with no neighbor known yet."""
    on(net)
    net.forget_neighbors()
    assert net.pings(net.router, at.beside) == 1
    assert net.tcp(net.router, net.beside, at.beside, WEB) == ANSWERED
    assert net.udp(net.router, net.beside, at.beside, DNS) == ANSWERED


def test_a_reply_may_arrive_by_another_isp(net: Beside) -> None:
    """The far host sends all that goes to this address of the router through the other cable."""
    on(net)
    net.beside.ip("route add 192.168.1.1/32 via 172.17.0.1 dev isp2")
    try:
        assert net.pings(net.router, V4.elsewhere) == 1
        assert net.tcp(net.router, net.beside, V4.elsewhere, WEB) == ANSWERED
        assert net.tcp(net.lan, net.beside, V4.elsewhere, WEB) == ANSWERED  # it has the router's address there
    finally:
        net.beside.ip("route del 192.168.1.1/32 dev isp2")


@FAMILIES
def test_ping_is_answered_within_a_limit(net: Beside, at: Addresses) -> None:
    on(net)
    net.forget_neighbors()  # and so are neighbor solicitations
    assert net.pings(net.beside, at.router_outside, 5) == 5
    assert 40 <= net.pings(net.beside, at.router_outside, 400) <= 200, "the burst, and some of what follows"


@FAMILIES
def test_an_error_comes_back_to_the_router(net: Beside, at: Addresses) -> None:
    on(net)
    with net.router.call(lambda: socket.socket(at.family, socket.SOCK_DGRAM)) as one:
        one.settimeout(1)
        one.connect((at.beside, 9))
        one.send(b"nobody listens there")
        with pytest.raises(ConnectionRefusedError):
            one.recv(16)


def test_the_router_hears_dhcp(net: Beside) -> None:
    """A reply to a broadcast is no reply to conntrack: it is let in by its ports."""
    on(net)
    assert net.udp(net.beside, net.router, V4.router_outside, 68, sent_from=67) == ANSWERED
    assert net.udp(net.beside, net.router, V4.router_outside, 68, sent_from=9067) == DROPPED
    assert net.udp(net.beside, net.router, V6.router_outside, 546, sent_from=547) == ANSWERED


def test_the_router_hears_router_advertisements(net: Beside) -> None:
    on(net)
    net.router.execute("sysctl", "-qw", "net.ipv6.conf.eth1.accept_ra=2")
    advertisement = bytes([134, 0, 0, 0, 64, 0, 0, 60, *bytes(8)])
    with net.beside.call(lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)) as one:
        index = net.beside.call(lambda: socket.if_nametoindex("isp1"))
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)

        def advertised() -> bool:
            one.sendto(advertisement, ("ff02::1", 0, 0, index))
            return "proto ra" in net.router.execute("ip", "-6", "route", "show", "default")

        wait_until(advertised, "a default route by router advertisement")
    net.router.execute("ip", "-6", "route", "flush", "proto", "ra")


@FAMILIES
def test_what_is_published_by_another_program_is_reached(net: Beside, at: Addresses) -> None:
    on(net)
    family, where = ("ip6", f"[{at.lan}]") if at is V6 else ("ip", at.lan)
    net.router.nft(
        "table inet theirs { chain pre { type nat hook prerouting priority dstnat;"
        f" iifname eth1 meta l4proto {{ tcp, udp }} th dport 8080 dnat {family} to {where}:80;"
        " iifname eth1 tcp dport 2222 redirect to :22; }; }"
    )
    assert net.tcp(net.beside, net.lan, at.router_outside, 8080, served_at=WEB) == ANSWERED
    assert net.tcp(net.beside, net.router, at.router_outside, 2222, served_at=SSH) == ANSWERED
    assert net.tcp(net.beside, net.lan, at.lan, WEB) == DROPPED
    assert net.tcp(net.beside, net.router, at.router_outside, SSH) == DROPPED


@FAMILIES
def test_what_is_listed_is_reached_on_the_router_alone(net: Beside, at: Addresses) -> None:
    on(net, allowed=f"22/tcp from {at.network}, 50-60/udp, 80/tcp")
    assert net.tcp(net.beside, net.router, at.router_outside, SSH) == ANSWERED
    assert net.udp(net.beside, net.router, at.router_outside, DNS) == ANSWERED
    assert net.tcp(net.beside, net.router, at.router_outside, WEB) == ANSWERED
    assert net.tcp(net.beside, net.lan, at.lan, WEB) == DROPPED
    on(net, allowed="22/tcp from 203.0.113.0/24, 22/tcp from 2001:db8::/32, 22/udp")
    assert net.tcp(net.beside, net.router, at.router_outside, SSH) == DROPPED


@FAMILIES
def test_a_trusted_network_is_as_good_as_a_lan(net: Beside, at: Addresses) -> None:
    on(net, trusted=f"{at.network}, 192.168.0.0/16")
    assert net.tcp(net.beside, net.router, at.router_outside, SSH) == ANSWERED
    assert net.tcp(net.beside, net.lan, at.lan, WEB) == ANSWERED
    on(net, trusted="203.0.113.0/24, 2001:db8::/32")
    assert net.tcp(net.beside, net.lan, at.lan, WEB) == DROPPED


@FAMILIES
def test_the_panel_is_reached_where_it_is_allowed_on_wan_ports(net: Beside, at: Addresses) -> None:
    install(net, change_panel(guarded(), {"reachable_from_outside": True}))
    assert net.tcp(net.beside, net.router, at.router_outside, PANEL) == ANSWERED
    assert net.tcp(net.beside, net.router, at.router_outside, SSH) == DROPPED


def test_a_drop_is_final_whoever_drops(net: Beside) -> None:
    """Neither table opens what the other closes, whichever comes first."""
    on(net, allowed="22/tcp")
    for priority in (-10, 10):
        net.router.nft(
            f"table inet theirs {{ chain in {{ type filter hook input priority {priority}; tcp dport 80 accept;"
            " tcp dport 22 drop; }; }"
        )
        assert net.tcp(net.beside, net.router, V4.router_outside, WEB) == DROPPED
        assert net.tcp(net.beside, net.router, V4.router_outside, SSH) == DROPPED
        net.router.nft("delete table inet theirs")
        assert net.tcp(net.beside, net.router, V4.router_outside, SSH) == ANSWERED


def test_a_connection_that_is_open_survives_guard(net: Beside) -> None:
    install(net, guarded("off"))
    with (
        net.lan.call(lambda: socket.create_server(("", WEB))) as server,
        net.beside.call(lambda: socket.create_connection((V4.lan, WEB), timeout=1)) as one,
        server.accept()[0] as other,
    ):
        on(net)
        one.send(b"still there?")
        assert select.select([other], [], [], 1)[0]


def test_a_segment_of_no_known_connection_is_dropped(net: Beside) -> None:
    """Conntrack takes an ACK out of the blue for a new flow, and an answer to nothing for invalid."""
    on(net)
    net.router.nft(
        "table inet theirs { counter seen { }; chain in { type filter hook input priority 10;"
        " iifname eth1 meta l4proto tcp counter name seen; }; }"
    )
    for flags in (0x10, 0x12, 0x04, 0x00):  # ACK, SYN/ACK, RST, none
        with net.beside.call(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)) as one:
            one.sendto(_segment(flags), (V4.router_outside, 0))
    assert net.pings(net.beside, V4.router_outside) == 1  # behind them on the same cable
    assert "packets 0 " in net.router.nft("list counter inet theirs seen")


def _segment(flags: int) -> bytes:
    """A TCP header to port 22 with a right checksum, for these addresses."""
    ends = socket.inet_aton(V4.beside) + socket.inet_aton(V4.router_outside)
    ports = (40_000).to_bytes(2, "big") + SSH.to_bytes(2, "big")
    bare = ports + bytes(7) + b"\1" + bytes([0x50, flags]) + b"\xff\xff" + bytes(4)
    words = ends + b"\0\6\0\x14" + bare
    total = sum(int.from_bytes(words[i : i + 2], "big") for i in range(0, len(words), 2))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return bare[:16] + (~total & 0xFFFF).to_bytes(2, "big") + bare[18:]


def test_guard_comes_and_goes_and_a_stranger_s_rule_in_it_is_noticed(net: Beside) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        listings: dict[str, list[str]] = {}
        for mode in ("off", "on", "off", "on"):
            await kernel.apply(Put(ruleset(guarded(mode))))
            listing = net.router.nft("list table inet multihome")
            assert listings.setdefault(mode, sorted(listing.split("\n\n"))) == sorted(listing.split("\n\n"))
            assert ("guard_input" in listing) == (mode == "on")
        await kernel.flow_counts()
        net.router.nft("insert rule inet multihome guard_input tcp dport 22 accept")
        assert (await kernel.observe(Scope())).only(Ruleset) == ALTERED
        await kernel.apply(Put(ruleset(guarded())))
        assert (await kernel.observe(Scope())).only(Ruleset) == ruleset(guarded())
        assert sorted(net.router.nft("list table inet multihome").split("\n\n")) == listings["on"]
        # Packets that pass a limit change nothing that counts as drift.
        net.pings(net.beside, V4.router_outside, 80)
        net.router.nft("add table inet another")
        assert (await kernel.observe(Scope())).only(Ruleset) == ruleset(guarded())

    run(net.router, scenario)
