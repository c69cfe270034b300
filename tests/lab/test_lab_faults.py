"""Cut, silenced and degraded cables do to packets what they say, and nothing else."""

import json
import time
from collections.abc import Iterator

import pytest

from lab import cables, processes, registry
from lab.cables import Degradation
from lab.errors import BadRequest
from lab.lab import Lab
from lab.processes import Process
from lab.topology import INTERNET_HOST
from lab.waiting import wait_until
from tests.lab.by_hand import pairs_by_isp, pings, routed_lab


@pytest.fixture(scope="module")
def standing() -> Iterator[Lab]:
    with routed_lab("faults") as made:
        yield made


@pytest.fixture
def lab(standing: Lab) -> Iterator[Lab]:
    yield standing
    for cable in standing.plan.cables:
        standing.restore(cable.name)


def carrier(lab: Lab, machine: str, interface: str) -> bool:
    (link,) = json.loads(lab.run(machine, ["ip", "-j", "link", "show", "dev", interface]).stdout)
    assert "UP" in link["flags"], "the machine's own end is never set down"
    return "LOWER_UP" in link["flags"]


def state(lab: Lab, cable: str) -> str:
    (found,) = (each for each in lab.cables() if each.name == cable)
    return found.summary


def test_a_cut_drops_the_carrier_at_both_ends_and_keeps_the_routes(lab: Lab) -> None:
    routes = lab.run("balancer", ["ip", "route", "show", "dev", "eth1"]).stdout
    lab.cut("balancer-isp1")
    assert not carrier(lab, "balancer", "eth1")
    assert not carrier(lab, "isp1", "eth1")
    assert carrier(lab, "balancer", "eth2")
    assert state(lab, "balancer-isp1") == "cut"
    after = lab.run("balancer", ["ip", "route", "show", "dev", "eth1"]).stdout
    assert after.replace(" linkdown", "") == routes
    lab.plug("balancer-isp1")
    assert carrier(lab, "balancer", "eth1")
    assert carrier(lab, "isp1", "eth1")
    assert state(lab, "balancer-isp1") == "healthy"
    wait_until(lambda: pings(lab, "balancer", "192.168.1.2") == 1, "the way is back")


def test_the_kernel_tells_of_every_cut_at_once(lab: Lab) -> None:
    def operational_state() -> str:
        (link,) = json.loads(lab.run("balancer", ["ip", "-j", "link", "show", "dev", "eth1"]).stdout)
        return str(link["operstate"])

    # It is set where the kernel sends its event. Were the ends' indexes equal, the second cut would take 1 s.
    for _ in range(4):
        wait_until(lambda: operational_state() == "UP", "the carrier is there")
        cut_ns = lab.cut("balancer-isp1")
        wait_until(lambda: operational_state() == "DOWN", "the kernel has told")
        assert time.monotonic_ns() - cut_ns < 500_000_000
        lab.plug("balancer-isp1")


def test_silence_keeps_the_carrier_and_passes_nothing(lab: Lab) -> None:
    assert pings(lab, "balancer", "192.168.1.2") == 1
    lab.silence("balancer-isp1")
    with lab.capture("isp1", "eth1", lambda packet: not packet.outgoing) as capture:
        assert pings(lab, "balancer", "192.168.1.2", 20) == 0
        assert capture.stop() == []
    assert carrier(lab, "balancer", "eth1")
    assert carrier(lab, "isp1", "eth1")
    assert state(lab, "balancer-isp1") == "silenced"


def test_a_silent_upstream_is_an_isp_that_drops_everything_behind_its_own_address(lab: Lab) -> None:
    (pair,) = pairs_by_isp(lab, 1, 1)
    lab.silence("isp1-vmnet8")
    assert pings(lab, "balancer", "192.168.1.2") == 1
    with lab.capture("balancer", "eth1", lambda packet: not packet.outgoing) as capture:
        assert pings(lab, "host", pair.place, 10, ["-I", str(pair.client)]) == 0
        # Not even an ICMP error from the ISP: it must not know either.
        assert capture.stop() == []
    lab.restore("isp1-vmnet8")
    assert pings(lab, "host", pair.place, 1, ["-I", str(pair.client)]) == 1


def test_an_isp_never_loses_its_neighbors_beyond_a_silent_cable(lab: Lab) -> None:
    for place in ("10.0.0.3", "10.0.0.10", "10.0.0.59"):
        shown = lab.run("isp1", ["ip", "neigh", "show", "to", place]).stdout
        assert "PERMANENT" in shown


def test_loss_is_what_was_asked_for_in_each_direction(lab: Lab) -> None:
    lab.degrade("balancer-isp1", Degradation(loss_percent=20))
    assert state(lab, "balancer-isp1") == "loses 20 percent"
    answered = pings(lab, "balancer", "192.168.1.2", 500)
    # 64 % come back; six standard deviations of 500 draws are 13 points.
    assert 255 < answered < 385
    lab.restore("balancer-isp1")
    assert pings(lab, "balancer", "192.168.1.2", 100) == 100


def test_a_cable_can_lose_everything(lab: Lab) -> None:
    lab.degrade("balancer-isp1", Degradation(loss_percent=100))
    assert state(lab, "balancer-isp1") == "loses 100 percent"
    assert pings(lab, "balancer", "192.168.1.2", 20) == 0


def test_a_rate_limits_a_download(lab: Lab) -> None:
    def bits_per_s() -> float:
        argv = ["curl", "-s", "-o", "/dev/null", "-m", "1", "-w", "%{speed_download}"]
        url = f"http://{INTERNET_HOST}/download?rate=4000000"
        return 8 * float(lab.run("host", [*argv, url], check=False).stdout)

    assert bits_per_s() > 8_000_000
    lab.degrade("vmnet8-internet", Degradation(rate_bits_per_s=4_000_000))
    assert state(lab, "vmnet8-internet") == "at most 4000 kbit/s"
    assert 1_000_000 < bits_per_s() < 4_400_000


def round_trip_ms(lab: Lab, count: int = 20) -> float:
    """The shortest of several round trips over ISP 1's cable: what a busy machine adds is not the cable's."""
    argv = ["ping", "-n", "-q", "-i", "0.01", "-c", str(count), "192.168.1.2"]
    return float(lab.run("balancer", argv, check=False).stdout.rpartition(" = ")[2].split("/")[0])


@pytest.mark.parametrize("delay_ms", [5, 50, 200])
def test_a_delay_is_added_in_each_direction_and_says_how_it_is_done(lab: Lab, delay_ms: int) -> None:
    before_ms = round_trip_ms(lab)
    lab.degrade("balancer-isp1", Degradation(delay_ms=delay_ms))
    way = state(lab, "balancer-isp1").removeprefix(f"delays by {delay_ms} ms ")
    took_ms = round_trip_ms(lab)
    print(f"{delay_ms} ms {way}: {took_ms:.2f} ms there and back, {before_ms:.2f} ms before")
    assert way in ("(a relay)", "(netem)")
    assert 2 * delay_ms <= took_ms < 2 * delay_ms + 10
    lab.restore("balancer-isp1")
    assert round_trip_ms(lab) < 5


def test_a_relay_that_dies_is_told_and_the_cable_can_be_restored(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cables, "_has_netem", lambda _where: False)
    lab.degrade("balancer-isp1", Degradation(delay_ms=5))
    assert state(lab, "balancer-isp1") == "delays by 5 ms (a relay)"
    relay = Process(**json.loads((registry.directory(lab.name) / "balancer-isp1.relay").read_text()))
    processes.end([relay], wishes=processes.AT_ONCE)
    assert state(lab, "balancer-isp1") == "silenced: its relay has ended (restore it)"
    assert pings(lab, "balancer", "192.168.1.2") == 0
    lab.restore("balancer-isp1")
    assert state(lab, "balancer-isp1") == "healthy"
    wait_until(lambda: pings(lab, "balancer", "192.168.1.2") == 1, "the way is back")


def test_delay_loss_and_rate_work_together(lab: Lab) -> None:
    lab.degrade("balancer-isp1", Degradation(delay_ms=10, loss_percent=20, rate_bits_per_s=1_000_000))
    assert state(lab, "balancer-isp1").startswith("loses 20 percent, at most 1000 kbit/s, delays by 10 ms")
    assert 20 <= round_trip_ms(lab, 50) < 30
    answered = pings(lab, "balancer", "192.168.1.2", 500)
    assert 255 < answered < 385
    lab.degrade("balancer-isp1", Degradation(delay_ms=10, rate_bits_per_s=1_000_000))
    # Ten packets of 1,400 bytes at once take 112 ms at this rate, in each direction at the same time.
    argv = ["ping", "-n", "-q", "-l", "10", "-c", "10", "-s", "1372", "192.168.1.2"]
    slowest_ms = float(lab.run("balancer", argv).stdout.rpartition(" = ")[2].split("/")[2])
    assert 80 < slowest_ms < 400


def test_connections_and_checksums_survive_a_delay(lab: Lab) -> None:
    (pair,) = pairs_by_isp(lab, 1, 1)
    lab.degrade("balancer-isp1", Degradation(delay_ms=20))
    (done,) = lab.connections([pair])
    assert (done.isp, done.error) == (1, "")
    argv = ["curl", "-s", "-m", "5", "--interface", str(pair.client), f"http://{pair.place}/"]
    assert lab.run("host", argv).stdout == "10.0.0.1\n"


def test_a_delayed_cable_can_be_cut_plugged_and_silenced(lab: Lab) -> None:
    lab.degrade("balancer-isp1", Degradation(delay_ms=5))
    lab.cut("balancer-isp1")
    assert pings(lab, "balancer", "192.168.1.2", 5) == 0
    lab.plug("balancer-isp1")
    wait_until(lambda: pings(lab, "balancer", "192.168.1.2") == 1, "the way is back")
    assert 10 <= round_trip_ms(lab) < 20
    lab.silence("balancer-isp1")
    assert pings(lab, "balancer", "192.168.1.2", 5) == 0
    assert state(lab, "balancer-isp1") == "silenced"


@pytest.mark.parametrize(
    "wish", [{}, {"loss_percent": 101}, {"loss_percent": 0}, {"rate_bits_per_s": 10}, {"delay_ms": -1}]
)
def test_an_impossible_degradation_is_refused(wish: dict[str, int]) -> None:
    with pytest.raises(BadRequest):
        Degradation(**wish)


def test_an_unknown_cable_is_answered_with_those_that_exist(lab: Lab) -> None:
    with pytest.raises(BadRequest, match="host-balancer, balancer-isp1"):
        lab.cut("isp1-balancer")


def test_a_cable_counts_what_entered_it(lab: Lab) -> None:
    def counted() -> tuple[int, int]:
        (found,) = (each for each in lab.cables() if each.name == "balancer-isp1")
        return found.from_near.packets, found.from_far.packets

    there, back = counted()
    assert pings(lab, "balancer", "192.168.1.2", 50) == 50
    there_after, back_after = counted()
    # An ARP exchange may come on top.
    assert 50 <= there_after - there <= 54
    assert 50 <= back_after - back <= 54


def test_a_cut_measured_with_calls_spares_the_healthy_isp(lab: Lab) -> None:
    wanted = [*pairs_by_isp(lab, 1, 2), *pairs_by_isp(lab, 2, 2)]
    with lab.udp_call(wanted, rate_hz=500) as call:
        cut_ns = lab.cut("isp1-vmnet8")
        before = [answers for answers, _ in call.latest]
        call.wait_for(lambda flows: flows[3][0] > before[3] + 250, "the healthy calls go on")
        flows = call.stop()
    for flow in flows[:2]:
        assert flow.lost(since_ns=cut_ns + 5_000_000) > 200
        assert flow.first_answer_ns(cut_ns + 5_000_000, 1) is None
    for flow in flows[2:]:
        assert flow.lost() == 0
        assert flow.first_answer_ns(cut_ns, 2) is not None
