from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.model.probing import Answer, Failure, Outcome, Refusal
from app.probe.datagrams import Questions
from tests.probe.network import FIRST, TARGET, Network, ip, until
from tests.probe.servers import udp_server

pytestmark = pytest.mark.anyio


@pytest.fixture
def heard() -> list[Outcome]:
    return []


@contextmanager
def asking() -> Iterator[Questions]:
    questions = Questions(FIRST)
    try:
        yield questions
    finally:
        questions.close()


def pong(payload: bytes, rtt_s: float) -> Outcome | None:
    return Answer(rtt_s) if payload == b"pong" else None


async def test_a_datagram_is_answered_by_the_gateways_own_path(network: Network, heard: list[Outcome]) -> None:
    with network.capture("isp1") as first, network.capture("isp2") as second, asking() as questions:
        async with udp_server(network, 7, lambda _: b"pong") as arrived:
            questions.ask(TARGET, TARGET, 7, payload=b"ping", judge=pong, timeout_s=1.0, report=heard.append)
            await until(lambda: heard)
        assert arrived == [b"ping"]
        assert isinstance(heard[0], Answer)
        assert 0 < heard[0].rtt_s < 0.5
        assert first.sources() == {"192.168.1.1"}
        assert second.packets() == []


async def test_what_is_no_answer_to_the_question_is_passed_over(network: Network, heard: list[Outcome]) -> None:
    replies = iter((b"noise", b"pong"))
    with asking() as questions:
        async with udp_server(network, 7, lambda _: next(replies)) as arrived:
            questions.ask(TARGET, TARGET, 7, payload=b"1", judge=pong, timeout_s=0.2, report=heard.append)
            await until(lambda: len(arrived) == 1)
            await until(lambda: not questions._attempts)
            assert heard == []
            questions.ask(TARGET, TARGET, 7, payload=b"2", judge=pong, timeout_s=1.0, report=heard.append)
            await until(lambda: heard)


async def test_a_closed_port_is_an_answer_of_its_own(network: Network, heard: list[Outcome]) -> None:
    with asking() as questions:
        questions.ask(TARGET, TARGET, 9, payload=b"ping", judge=pong, timeout_s=1.0, report=heard.append)
        await until(lambda: heard)
        assert heard == [Refusal(f"{TARGET} port 9 is closed")]


async def test_without_a_route_nothing_leaves_by_another_way(network: Network, heard: list[Outcome]) -> None:
    network.no_route(1)
    with network.capture("isp2") as second, asking() as questions:
        questions.ask(TARGET, TARGET, 7, payload=b"ping", judge=pong, timeout_s=0.05, report=heard.append)
        await until(lambda: not questions._attempts)
        assert second.packets() == []
        assert not any(isinstance(one, Answer) for one in heard)


async def test_without_its_address_it_cannot_be_sent(network: Network, heard: list[Outcome]) -> None:
    ip("address", "delete", "192.168.1.1/24", "dev", "eth1")
    with asking() as questions:
        questions.ask(TARGET, TARGET, 7, payload=b"ping", judge=pong, timeout_s=0.05, report=heard.append)
        assert heard == [Failure("cannot send through eth1 from 192.168.1.1: Cannot assign requested address")]
