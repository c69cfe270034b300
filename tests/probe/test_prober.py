import time
from collections.abc import AsyncIterator
from ipaddress import IPv4Address

import pytest

from app.health.monitor import Monitor
from app.health.situation import Situation
from app.health.watch import Watch
from app.model.check import Check, HttpCheck, IcmpCheck, TcpCheck, UdpCheck
from app.model.leg import LegId
from app.model.timing import Timing
from app.model.verdict import Layer, State, Verdict
from app.probe.path import Path
from app.probe.prober import Prober, moment
from tests.legs import ipv4
from tests.probe.network import FIRST, TARGET, Network, until
from tests.probe.servers import dns_reply, page, udp_server, web_server
from tests.yielding import others_run

pytestmark = pytest.mark.anyio

FAST = Timing(interval_s=0.1, timeout_s=0.2, fall=3, rise=2, hold_s=0.3)
ICMP = IcmpCheck(targets=(TARGET,))
SECOND = Path(2, "eth2", IPv4Address("172.17.0.1"))
LINKED = Situation("eth1", source=FIRST.source, next_hop=IPv4Address("192.168.1.2"))
CUT = Situation("eth1", fault=Layer.CARRIER, text="no carrier on eth1")


def monitor(*checks: Check, timing: Timing = FAST, number: int = 1) -> Monitor:
    now = moment()
    first = Verdict(state=State.UNKNOWN, reason="not probed yet", since=now.wall)
    made = Monitor(Watch(number, checks or (ICMP,), timing), first, now)
    made.attach(LINKED, now)
    return made


@pytest.fixture
def changed() -> list[LegId]:
    """The legs whose verdict changed, as they are said."""
    return []


@pytest.fixture
async def prober(network: Network, changed: list[LegId]) -> AsyncIterator[Prober]:
    made = Prober(changed.append)
    yield made
    made.close()


async def test_a_gateway_comes_up_falls_and_returns(network: Network, prober: Prober, changed: list[LegId]) -> None:
    one = monitor()
    prober.watch(ipv4(1), FIRST, one)
    await until(lambda: one.verdict.state is State.UP)
    assert changed == [ipv4(1)]
    network.deaf("isp1")
    await until(lambda: one.verdict.state is State.DOWN)
    assert one.verdict.layer is Layer.ICMP
    assert one.verdict.reason == f"no reply from {TARGET} (icmp, 3 probes)"
    network.hearing("isp1")
    await until(lambda: one.verdict.state is State.UP)
    assert set(changed) == {ipv4(1)}


async def test_four_layers_each_see_their_own_fault(network: Network, prober: Prober) -> None:
    checks = (
        ICMP,
        TcpCheck(targets=(TARGET,), port=80),
        UdpCheck(targets=(TARGET,)),
        HttpCheck(url=f"http://{TARGET}/", status=200),
    )
    one = monitor(*checks, timing=Timing(interval_s=0.1, timeout_s=1, hold_s=0))
    status = "200 OK"
    async with udp_server(network, 53, dns_reply("example.com. 60 IN A 192.0.2.1")):
        async with web_server(network, lambda _: page(status, Location="/login")):
            prober.watch(ipv4(1), FIRST, one)
            await until(lambda: one.verdict.state is State.UP)
            status = "302 Found"
            await until(lambda: one.verdict.layer is Layer.HTTP)
            assert one.verdict.reason == f"http://{TARGET}/ answers 302, 200 was expected"
        await until(lambda: one.verdict.layer is Layer.TCP)
        assert one.verdict.reason == f"{TARGET} port 80 refuses connections (tcp, 3 probes)"
        network.deaf("isp1")
        await until(lambda: one.verdict.layer is Layer.ICMP)
        assert [layer.ok for layer in one.layers() if layer.layer is Layer.UDP] == [True]
    network.hearing("isp1")
    async with web_server(network, lambda _: page("200 OK")):
        await until(lambda: one.verdict.layer is Layer.UDP)
        assert one.verdict.reason == f"{TARGET} port 53 is closed (udp, 3 probes)"


async def test_one_gateway_dies_and_the_other_does_not_notice(
    network: Network, prober: Prober, changed: list[LegId]
) -> None:
    one, two = monitor(), monitor(number=2)
    prober.watch(ipv4(1), FIRST, one)
    prober.watch(ipv4(2), SECOND, two)
    await until(lambda: one.verdict.state is two.verdict.state is State.UP)
    changed.clear()
    with network.capture("isp2") as second:
        network.cut(1)
        await until(lambda: one.verdict.state is State.DOWN)
        await until(lambda: len(second.packets()) >= 5)
        assert second.sources() == {"172.17.0.1"}
    assert two.verdict.state is State.UP
    assert set(changed) == {ipv4(1)}
    assert two.statistics(moment().monotonic_s).loss_percent == 0


async def test_watching_again_by_the_same_path_loses_no_probe(network: Network, prober: Prober) -> None:
    one = monitor()
    prober.watch(ipv4(1), FIRST, one)
    for _ in range(50):
        await others_run()
        prober.watch(ipv4(1), FIRST, one)
    await until(lambda: one.statistics(moment().monotonic_s).asked >= 10)
    prober.watch(ipv4(1), FIRST, one)
    assert one.statistics(moment().monotonic_s).loss_percent == 0


async def test_another_path_is_used_from_the_next_probe_on(network: Network, prober: Prober) -> None:
    one = monitor()
    prober.watch(ipv4(1), FIRST, one)
    await until(lambda: one.verdict.state is State.UP)
    with network.capture("isp2") as second:
        prober.watch(ipv4(1), SECOND, one)
        await until(second.packets)
        assert second.sources() == {"172.17.0.1"}


async def test_a_gateway_that_is_forgotten_is_not_asked_and_says_nothing(
    network: Network, prober: Prober, changed: list[LegId]
) -> None:
    one, two = monitor(), monitor(number=2)
    prober.watch(ipv4(1), FIRST, one)
    prober.watch(ipv4(2), SECOND, two)
    await until(lambda: one.verdict.state is two.verdict.state is State.UP)
    prober.forget(ipv4(1))
    prober.forget(ipv4(1))
    changed.clear()
    with network.capture("isp1") as first, network.capture("isp2") as second:
        await until(lambda: len(second.packets()) >= 5)
        assert first.packets() == []
    assert changed == []


async def test_a_cut_cable_stops_the_probes_and_a_plugged_one_starts_them(network: Network, prober: Prober) -> None:
    one = monitor()
    prober.watch(ipv4(1), FIRST, one)
    await until(lambda: one.verdict.state is State.UP)
    one.attach(CUT, moment())
    prober.watch(ipv4(1), None, one)
    assert one.verdict.state is State.DOWN
    one.attach(LINKED, moment())
    prober.watch(ipv4(1), FIRST, one)
    await until(lambda: one.verdict.state is State.UP)


async def test_time_alone_changes_a_verdict_and_it_is_said(
    network: Network, prober: Prober, changed: list[LegId]
) -> None:
    one = Monitor(Watch(1, (), FAST), Verdict(state=State.UNKNOWN, reason="", since=moment().wall), moment())
    one.attach(CUT, moment())
    one.attach(LINKED, moment())
    prober.watch(ipv4(1), FIRST, one)
    assert one.verdict.state is State.DOWN
    await until(lambda: one.verdict.state is State.UP)
    assert ipv4(1) in changed


async def test_without_a_way_to_ask_it_is_a_failure_and_no_crash(network: Network, prober: Prober) -> None:
    one = monitor()
    prober.watch(ipv4(1), None, one)
    await until(lambda: one.verdict.state is State.DOWN)
    assert one.verdict.reason == "there is no address to send from (icmp, 3 probes)"


async def test_a_device_that_vanishes_is_a_miss_and_is_used_again_when_it_is_back(
    network: Network, prober: Prober
) -> None:
    one = monitor()
    prober.watch(ipv4(1), FIRST, one)
    await until(lambda: one.verdict.state is State.UP)
    network.pull_out(1)
    await until(lambda: one.verdict.state is State.DOWN)
    assert one.verdict.reason == "cannot send through eth1 from 192.168.1.1: No such device (icmp, 3 probes)"
    network.plug_in(1)
    await until(lambda: one.verdict.state is State.UP)


async def test_a_loop_that_is_busy_for_longer_than_the_timeout_loses_no_answer(
    network: Network, prober: Prober
) -> None:
    one = monitor()
    prober.watch(ipv4(1), FIRST, one)
    await until(lambda: one.verdict.state is State.UP)
    for _ in range(5):
        before = one.statistics(moment().monotonic_s).asked
        await until(lambda before=before: one.statistics(moment().monotonic_s).asked > before)  # type: ignore[misc]
        busy_until_s = time.monotonic() + 2 * FAST.timeout_s
        while time.monotonic() < busy_until_s:
            pass
    found = one.statistics(moment().monotonic_s)
    assert found.loss_percent == 0
    assert found.rtt_ms is not None
    assert found.rtt_ms < 50
    assert one.verdict.state is State.UP


@pytest.mark.parametrize("step_s", [-3600, 3600])
async def test_a_clock_that_is_set_changes_nothing(
    network: Network, prober: Prober, monkeypatch: pytest.MonkeyPatch, step_s: int
) -> None:
    one = monitor()
    prober.watch(ipv4(1), FIRST, one)
    await until(lambda: one.verdict.state is State.UP)
    right = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: right() + step_s * 1_000_000_000)
    await until(lambda: one.statistics(moment().monotonic_s).asked >= 10)
    found = one.statistics(moment().monotonic_s)
    assert found.loss_percent == 0
    assert found.rtt_ms is not None
    assert found.rtt_ms < 50
