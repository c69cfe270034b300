"""What the Internet host answers, and what measurements see of it, through a balancer configured by hand."""

import time
from collections.abc import Iterator

import pytest

from lab import trace
from lab.errors import CommandFailed, LabError
from lab.lab import Lab
from lab.measures import Protocol, pairs
from lab.packets import SYN, Packet
from lab.topology import CLIENTS, INTERNET_HOST, PLACES
from lab.waiting import wait_until
from tests.lab.by_hand import pairs_by_isp, pings, routed_lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed_lab("services", isps=3) as made:
        yield made


def fetch(lab: Lab, path: str, *more: str) -> str:
    return lab.run("host", ["curl", "-sS", "--max-time", "5", *more, f"http://{INTERNET_HOST}{path}"]).stdout


def test_the_internet_answers_pings_on_all_its_addresses(lab: Lab) -> None:
    for place in (INTERNET_HOST, PLACES[0], PLACES[-1]):
        assert pings(lab, "host", place) == 1


def test_the_web_server_says_the_clients_address(lab: Lab) -> None:
    assert fetch(lab, "/").strip() in {"10.0.0.1", "10.0.0.2", "10.0.0.103"}


def test_the_web_server_knows_the_pages_that_checks_ask_for(lab: Lab) -> None:
    status = ("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}")
    assert fetch(lab, "/generate_204", *status).split() == ["204"]
    assert fetch(lab, "/redirect", *status).split() == ["302", f"http://{INTERNET_HOST}/"]
    assert fetch(lab, "/nothing", *status).split() == ["404"]


def test_the_name_server_answers_whoever_asks(lab: Lab) -> None:
    ask = "import socket; print(socket.gethostbyname('www.example.org'))"
    assert lab.run("host", ["python3", "-c", ask]).stdout.strip() == str(INTERNET_HOST)


def test_connections_go_through_all_providers_and_none_fails(lab: Lab) -> None:
    begun_s = time.monotonic()
    done = lab.connections(pairs(1000))
    assert [each.error for each in done if each.error] == []
    assert {each.isp for each in done} == {1, 2, 3}
    assert {each.client for each in done} == set(CLIENTS)
    assert {each.place for each in done} == set(PLACES)
    assert time.monotonic() - begun_s < 10


def test_a_connection_to_nobody_is_an_error_in_its_result(lab: Lab) -> None:
    lab.silence("vmnet8-internet")
    try:
        (done,) = lab.connections(pairs(1), limit_s=0.3)
    finally:
        lab.restore("vmnet8-internet")
    assert done.isp is None
    assert "no reply within 0.3 s" in done.error


def test_calls_keep_their_rate_and_lose_nothing(lab: Lab) -> None:
    with lab.udp_call(pairs(8), rate_hz=200) as call:
        call.wait_for(lambda flows: all(answers >= 200 for answers, _ in flows), "200 answers on each flow")
        flows = call.stop()
    assert len(flows) == 8
    for flow in flows:
        assert flow.lost() == 0
        assert flow.first_isp == flow.last_isp
        assert all(got >= sent for sent, got in zip(flow.sent_ns, flow.answered_ns, strict=True))
        rate_hz = (len(flow.sent_ns) - 1) / (flow.sent_ns[-1] - flow.sent_ns[0]) * 1e9
        assert 50 < rate_hz < 250


def test_talkers_and_waiters_learn_of_a_reset(lab: Lab) -> None:
    wanted = pairs_by_isp(lab, 2, 2)
    with lab.tcp_talkers(wanted, every_ms=20) as talkers, lab.tcp_waiters(wanted) as waiters:
        for measurement in (talkers, waiters):
            measurement.wait_for(lambda lines: all(heard >= 5 for _, heard in lines), "something is heard")
        before_ns = time.monotonic_ns()
        lab.run(
            "internet", ["ss", "-K", "state", "established", "(", "sport", "=", ":7", "or", "sport", "=", ":80", ")"]
        )
        ended = [*talkers.result(), *waiters.result()]
    assert [stream.ending for stream in ended] == ["reset"] * 4
    assert all(stream.isp == 2 and stream.ended_ns and stream.ended_ns > before_ns for stream in ended)


def test_a_stopped_stream_is_still_open(lab: Lab) -> None:
    with lab.tcp_waiters(pairs(1)) as waiters:
        (stream,) = waiters.stop()
    assert stream.ending == "open"
    assert stream.ended_ns is None


def test_a_capture_sees_what_its_predicate_wants(lab: Lab) -> None:
    def starts(packet: Packet) -> bool:
        return packet.tcp_flags == SYN and packet.outgoing

    with lab.capture("balancer", "eth3", starts) as capture:
        done = lab.connections(pairs(60))
        through_third = sum(each.isp == 3 for each in done)
        wait_until(lambda: len(capture.packets) >= through_third, "every SYN through ISP 3")
        seen = capture.stop()
    assert len(seen) == through_third > 0
    assert {str(packet.source) for packet in seen} == {"192.168.3.1"}


def test_the_trace_names_the_provider(lab: Lab) -> None:
    arrivals = trace.first_of_flows(trace.arrivals(lab.name))
    with lab.udp_call(pairs(1), rate_hz=50) as call:
        line = trace.line(next(arrivals))
        (flow,) = call.stop()
    assert f"ISP {flow.first_isp} " in line
    assert f"> {flow.place}:7  udp" in line


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_call_from_outside_reaches_host_and_is_answered(lab: Lab, protocol: Protocol) -> None:
    lab.forward_port(2, protocol, 8080, 8080)
    inward = f"add rule ip by_hand arrive iifname eth2 {protocol} dport 8080 dnat to 62.231.110.66"
    lab.run("balancer", ["nft", "-f", "-"], stdin=inward)
    # The way back of a flow by hand: without Multihome the balancer has no memory of where it came from.
    lab.run("balancer", ["ip", "route", "replace", "default", "via", "172.17.0.2"])
    with lab.serve("host", 8080), lab.dial_in(2, protocol, 8080, exchanges=3) as dialled:
        result = dialled.result()
    assert result.answers == 3, result
    assert str(result.replied_from) == "10.0.0.2"
    assert result.seen == INTERNET_HOST


def test_a_call_nobody_answers_says_so(lab: Lab) -> None:
    with lab.dial_in(1, "tcp", 9) as dialled:
        result = dialled.result()
    assert result.answers == 0
    assert "refused" in result.error


def test_a_failing_command_says_what_it_printed(lab: Lab) -> None:
    with pytest.raises(CommandFailed, match=r"isp1: ip route get nowhere: .*prefix is expected"):
        lab.run("isp1", ["ip", "route", "get", "nowhere"])


def test_a_measurement_that_cannot_run_says_so(lab: Lab) -> None:
    with pytest.raises(LabError, match="served ended"):
        lab.serve("host", 65536)
