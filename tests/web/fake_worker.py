"""A worker that says what it is told to: worker.sock with scripted Status objects and nothing behind them.

When the configuration changes it does what a healthy worker would do with it: a wake-up makes its status follow
config.db, unless `follow` is off. It runs in a thread of its own, so that tests and the panel are both its clients.
"""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from pydantic import TypeAdapter

from app.model.client_flows import ClientFlows
from app.model.config import Config, Gateway
from app.model.countdown import Returned
from app.model.events.event import LOGGED, LoggedEvent
from app.model.facts import AddressFact, DefaultRoute, Facts, Link
from app.model.finding import Finding
from app.model.status import GatewayStatus, LayerStatus, RuleStatus, Status, TargetStatus
from app.model.trial import Trial, TrialRequest, TrialTarget
from app.model.verdict import Layer, State
from app.model.way import Packet, Way
from app.paths import StateDirectory
from app.store.files import reading
from app.store.reader import newest_in
from app.store.state import StateWriter
from tests.yielding import others_run

STATUS = TypeAdapter(Status)
TRIAL = TypeAdapter(Trial)
FINDINGS = TypeAdapter(tuple[Finding, ...])
CABLE = LayerStatus(layer=Layer.CARRIER, text="link up", ok=True)
TARGET = TrialTarget(host="10.0.0.3", ok=True, text="reply in 9.1 ms", rtt_ms=9.1)
STARTED = datetime.now(UTC) - timedelta(hours=2)


def link(name: str, index: int, *addresses: str, carrier: bool = True, up: bool = True) -> Link:
    """A network device."""
    found = tuple(AddressFact(address=IPv4Interface(one)) for one in addresses)
    mac = f"02:00:00:00:00:{index:02x}"
    return Link(name=name, index=index, up=up, carrier=carrier, addresses=found, mac=mac, mtu=1500)


# The machine of the paper's figure, with one device that leads nowhere yet.
FACTS = Facts(
    links=(
        Link(name="lo", index=1, up=True, carrier=True, loopback=True, mtu=65536),
        link("eth0", 2, "62.231.110.65/26"),
        link("eth1", 3, "192.168.1.1/24"),
        link("eth2", 4, "172.17.0.1/24"),
        link("eth3", 5, carrier=False),
    ),
    defaults=(DefaultRoute(interface="eth1", next_hop=IPv4Address("192.168.1.2")),),
)


def observed(gateway: Gateway, total: int, **changes: object) -> GatewayStatus:
    """A configured gateway that is as well as can be."""
    share = 100 * gateway.weight / total if gateway.enabled and total else 0.0
    status = GatewayStatus(
        number=gateway.number,
        name=gateway.name,
        interface=gateway.interface,
        next_hop=gateway.ipv4.address,
        source=IPv4Address("192.168.1.1"),
        enabled=gateway.enabled,
        weight=gateway.weight,
        state=State.UP,
        reason="answers",
        since=STARTED,
        in_use=gateway.enabled,
        layers=(LayerStatus(layer=Layer.CARRIER, text="link up", ok=True),),
        weight_percent=share,
        share_percent=share,
        tier=gateway.tier,
        new_flows=1000,
        rtt_ms=9.1 + gateway.number,
        jitter_ms=0.4,
        loss_percent=0.0,
        rx_bits_per_s=12_300_000.0,
        tx_bits_per_s=1_200_000.0,
    )
    return replace(status, **changes)  # type: ignore[arg-type]


def healthy(config: Config, revision: int, facts: Facts = FACTS) -> Status:
    """What a worker says when everything works."""
    best = min((one.tier for one in config.gateways if one.enabled), default=1)
    total = sum(one.weight for one in config.gateways if one.enabled and one.tier == best)
    return Status(
        observed_at=datetime.now(UTC),
        started_at=STARTED,
        boot_id="boot",
        wanted=revision,
        in_force=revision,
        gateways=tuple(
            idle(observed(one, total)) if one.enabled and one.tier > best else observed(one, total)
            for one in config.gateways
        ),
        rules=tuple(RuleStatus(number=one.number, hits=10 * one.number) for one in config.rules if one.enabled),
        facts=facts,
    )


def idle(gateway: GatewayStatus) -> GatewayStatus:
    """A gateway that is well and not needed."""
    return replace(gateway, standby=True, in_use=False, share_percent=None, weight_percent=0.0)


def down(gateway: GatewayStatus, reason: str = "no reply from 10.0.0.3 (icmp, 3 probes)") -> GatewayStatus:
    """A gateway whose ISP is dead."""
    failing = LayerStatus(layer=Layer.ICMP, text=reason, ok=False)
    return replace(
        gateway, state=State.DOWN, reason=reason, layer=Layer.ICMP, since=datetime.now(UTC), in_use=False,
        layers=(CABLE, failing),
        rtt_ms=None, jitter_ms=None, loss_percent=100.0, share_percent=None, weight_percent=0.0,
        rx_bits_per_s=0.0, tx_bits_per_s=0.0,
    )  # fmt: skip


def _uptime_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class FakeWorker:
    """worker.sock of a state directory, as long as it is entered."""

    def __init__(self, home: StateDirectory, facts: Facts = FACTS) -> None:
        self.home = home
        self.facts = facts
        self.follow = True
        self.status = healthy(Config(), 0, facts)
        rule = "priority 243 from all lookup 243 protocol 243"
        self.kernel: dict[str, list[str]] = {"desired": [rule], "observed": [rule], "pending": [], "drift": []}
        self.wakes = 0
        self._in_force: tuple[int, float] = (0, 0.0)
        self._window_s = 60
        self.asked: list[TrialRequest] = []
        self.packets: list[Packet] = []
        self.way = Way(reason="there is nothing here that could take it")
        self.findings: tuple[Finding, ...] = ()
        self.targets: tuple[TargetStatus, ...] = ()
        self.names: dict[str, list[str]] = {}
        self.client_flows = ClientFlows(addresses=(IPv4Address("62.231.110.80"),), isps=())
        self.trial = TRIAL.dump_json(Trial(layers=(CABLE,), targets=(TARGET,))).decode()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._connected: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "FakeWorker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, and speak once a second."""
        self._ready.clear()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(5)

    def stop(self) -> None:
        """Fall silent: the socket is closed, as after a crash."""
        if self._thread is not None:
            if self._stop is not None:
                self._soon(self._stop.set)
            self._thread.join(5)
            self._thread = None

    def say(self, status: Status) -> None:
        """Publish this status from now on."""
        self.status = status
        self._soon(self._publish)

    def tell(self, event: LoggedEvent) -> None:
        """Publish an event."""
        line = b'{"event": %s}\n' % LOGGED.dump_json(event)
        self._soon(lambda: self._send(line))

    def break_gateway(self, number: int, reason: str = "no reply from 10.0.0.3 (icmp, 3 probes)") -> None:
        """Let one gateway go down."""
        gateways = tuple(down(one, reason) if one.number == number else one for one in self.status.gateways)
        self.say(replace(self.status, gateways=gateways))

    def take_over(self) -> None:
        """Put the newest revision in force; it waits to be confirmed if it has to."""
        with reading(self.home.config_db) as connection:
            newest = newest_in(connection)
        head = newest.head
        if self._in_force[0] != head.number:
            self._in_force = (head.number, _uptime_s())
        status = healthy(head.config, head.number, self.facts)
        if newest.window_s is not None:
            window_s, confirmed = float(newest.window_s), newest.confirmed.number
            status = replace(status, on_trial=head.number, returns_to=confirmed, confirm_within_s=window_s)
        self.say(self._aged(status, newest.window_s))

    def give_back(self, why: str = "not confirmed within 60 s") -> None:
        """Return from the newest revision to the confirmed one, as when its time is over."""
        with reading(self.home.config_db) as connection:
            newest = newest_in(connection)
        back = Returned(revision=newest.head.number, why=why, at=datetime.now(UTC), to=newest.confirmed.number)
        writer = StateWriter(self.home.state_db)
        writer.write_returned(back)
        writer.close()
        status = healthy(newest.confirmed.config, newest.confirmed.number, self.facts)
        self.say(replace(status, wanted=newest.head.number, returned=back))

    def _aged(self, status: Status, window_s: int | None = None) -> Status:
        """The status with its countdown as it is at this moment; what a test itself says stays as it is said."""
        if status.on_trial is None or status.on_trial != self._in_force[0]:
            return status
        age_s = _uptime_s() - self._in_force[1]
        self._window_s = self._window_s if window_s is None else window_s
        return replace(status, in_force_for_s=age_s, confirm_within_s=self._window_s - age_s)

    def _soon(self, call: Callable[[], None]) -> None:
        """Do it in the worker's own thread, if the worker lives."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.home.worker_sock.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._talk, str(self.home.worker_sock))
        speaking = asyncio.create_task(self._speak())
        self._ready.set()
        await self._stop.wait()
        speaking.cancel()
        server.close()
        # Whoever has just connected is closed, too: a connection that nobody closes fails the test after this one.
        await others_run()
        await others_run()
        for writer in tuple(self._connected):
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        self._writers.clear()
        self.home.worker_sock.unlink(missing_ok=True)
        with contextlib.suppress(asyncio.CancelledError):
            await speaking

    async def _speak(self) -> None:
        while True:
            self._publish()
            await asyncio.sleep(1)

    def _publish(self) -> None:
        self.status = replace(self._aged(self.status), observed_at=datetime.now(UTC))
        self._send(self._line())

    def _send(self, line: bytes) -> None:
        for writer in tuple(self._writers):
            writer.write(line)

    def _line(self) -> bytes:
        return b'{"status": %s}\n' % STATUS.dump_json(self.status)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connected.add(writer)
        try:
            with contextlib.suppress(ConnectionError):
                while line := await reader.readline():
                    writer.write(self._answer(json.loads(line), writer))
                    await writer.drain()
        finally:
            self._connected.discard(writer)
            self._writers.discard(writer)
            writer.close()

    def _answer(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> bytes:
        match request["command"]:
            case "subscribe":
                self._writers.add(writer)
                return self._line()
            case "status":
                self.status = self._aged(self.status)
                return STATUS.dump_json(self.status) + b"\n"
            case "kernel":
                return json.dumps(self.kernel).encode() + b"\n"
            case "doctor":
                return FINDINGS.dump_json(self.findings) + b"\n"
            case "probe_once":
                self.asked.append(
                    TypeAdapter(TrialRequest).validate_python({k: v for k, v in request.items() if k != "command"})
                )
                return self.trial.encode() + b"\n"
            case "which_way":
                self.packets.append(TypeAdapter(Packet).validate_python(request["packet"]))
                return TypeAdapter(Way).dump_json(self.way) + b"\n"
            case "wake":
                self.wakes += 1
                if self.follow:
                    self.take_over()
                return b'{"ok": true}\n'
        return self._look_up(request)

    def _look_up(self, request: dict[str, Any]) -> bytes:
        match request["command"]:
            case "resolve":
                name = request["name"]
                found = {"addresses": self.names[name]} if name in self.names else {"error": f"{name} is not known"}
                return json.dumps(found).encode() + b"\n"
            case "targets":
                targets = self.targets if request["gateway"] == 1 else ()
                return TypeAdapter(tuple[TargetStatus, ...]).dump_json(targets) + b"\n"
            case "client_flows":
                return TypeAdapter(ClientFlows).dump_json(self.client_flows) + b"\n"
        return b'{"error": "unknown command"}\n'


@contextlib.contextmanager
def fake_worker(home: StateDirectory, facts: Facts = FACTS) -> Iterator[FakeWorker]:
    """A worker for the time of a test."""
    with FakeWorker(home, facts) as worker:
        yield worker
