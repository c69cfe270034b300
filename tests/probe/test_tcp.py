import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.model.probing import Answer, Failure, Outcome, Refusal
from app.probe.tcp import Connector
from tests.probe.network import FIRST, TARGET, Network, ip, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def heard() -> list[Outcome]:
    return []


@contextmanager
def connecting() -> Iterator[Connector]:
    connector = Connector(FIRST)
    try:
        yield connector
    finally:
        connector.close()


async def test_a_connection_is_timed_by_the_kernel_and_reset_at_once(network: Network, heard: list[Outcome]) -> None:
    server = network.listen("isp1", socket.SOCK_STREAM, 80)
    with connecting() as connector, network.capture("isp1") as first, network.capture("isp2") as second, server:
        connector.ask(TARGET, TARGET, 80, 1.0, heard.append)
        await until(lambda: heard)
        assert isinstance(heard[0], Answer)
        assert 0 < heard[0].rtt_s < 0.1
        await until(lambda: any(packet[20 + 13] & 0x04 for packet in first.packets()))
        assert first.sources() == {"192.168.1.1"}
        assert second.packets() == []


async def test_a_busy_loop_does_not_read_as_latency(network: Network, heard: list[Outcome]) -> None:
    server = network.listen("isp1", socket.SOCK_STREAM, 80)
    with connecting() as connector, server:
        connector.ask(TARGET, TARGET, 80, 5.0, heard.append)
        busy_until_s = asyncio.get_running_loop().time() + 0.2
        while asyncio.get_running_loop().time() < busy_until_s:
            pass
        await until(lambda: heard)
        assert isinstance(heard[0], Answer)
        assert heard[0].rtt_s < 0.1


async def test_a_closed_port_refuses(network: Network, heard: list[Outcome]) -> None:
    with connecting() as connector:
        connector.ask("www.test", TARGET, 81, 1.0, heard.append)
        await until(lambda: heard)
        assert heard == [Refusal("www.test port 81 refuses connections")]


async def test_silence_is_not_reported_and_leaves_no_socket(network: Network, heard: list[Outcome]) -> None:
    network.cut(1)
    with connecting() as connector:
        connector.ask(TARGET, TARGET, 80, 0.05, heard.append)
        connector.ask(TARGET, TARGET, 80, 0.05, heard.append)
        await until(lambda: not connector._attempts)
        assert not any(isinstance(one, Answer) for one in heard)


async def test_without_a_route_nothing_leaves_by_another_way(network: Network, heard: list[Outcome]) -> None:
    network.no_route(1)
    with network.capture("isp2") as second, connecting() as connector:
        connector.ask(TARGET, TARGET, 80, 0.05, heard.append)
        await until(lambda: not connector._attempts)
        assert second.packets() == []
        assert not any(isinstance(one, Answer) for one in heard)


async def test_without_its_address_it_cannot_be_sent(network: Network, heard: list[Outcome]) -> None:
    ip("address", "delete", "192.168.1.1/24", "dev", "eth1")
    with connecting() as connector:
        connector.ask(TARGET, TARGET, 80, 0.05, heard.append)
        assert heard == [Failure("cannot send through eth1 from 192.168.1.1: Cannot assign requested address")]
