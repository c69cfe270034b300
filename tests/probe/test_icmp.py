import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address

import pytest

from app.model.probing import Answer, Failure, Outcome, Refusal
from app.probe.echo import ECHO_REPLY, UNREACHABLE
from app.probe.icmp import Pinger
from tests.probe.network import FIRST, TARGET, Network, ip, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def heard() -> list[Outcome]:
    return []


@contextmanager
def pinging() -> Iterator[Pinger]:
    pinger = Pinger(FIRST)
    try:
        yield pinger
    finally:
        pinger.close()


class Forger:
    """Stands in for a target that is deaf: hears the requests, and answers as the test wants."""

    def __init__(self, network: Network) -> None:
        network.deaf("isp1")
        self._socket = network.raw_icmp("isp1")
        self._requests: list[bytes] = []

    def __enter__(self) -> "Forger":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def requests(self) -> list[bytes]:
        """Every echo request so far, without its IP header."""
        while True:
            try:
                packet = self._socket.recv(2048)
            except BlockingIOError:
                return self._requests
            if packet[20] == 8:
                self._requests.append(packet[20:])

    def send(self, kind: int, rest: bytes, *, source: str = TARGET, code: int = 0) -> None:
        """Send ICMP to the router; `rest` is all after the checksum."""
        with_hole = struct.pack("!BBH", kind, code, 0) + rest
        total = sum(struct.unpack(f"!{len(with_hole) // 2}H", with_hole))
        total = (total & 0xFFFF) + (total >> 16)
        packet = struct.pack("!BBH", kind, code, ~(total + (total >> 16)) & 0xFFFF) + rest
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        header = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(packet), 0, 0, 64, 1, 0, IPv4Address(source).packed, FIRST.source.packed
        )
        self._socket.sendto(header + packet, (str(FIRST.source), 0))


async def test_an_echo_goes_and_comes_by_the_gateways_own_path_alone(network: Network, heard: list[Outcome]) -> None:
    with pinging() as pinger, network.capture("isp1") as first, network.capture("isp2") as second:
        for _ in range(5):
            pinger.ask(TARGET, 1.0, heard.append)
        await until(lambda: len(heard) == 5)
        assert all(isinstance(one, Answer) and 0 < one.rtt_s < 0.5 for one in heard)
        assert first.sources() == {"192.168.1.1"}
        assert second.packets() == []


async def test_with_its_cable_cut_nothing_leaves_by_another_way(network: Network, heard: list[Outcome]) -> None:
    network.cut(1)
    with pinging() as pinger, network.capture("isp2") as second:
        for _ in range(5):
            pinger.ask(TARGET, 0.1, heard.append)
        # The other way is open: what this process sends unbound does arrive there.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stray:
            stray.sendto(b"stray", (TARGET, 9))
        await until(second.packets)
        assert second.sources() == {"172.17.0.1"}
        assert len(second.packets()) == 1
        assert not any(isinstance(one, Answer) for one in heard)


async def test_only_the_answer_to_this_very_probe_counts(network: Network, heard: list[Outcome]) -> None:
    with Forger(network) as forger, pinging() as pinger:
        pinger.ask(TARGET, 5.0, heard.append)
        await until(forger.requests)
        rest = forger.requests()[0][4:]
        identifier, sequence = struct.unpack_from("!HH", rest)
        nonce = rest[4:]
        forger.send(ECHO_REPLY, struct.pack("!HH", identifier ^ 1, sequence) + nonce)
        forger.send(ECHO_REPLY, struct.pack("!HH", identifier, sequence ^ 1) + nonce)
        forger.send(ECHO_REPLY, struct.pack("!HH", identifier, sequence) + bytes(8))
        forger.send(ECHO_REPLY, struct.pack("!HH", identifier, sequence) + nonce + b"more")
        forger.send(ECHO_REPLY, rest, source="10.0.0.4")
        # A second probe is answered properly, so the forgeries before it have all been read.
        pinger.ask(TARGET, 5.0, heard.append)
        await until(lambda: len(forger.requests()) == 2)
        assert heard == []
        forger.send(ECHO_REPLY, forger.requests()[1][4:])
        await until(lambda: heard)
        assert len(heard) == 1
        forger.send(ECHO_REPLY, rest)
        await until(lambda: len(heard) == 2)


async def test_an_answer_counts_once_and_not_after_its_time(network: Network, heard: list[Outcome]) -> None:
    late: list[Outcome] = []
    with Forger(network) as forger, pinging() as pinger:
        pinger.ask(TARGET, 0.05, late.append)
        over_s = asyncio.get_running_loop().time() + 0.06
        await until(lambda: asyncio.get_running_loop().time() > over_s)
        pinger.ask(TARGET, 5.0, heard.append)
        pinger.ask(TARGET, 5.0, heard.append)
        await until(lambda: len(forger.requests()) == 3)
        for request in (0, 1, 1, 2):
            forger.send(ECHO_REPLY, forger.requests()[request][4:])
        await until(lambda: len(heard) == 2)
        assert late == []
        assert heard[0] != heard[1]


async def test_a_router_that_quotes_the_probe_explains_a_miss(network: Network, heard: list[Outcome]) -> None:
    with Forger(network) as forger, pinging() as pinger:
        pinger.ask(TARGET, 5.0, heard.append)
        await until(forger.requests)
        request = forger.requests()[0]

        def quoted(target: str) -> bytes:
            header = struct.pack(
                "!BBHHHBBH4s4s",
                *(0x45, 0, 20 + len(request), 0, 0, 63, 1, 0),
                *(FIRST.source.packed, IPv4Address(target).packed),
            )
            return bytes(4) + header + request

        forger.send(UNREACHABLE, quoted("10.0.0.4"), source="192.168.1.2", code=1)
        forger.send(UNREACHABLE, quoted(TARGET), source="192.168.1.2", code=1)
        await until(lambda: heard)
        assert heard == [Refusal(f"{TARGET}: host unreachable, says 192.168.1.2")]


async def test_foreign_icmp_does_not_even_arrive(network: Network, heard: list[Outcome]) -> None:
    with Forger(network) as forger, pinging() as pinger:
        pinger.ask(TARGET, 5.0, heard.append)
        await until(forger.requests)
        rest = forger.requests()[0][4:]
        opened = pinger._socket
        assert opened is not None
        asyncio.get_running_loop().remove_reader(opened)
        foreign = bytes([rest[0] ^ 1]) + rest[1:]
        for _ in range(10):
            forger.send(ECHO_REPLY, foreign)
            quoted = b"\x45" + bytes(19) + b"\x08" + bytes(3) + foreign[:4]
            forger.send(UNREACHABLE, bytes(4) + quoted, source="192.168.1.2", code=1)
        forger.send(ECHO_REPLY, rest)
        await until(lambda: opened.recv(2048)[20:] if _readable(opened) else None)
        assert not _readable(opened)


def _readable(opened: socket.socket) -> bool:
    try:
        opened.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    return True


async def test_an_address_that_is_gone_is_a_failure_and_good_again_when_it_is_back(
    network: Network, heard: list[Outcome]
) -> None:
    with pinging() as pinger:
        pinger.ask(TARGET, 1.0, heard.append)
        await until(lambda: heard)
        ip("address", "delete", "192.168.1.1/24", "dev", "eth1")
        pinger.ask(TARGET, 1.0, heard.append)
        pinger.ask(TARGET, 1.0, heard.append)
        await until(lambda: len(heard) == 3)
        why = "cannot send through eth1 from 192.168.1.1: "
        assert heard[1:] == [Failure(f"{why}Network is unreachable"), Failure(f"{why}Cannot assign requested address")]
        ip("address", "add", "192.168.1.1/24", "dev", "eth1")
        network.default_route(1)
        pinger.ask(TARGET, 1.0, heard.append)
        await until(lambda: len(heard) == 4)
        assert isinstance(heard[3], Answer)
