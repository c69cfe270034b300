"""What the lab decides without touching anything: topology, amounts, DNS answers, parsed packets."""

import struct
from ipaddress import IPv4Address, IPv4Interface

import pytest

from lab import amounts, packets
from lab.errors import BadRequest
from lab.inside import dns, echo
from lab.topology import MOST_ISPS, isp, isp_of, topology


def test_two_providers_are_the_papers_network() -> None:
    plan = topology(2)
    assert [str(each.inside) for each in plan.isps] == ["192.168.1.2/24", "172.17.0.2/24"]
    assert [str(each.balancer) for each in plan.isps] == ["192.168.1.1/24", "172.17.0.1/24"]
    assert [str(each.outside.ip) for each in plan.isps] == ["10.0.0.1", "10.0.0.2"]
    assert [cable.name for cable in plan.cables] == [
        "host-balancer",
        "balancer-isp1",
        "balancer-isp2",
        "isp1-vmnet8",
        "isp2-vmnet8",
        "vmnet8-internet",
    ]


def test_from_the_third_on_providers_are_regular() -> None:
    third = isp(3)
    assert third.inside == IPv4Interface("192.168.3.2/24")
    assert third.balancer == IPv4Interface("192.168.3.1/24")
    assert third.balancer_interface == "eth3"
    assert third.outside == IPv4Interface("10.0.0.103/24")


def test_every_name_and_address_is_used_once() -> None:
    plan = topology(MOST_ISPS)
    addresses = [address.ip for machine in plan.machines for each in machine.interfaces for address in each.addresses]
    assert len(set(addresses)) == len(addresses)
    closet = [cable.closet_interface(end) for cable in plan.cables for end in cable.ends]
    names = [*closet, *(cable.name for cable in plan.cables)]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 15


def test_the_source_tells_the_provider() -> None:
    for each in topology(MOST_ISPS).isps:
        assert isp_of(each.outside.ip) == each.number
    assert isp_of("10.0.0.3") is None
    assert isp_of("62.231.110.66") is None


@pytest.mark.parametrize("count", [0, MOST_ISPS + 1])
def test_a_number_of_providers_out_of_range_is_refused(count: int) -> None:
    with pytest.raises(BadRequest, match="1 to 16"):
        topology(count)


def test_amounts_are_read_as_people_write_them() -> None:
    assert amounts.percent("0.5%") == 0.5
    assert amounts.percent("5") == 5
    assert amounts.bits_per_s("2Mbit") == 2_000_000
    assert amounts.bits_per_s("500 kbit") == 500_000
    assert amounts.milliseconds("40ms") == 40
    assert amounts.milliseconds("0.5s") == 500


@pytest.mark.parametrize("words", ["", "fast", "-5", "5 parsecs", "1e9", "5; reboot"])
def test_an_amount_that_is_none_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(BadRequest, match="such as"):
        amounts.bits_per_s(words)


def query(kind: int) -> bytes:
    return struct.pack("!6H", 0x1234, 0x0100, 1, 0, 0, 0) + b"\x03www\x07example\x00" + struct.pack("!2H", kind, 1)


def test_any_name_is_the_internet_host() -> None:
    answer = dns.answer(query(1), IPv4Address("10.0.0.3"))
    assert answer is not None
    assert answer[:2] == b"\x12\x34"
    assert struct.unpack_from("!H", answer, 6) == (1,)
    assert answer.endswith(bytes([10, 0, 0, 3]))


def test_other_questions_have_no_answer_and_no_error() -> None:
    answer = dns.answer(query(28), IPv4Address("10.0.0.3"))
    assert answer is not None
    assert struct.unpack_from("!H", answer, 6) == (0,)
    assert answer[3] & 0xF == 0


@pytest.mark.parametrize("length", range(len(query(1))))
def test_a_truncated_query_gets_no_answer(length: int) -> None:
    assert dns.answer(query(1)[:length], IPv4Address("10.0.0.3")) is None


def test_the_echos_line_is_read_back() -> None:
    assert echo.parse(echo.greeting("10.0.0.1", 4711) + b"a\nb") == (IPv4Address("10.0.0.1"), 4711, b"a\nb")
    with pytest.raises(ValueError, match="not an echo's answer"):
        echo.parse(b"220 smtp ready\n")


def ip_packet(protocol: int, payload: bytes, fragment: int = 0) -> bytes:
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, fragment, 64, protocol, 0)
    return header + IPv4Address("10.0.0.1").packed + IPv4Address("10.0.0.3").packed + payload


def test_a_tcp_packet_is_parsed() -> None:
    payload = struct.pack("!HHIIBBHHH", 1024, 80, 0, 0, 0x50, packets.SYN, 0, 0, 0)
    packet = packets.parse(ip_packet(6, payload), 7, outgoing=True)
    assert packet is not None
    assert (packet.source_port, packet.destination_port, packet.tcp_flags) == (1024, 80, packets.SYN)
    assert (packet.at_ns, packet.outgoing, packet.length) == (7, True, 40)


def test_an_echo_request_is_parsed() -> None:
    packet = packets.parse(ip_packet(1, struct.pack("!BBHHH", 8, 0, 0, 17, 3)), 0, outgoing=False)
    assert packet is not None
    assert packet.icmp == (8, 0, 17, 3)


def test_a_later_fragment_has_no_ports() -> None:
    packet = packets.parse(ip_packet(17, bytes(8), fragment=100), 0, outgoing=False)
    assert packet is not None
    assert packet.source_port is None


def test_what_is_not_ipv4_is_passed_over() -> None:
    assert packets.parse(b"\x60" + bytes(60), 0, outgoing=False) is None
    assert packets.parse(b"\x45\x00", 0, outgoing=False) is None
