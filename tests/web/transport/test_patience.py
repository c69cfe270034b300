"""What a client can do to the panel by being slow, silent or many: over real sockets, with short patience."""

import logging
import resource
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from app.paths import StateDirectory
from app.store.people import User
from app.web.panel import Panel
from app.web.protection.login_backoff import LoginBackoff
from app.web.rendering.templating import Templates
from app.web.transport import connection_limiter, connections
from app.web.transport.headers import HEADERS
from tests.web.running import Running, running_panel
from tests.web.waiting import until

PATIENCE_S = 0.4
REQUEST = b"GET /api/v1/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname="
)


@pytest.fixture
def running(
    home: StateDirectory, admin: User, templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    for limit in ("HEADERS_WITHIN_S", "BODY_WITHIN_S", "UNREAD_FOR_S"):
        monkeypatch.setattr(connections, limit, PATIENCE_S)
    with running_panel(home, templates) as running:
        yield running


def test_a_connection_is_dated_before_its_handshake(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a handshake can have come before a change and be read after it: its end proves nothing."""
    dated: list[float] = []

    def now_s() -> float:
        dated.append(time.monotonic())
        return dated[-1]

    monkeypatch.setattr(connections, "uptime_s", now_s)
    with plain(running) as early:
        until(lambda: len(dated) == 1)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(early) as connection:
            connection.sendall(REQUEST)
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert len(dated) == 1


def plain(running: Running, source: str = "127.0.0.1") -> socket.socket:
    """A connection before TLS, from this address of the loopback."""
    return socket.create_connection(("127.0.0.1", running.port), timeout=30, source_address=(source, 0))


def encrypted(running: Running, source: str = "127.0.0.1") -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain(running, source), suppress_ragged_eofs=True)


def rest_of(connection: ssl.SSLSocket) -> bytes:
    """What comes until the panel ends the connection."""
    received = b""
    while some := connection.recv(65536):
        received += some
    return received


def is_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_headers_that_come_byte_by_byte_have_a_deadline(running: Running) -> None:
    with encrypted(running) as connection:
        started_s = time.monotonic()
        connection.settimeout(0.02)
        answer = b""
        for byte in b"GET / HTTP/1.1\r\nX: " + b"x" * 10_000:
            connection.send(bytes([byte]))
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                continue
            break
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert PATIENCE_S * 0.9 < time.monotonic() - started_s < PATIENCE_S + 2


@pytest.mark.parametrize(
    ("sent", "status"), [(b"", b""), (b"GET / HTTP/1.1\r\n", b"408 "), (REQUEST + b"GET ", b"408 ")]
)
def test_who_says_nothing_more_is_cut(running: Running, sent: bytes, status: bytes) -> None:
    with encrypted(running) as connection:
        connection.send(sent)
        assert rest_of(connection).rpartition(b"HTTP/1.1 ")[2][:4] == status


def test_a_body_that_never_ends_is_cut_and_nothing_is_wrong_with_the_panel(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with encrypted(running) as connection:
        connection.send(POST)
        answer = rest_of(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        for name, value in HEADERS.items():
            assert f"{name}: {value}".encode() in answer
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


def test_a_slow_body_within_its_time_is_fine(running: Running) -> None:
    with encrypted(running) as connection:
        head = POST.partition(b"Content-Length")[0] + b"Content-Length: 20\r\n\r\n"
        connection.send(head)
        for _ in range(20):
            connection.send(b"x")
        assert connection.recv(100).startswith(b"HTTP/1.1 422 ")


def test_who_does_not_read_is_cut(running: Running) -> None:
    url = running.panel.templates.assets.url("vendor/htmx.js")
    request = f"GET {url} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with encrypted(running) as connection:
        connection.settimeout(0.2)
        try:
            while True:
                connection.sendall(request * 20)
        except (TimeoutError, OSError):
            pass
        until(lambda: not running.serving.server_state.connections)


def test_what_is_no_http_gets_an_answer_with_all_headers(running: Running) -> None:
    with encrypted(running) as connection:
        connection.send(b"\x00\x01 nonsense\r\n\r\n")
        answer = rest_of(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"default-src 'none'" in answer


def test_whoever_opens_many_connections_ends_their_own(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limiter, "MOST_CONNECTIONS", 20)
    monkeypatch.setattr(connections, "HEADERS_WITHIN_S", 60)
    with ExitStack() as stack:
        owner = stack.enter_context(encrypted(running, "127.0.0.2"))
        crowd = [stack.enter_context(plain(running)) for _ in range(40)]
        late = stack.enter_context(encrypted(running, "127.0.0.3"))
        for connection in (owner, late):
            connection.send(REQUEST)
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        assert is_cut(crowd[0])


FLOOD = 1500
AT_ONCE = 160
# What 128 connections of the panel and 160 of the flood may hold, and more than is noise; it was half a gigabyte.
GROWS_BY_MB = 64


def test_a_flood_of_handshakes_costs_no_more_memory_than_the_connections_that_may_be_open(running: Running) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def knock(_number: int) -> None:
        with suppress(OSError), plain(running) as connection, context.wrap_socket(connection):
            pass

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        before_mb = resident_mb()
        list(crowd.map(knock, range(FLOOD)))
        assert resident_mb() - before_mb < GROWS_BY_MB
    with encrypted(running) as connection:
        connection.send(REQUEST)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def resident_mb() -> int:
    words = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(words[1]) * resource.getpagesize() // 2**20


def test_nobody_comes_in_while_too_many_are_leaving(panel: Panel) -> None:
    pairs = [socket.socketpair() for _ in range(connection_limiter.MOST_CONNECTIONS + connection_limiter.MOST_LEAVING)]
    try:
        limiter = connection_limiter.ConnectionLimiter(LoginBackoff(), panel.exposure.is_hidden_from)
        for near, _ in pairs:
            assert not limiter.is_full
            limiter.admit(near, "192.168.1.50")
        assert limiter.is_full
        pairs[0][0].close()
        assert not limiter.is_full
    finally:
        for near, far in pairs:
            near.close()
            far.close()


def test_an_address_with_a_good_login_goes_last(panel: Panel) -> None:
    pairs = [socket.socketpair() for _ in range(connection_limiter.MOST_CONNECTIONS + 1)]
    try:
        backoff = LoginBackoff()
        backoff.remember("192.168.1.50")
        limiter = connection_limiter.ConnectionLimiter(backoff, panel.exposure.is_hidden_from)
        for number, (near, _) in enumerate(pairs):
            limiter.admit(near, "192.168.1.50" if number < 100 else f"2001:db8::{number}")
        assert is_cut(pairs[100][1])
        pairs[0][1].setblocking(False)
        with pytest.raises(BlockingIOError):
            pairs[0][1].recv(1)
    finally:
        for near, far in pairs:
            near.close()
            far.close()
