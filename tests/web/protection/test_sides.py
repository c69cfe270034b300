"""Who is on an ISP's side: where a connection came in, and what is in force there."""

import contextlib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI

from app.model.config import Config
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.service.edits.gateways import add_gateway
from app.service.edits.interfaces import set_interface
from app.service.edits.settings import change_panel
from app.store.state import StateWriter
from app.web.links.worker_link import WorkerLink
from app.web.panel import Panel
from app.web.protection.wan_exposure import WanExposure
from app.web.rendering.templating import Templates
from app.web.transport import connection_limiter, connections, server
from app.web.transport.arrival import Arrival, arrival_of
from app.web.transport.connections import ARRIVAL
from tests.kernel.namespace import Namespace
from tests.web.client import TestClient
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FACTS, FakeWorker
from tests.web.running import Running, running_panel
from tests.web.transport.test_patience import encrypted, is_cut, plain, rest_of
from tests.web.waiting import until

LAN, WAN = "62.231.110.65", "192.168.1.1"


@contextlib.contextmanager
def connected(near: str, far: str) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection over the loopback to `near` from `far`; ours first."""
    family = socket.AF_INET6 if ":" in near else socket.AF_INET
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((near, 0), family=family))
        port = listener.getsockname()[1]
        client = stack.enter_context(socket.create_connection((near, port), source_address=(far, 0)))
        yield stack.enter_context(listener.accept()[0]), client


@pytest.mark.parametrize(("near", "far"), [("127.0.0.1", "127.0.0.1"), ("127.0.0.2", "127.0.0.9"), ("::1", "::1")])
def test_what_this_machine_says_to_itself_came_by_the_loopback(near: str, far: str) -> None:
    with connected(near, far) as (ours, _):
        assert arrival_of(ours) == Arrival("lo", near)


def test_a_connection_that_is_none_of_tcp_arrived_nowhere() -> None:
    near, far = socket.socketpair()
    with near, far:
        assert arrival_of(near).interface == ""
    assert arrival_of(near) == Arrival("", "")


def sides(home: StateDirectory) -> WanExposure:
    return WanExposure(home, Configuration(home), WorkerLink(home.worker_sock))


@pytest.mark.parametrize(
    ("arrival", "outside"),
    [
        (Arrival("eth1", WAN), True),
        (Arrival("eth1", LAN), True),
        (Arrival("eth1", "fe80::1%eth1"), True),
        (Arrival("eth0", WAN), False),
        (Arrival("lo", WAN), False),
        (Arrival("tun7", LAN), False),
        (Arrival("", LAN), False),
        (Arrival("", "127.0.0.1"), False),
    ],
)
def test_where_a_connection_came_in_counts_and_not_what_it_asked_for(
    two_isps: Configuration, home: StateDirectory, arrival: Arrival, outside: bool
) -> None:
    """Without a word of the worker: it may be dead, or not have begun."""
    assert sides(home).is_outside(arrival) is outside
    assert sides(home).is_hidden_from(arrival) is outside


def test_without_a_configuration_nothing_is_outside(home: StateDirectory) -> None:
    assert not sides(home).is_outside(Arrival("eth1", WAN))


def test_what_is_let_out_answers_there_and_is_still_outside(two_isps: Configuration, home: StateDirectory) -> None:
    two_isps.change(
        lambda config: change_panel(config, {"reachable_from_outside": True}), facts=FACTS, author=AUTHOR, note="out"
    )
    assert not sides(home).is_hidden_from(Arrival("eth1", WAN))
    assert sides(home).is_outside(Arrival("eth1", WAN))


def test_what_is_in_force_counts_and_not_what_is_only_saved(two_isps: Configuration, home: StateDirectory) -> None:
    """A worker that is dead takes no change back, so none that it has not taken may lock anybody out."""
    writer = StateWriter(home.state_db)
    writer.remember_in_force(two_isps.head(), datetime.now(UTC))
    two_isps.change(
        lambda config: set_interface(config, "eth3", {"role": "wan"}), facts=FACTS, author=AUTHOR, note="one more"
    )
    assert not sides(home).is_hidden_from(Arrival("eth3", ""))
    writer.remember_in_force(two_isps.head(), datetime.now(UTC))
    writer.close()
    assert sides(home).is_hidden_from(Arrival("eth3", ""))


def test_a_configuration_that_can_be_read_no_more_stays_known(two_isps: Configuration, home: StateDirectory) -> None:
    clock = [0.0]
    known = WanExposure(home, two_isps, WorkerLink(home.worker_sock), lambda: clock[0])
    assert known.is_hidden_from(Arrival("eth1", WAN))
    home.config_db.write_bytes(b"no database")
    clock[0] = 60.0
    assert known.is_hidden_from(Arrival("eth1", WAN))


@pytest.fixture
def two_cables() -> Iterator[tuple[Namespace, Namespace]]:
    """A router, and a neighbor with two cables to it that asks for what is on the first over the second."""
    router, neighbor = Namespace(), Namespace()
    for number in (1, 2):
        router.ip(f"link add eth{number} type veth peer name cable{number} netns {neighbor.name}")
        router.ip(f"link set eth{number} up", f"address add 10.9.{number}.1/24 dev eth{number}")
        router.ip(f"address add fd00:{number}::1/64 dev eth{number} nodad")
        neighbor.ip(f"link set cable{number} up", f"address add 10.9.{number}.2/24 dev cable{number}")
        neighbor.ip(f"address add fd00:{number}::2/64 dev cable{number} nodad")
    router.ip("address add fe80::9/64 dev eth2 nodad")
    neighbor.ip("route add 10.9.1.1/32 via 10.9.2.1", "route add fd00:1::1/128 via fd00:2::1")
    yield router, neighbor
    router.close()
    neighbor.close()


@pytest.mark.parametrize("asked", ["10.9.2.1", "10.9.1.1", "::ffff:10.9.1.1", "fd00:1::1", "fe80::9"])
def test_the_kernel_tells_where_a_connection_came_in(two_cables: tuple[Namespace, Namespace], asked: str) -> None:
    router, neighbor = two_cables
    family, everywhere = (socket.AF_INET6, "::") if ":" in asked else (socket.AF_INET, "0.0.0.0")
    is_mapped = asked.startswith("::ffff:")
    dialled = asked.removeprefix("::ffff:") + ("%cable2" if asked.startswith("fe80") else "")
    source = {"10": ("10.9.2.2", 0), "fd": ("fd00:2::2", 0)}.get(dialled[:2])
    with router.call(
        lambda: socket.create_server((everywhere, 0), family=family, dualstack_ipv6=is_mapped)
    ) as listener:
        port = listener.getsockname()[1]
        with neighbor.call(
            lambda: socket.create_connection((dialled, port), timeout=30, source_address=source)
        ) as client:
            ours, _ = listener.accept()
            with ours:
                for _ in range(2):
                    client.sendall(b"whatever comes later changes nothing")
                    assert arrival_of(ours).interface == "eth2"
                # Of the connection's own namespace: here the same number is another interface, or none.
                router.ip("link set eth2 down", "link set eth2 name ppp7")
                assert arrival_of(ours).interface == "ppp7"
                router.ip("link del ppp7")
                assert arrival_of(ours).interface == ""


REQUEST = b"GET /api/v1/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def let_out_or_not(configuration: Configuration, worker: FakeWorker, *, answers: bool) -> None:
    configuration.change(
        lambda config: change_panel(config, {"reachable_from_outside": answers}), facts=FACTS, author=AUTHOR, note=""
    )
    worker.take_over()


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects came in on an ISP's side."""
    for module in (connection_limiter, connections):
        monkeypatch.setattr(module, "arrival_of", lambda _: Arrival("eth1", WAN))


@pytest.mark.usefixtures("outside", "two_isps")
def test_on_an_isps_side_nobody_listens(home: StateDirectory, templates: Templates) -> None:
    with running_panel(home, templates) as running, plain(running) as connection:
        assert is_cut(connection)


@pytest.fixture
def let_out(
    two_isps: Configuration, worker: FakeWorker, home: StateDirectory, templates: Templates, outside: None
) -> Iterator[Running]:
    """A panel that answers on the ISPs' side."""
    let_out_or_not(two_isps, worker, answers=True)
    with running_panel(home, templates) as running:
        until(lambda: running.panel.link.status is not None)
        yield running


@pytest.mark.parametrize(("looks_every_s", "asked"), [(60.0, REQUEST), (0.05, b"")])
def test_what_is_open_ends_when_its_side_is_closed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, looks_every_s: float, asked: bytes
) -> None:
    """At its next request at the latest, and soon without one."""
    monkeypatch.setattr(server, "_EXPOSURE_FOLLOWED_EVERY_S", looks_every_s)
    running: Running = request.getfixturevalue("let_out")
    with encrypted(running) as connection:
        connection.send(REQUEST)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        let_out_or_not(running.panel.configuration, request.getfixturevalue("worker"), answers=False)
        until(lambda: running.panel.exposure.is_hidden_from(Arrival("eth1", WAN)))
        connection.send(asked)
        with contextlib.suppress(ConnectionResetError):
            rest_of(connection)


def test_set_up_pages_are_on_no_isps_side_though_the_panel_is(worker: FakeWorker, app: FastAPI, panel: Panel) -> None:
    def edit(config: Config) -> Config:
        config = add_gateway(config, FACTS, {"name": "Orange", "address": "192.168.1.2"})
        return change_panel(config, {"reachable_from_outside": True})

    panel.configuration.change(edit, facts=FACTS, author=AUTHOR, note="typed on the console")
    panel.setup_token.issue()
    with TestClient(app, base_url=f"https://{LAN}", follow_redirects=False) as client:
        for interface, status in (("eth1", 404), ("eth0", 200)):
            client.app_state[ARRIVAL] = Arrival(interface, LAN)
            assert client.get("/setup").status_code == status
