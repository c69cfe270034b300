import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path as File

import pytest

from app.model.check import HttpCheck
from app.model.probing import Answer, Failure, Outcome, Refusal
from app.probe.datagrams import Questions
from app.probe.names import Names, Unresolved
from app.probe.stream import MOST_BYTES
from app.probe.web import BODY_BYTES, Fetcher
from tests.pace import Pace
from tests.probe.network import FIRST, TARGET, Network, until
from tests.probe.servers import page, self_signed, web_server

pytestmark = pytest.mark.anyio

URL = f"http://{TARGET}/"


async def nowhere(name: str) -> str:
    raise Unresolved(f"{name} is not known here")


async def fetch(check: HttpCheck, find: Callable[[str], object] = nowhere, timeout_s: float = 2.0) -> Outcome | None:
    """What is reported of a fetch, or None for silence."""
    heard: list[Outcome] = []
    fetcher = Fetcher(FIRST, find)  # type: ignore[arg-type]
    fetcher.ask(check, timeout_s, heard.append)
    await until(lambda: not fetcher._tasks)
    fetcher.close()
    return heard[0] if heard else None


async def test_a_page_is_fetched_by_the_gateways_own_path(network: Network) -> None:
    with network.capture("isp1") as first, network.capture("isp2") as second:
        async with web_server(network, lambda _: page("200 OK", "hello")) as heads:
            assert isinstance(await fetch(HttpCheck(url=f"{URL}a?b=c")), Answer)
        assert heads[0].startswith("GET /a?b=c HTTP/1.1\r\n")
        assert f"Host: {TARGET}\r\n" in heads[0]
        assert first.sources() == {"192.168.1.1"}
        assert second.packets() == []


@pytest.mark.parametrize(
    ("status", "wanted", "complaint"),
    [
        ("204 No Content", None, None),
        ("404 Not Found", None, "answers 404, 2xx was expected"),
        ("302 Found", 200, "answers 302, 200 was expected"),
        ("302 Found", 302, None),
        ("200 OK", 204, "answers 200, 204 was expected"),
    ],
)
async def test_the_status_must_be_the_expected_one(
    network: Network, status: str, wanted: int | None, complaint: str | None
) -> None:
    async with web_server(network, lambda _: page(status, Location="/login")):
        outcome = await fetch(HttpCheck(url=URL, status=wanted))
    if complaint is None:
        assert isinstance(outcome, Answer)
    else:
        assert outcome == Refusal(f"{URL} {complaint}")


@pytest.mark.parametrize(
    ("body", "good"),
    [
        ("all is well", True),
        ("log in first", False),
        ("." * (BODY_BYTES - 4) + "well", True),
        ("." * (BODY_BYTES - 3) + "well", False),
    ],
)
async def test_the_text_must_be_near_the_beginning(network: Network, body: str, good: bool) -> None:
    async with web_server(network, lambda _: page("200 OK", body)):
        outcome = await fetch(HttpCheck(url=URL, contains="well"))
    assert isinstance(outcome, Answer) if good else outcome == Refusal(f"{URL} replied without the expected text")


@asynccontextmanager
async def turning(limit_s: float) -> AsyncIterator[None]:
    """Afterwards the loop must never have been busy for longer in one turn; what others do meanwhile does not count."""
    pace, gaps_s = Pace(), []

    async def turn() -> None:
        last_s = time.thread_time()
        while True:
            await asyncio.sleep(0)
            gaps_s.append(time.thread_time() - last_s)
            last_s = time.thread_time()

    turns = asyncio.create_task(turn())
    yield
    turns.cancel()
    assert max(gaps_s) < pace.allows(limit_s)


# 3 ms a turn where it was tried; without pauses 140 and 620.
TURN_S = 0.04
SMALL_PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * MOST_BYTES


@pytest.mark.parametrize(
    "answer", [SMALL_PIECES, b"HTTP/1.1 100 \r\n\r\n" * 50_000], ids=["pieces of a byte", "100 Continue for ever"]
)
async def test_an_answer_that_keeps_the_parser_busy_delays_nobody(network: Network, answer: bytes) -> None:
    async with web_server(network, lambda _: answer), turning(TURN_S):
        outcome = await fetch(HttpCheck(url=URL, contains="well"), timeout_s=10)
    assert outcome == Refusal(f"{URL} did not reply in HTTP: {MOST_BYTES // 1024} KB received without a complete reply")


async def test_the_text_is_found_where_it_comes_in_pieces(network: Network) -> None:
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (b"all is w", b"e", b"ll", b"!"))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with web_server(network, lambda _: head + pieces + b"0\r\n\r\n"):
        assert isinstance(await fetch(HttpCheck(url=URL, contains="well")), Answer)


async def test_a_head_request_is_one(network: Network) -> None:
    async with web_server(network, lambda _: page("200 OK")) as heads:
        assert isinstance(await fetch(HttpCheck(url=URL, method="HEAD")), Answer)
    assert heads[0].startswith("HEAD / ")


async def test_redirects_are_followed_where_asked_for(network: Network) -> None:
    def respond(path: str) -> bytes:
        return page("302 Found", Location="there") if path == "/" else page("200 OK", path)

    async with web_server(network, respond):
        assert isinstance(await fetch(HttpCheck(url=URL, contains="/there", follow_redirects=True)), Answer)


async def test_a_circle_of_redirects_ends(network: Network) -> None:
    async with web_server(network, lambda _: page("302 Found", Location="/")) as heads:
        outcome = await fetch(HttpCheck(url=URL, follow_redirects=True))
    assert outcome == Refusal(f"{URL} redirects more than 5 times")
    assert len(heads) == 6


async def test_a_redirect_out_of_http_is_none(network: Network) -> None:
    async with web_server(network, lambda _: page("302 Found", Location="ftp://10.0.0.3/")):
        outcome = await fetch(HttpCheck(url=URL, follow_redirects=True))
    assert outcome == Refusal(f"{URL} did not reply in HTTP: ftp://10.0.0.3/ is not a URL of HTTP")


async def test_a_redirect_to_what_cannot_be_a_name_is_a_failure(network: Network, tmp_path: File) -> None:
    (tmp_path / "resolv.conf").write_text(f"nameserver {TARGET}\n")
    questions = Questions(FIRST)
    names = Names(FIRST, questions, (tmp_path / "resolv.conf",))
    async with web_server(network, lambda _: page("302 Found", Location=f"http://{'a.' * 200}test/")):
        outcome = await fetch(HttpCheck(url=URL, follow_redirects=True), names.find)
    assert isinstance(outcome, Failure)
    assert "cannot be a name" in outcome.text
    names.close()
    questions.close()


async def test_a_name_is_resolved_by_the_same_gateway_and_asked_for_by_name(network: Network) -> None:
    async def find(name: str) -> str:
        assert name == "www.test"
        return TARGET

    async with web_server(network, lambda _: page("200 OK")) as heads:
        assert isinstance(await fetch(HttpCheck(url="http://www.test/"), find), Answer)
    assert "Host: www.test\r\n" in heads[0]


async def test_a_name_that_is_not_known_is_a_failure(network: Network) -> None:
    assert await fetch(HttpCheck(url="http://www.test/")) == Failure("www.test is not known here")


async def test_a_given_address_stands_for_the_name(network: Network) -> None:
    async with web_server(network, lambda _: page("200 OK")):
        check = HttpCheck(url="http://www.test/", address=IPv4Address(TARGET))
        assert isinstance(await fetch(check), Answer)


async def test_a_certificate_must_be_vouched_for_unless_it_need_not(network: Network, tmp_path: File) -> None:
    async with web_server(network, lambda _: page("200 OK"), 443, self_signed(tmp_path)):
        outcome = await fetch(HttpCheck(url=f"https://{TARGET}/"))
        assert outcome == Refusal(f"https://{TARGET}/ has no valid certificate: self-signed certificate")
        assert isinstance(await fetch(HttpCheck(url=f"https://{TARGET}/", verify_tls=False)), Answer)


async def test_a_closed_port_and_a_stranger_that_speaks_no_http_are_told_apart(network: Network) -> None:
    assert await fetch(HttpCheck(url=URL)) == Refusal(f"{URL} refuses connections")
    async with web_server(network, lambda _: b"220 mail.test ESMTP\r\n"):
        outcome = await fetch(HttpCheck(url=URL))
    assert isinstance(outcome, Refusal)
    assert outcome.text.startswith(f"{URL} did not reply in HTTP: ")


async def test_a_server_that_accepts_and_says_nothing_is_silence(network: Network) -> None:
    with network.listen("isp1", socket.SOCK_STREAM, 80):
        assert await fetch(HttpCheck(url=URL), timeout_s=0.1) is None


async def test_a_device_that_vanished_is_a_failure(network: Network) -> None:
    network.pull_out(1)
    assert await fetch(HttpCheck(url=URL)) == Failure("cannot send through eth1 from 192.168.1.1: No such device")


async def test_of_too_many_fetches_the_oldest_is_given_up(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.probe.web.MOST", 2)
    heard: list[int] = []
    fetcher = Fetcher(FIRST, nowhere)
    with network.listen("isp1", socket.SOCK_STREAM, 80) as server:
        accepted = []
        for number in range(3):
            fetcher.ask(HttpCheck(url=URL), 10, lambda _, number=number: heard.append(number))  # type: ignore[misc]
            accepted.append(await asyncio.get_running_loop().sock_accept(server))
        assert len(fetcher._tasks) == 2
        for connection, _ in accepted:
            connection.close()
        await until(lambda: not fetcher._tasks)
    assert heard == [1, 2]
    fetcher.close()
