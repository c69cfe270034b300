"""Measurements in a lab from outside: with packets of its own, and by capturing packets."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address
from typing import Any, Literal, TypeVar

from lab.errors import LabError
from lab.inside import calls, connections, dial, streams
from lab.inside.calls import Flow
from lab.inside.connections import Connection, Pair
from lab.inside.dial import Dialled
from lab.inside.streams import Stream
from lab.measurement import Measurement
from lab.namespaces import namespace
from lab.packets import Capture, Packet
from lab.topology import CLIENTS, HOST, INTERNET, INTERNET_HOST, PLACES, isp

T = TypeVar("T")
Protocol = Literal["tcp", "udp"]


def pairs(count: int, clients: Sequence[IPv4Address] = CLIENTS, places: Sequence[IPv4Address] = PLACES) -> list[Pair]:
    """`count` pairs, spread evenly over clients and places, all different as long as there are enough.

    The place advances by one more in each round of the clients, so no client is bound to a few places.
    """
    return [Pair(clients[n % len(clients)], places[(n + n // len(clients)) % len(places)]) for n in range(count)]


class Measures:
    """Measurements in the lab `name`. Each runs in a process of its own inside a machine."""

    def __init__(self, name: str) -> None:
        self.name = name

    def connections(self, wanted: Sequence[Pair], *, concurrency: int = 50, limit_s: float = 5.0) -> list[Connection]:
        """One short TCP connection for each pair, at most `concurrency` at once; results are in the same order.

        Waits until all are done. A connection that takes longer than `limit_s` is an error in its result.
        """
        task = {"pairs": _words(wanted), "concurrency": concurrency, "limit_s": limit_s}
        at_worst_s = 10 + limit_s * (1 + len(wanted) / concurrency)
        with Measurement(self.name, HOST, "connections", task, connections.read) as measurement:
            return measurement.result(at_worst_s)

    def udp_call(
        self, wanted: Sequence[Pair], *, rate_hz: float = 1000, duration_s: float | None = None
    ) -> Measurement[list[Flow]]:
        """A UDP flow on each pair, `rate_hz` datagrams a second each, until stopped or for `duration_s`.

        Returns when every flow has had a reply; raises TimeoutError if one has none within 30 s. `latest` is [replies,
        ISP of the last one] for each flow.
        """
        task = {"pairs": _words(wanted), "rate_hz": rate_hz, "duration_s": duration_s}
        measurement = Measurement(self.name, HOST, "calls", task, calls.read)
        return _once(measurement, lambda flows: all(answers for answers, _ in flows), "every call is answered")

    def tcp_talkers(self, wanted: Sequence[Pair], *, every_ms: float = 50) -> Measurement[list[Stream]]:
        """A TCP client on each pair that sends every `every_ms`, until its connection ends or it is stopped.

        Returns when all are connected. `latest` is [ending, number of receptions] for each.
        """
        return self._streams(wanted, every_ms / 1000)

    def tcp_waiters(self, wanted: Sequence[Pair]) -> Measurement[list[Stream]]:
        """A TCP client on each pair that only waits for a download, until its connection ends or it is stopped."""
        return self._streams(wanted, None)

    def serve(self, machine: str, port: int, *, address: str = "0.0.0.0") -> Measurement[None]:  # noqa: S104
        """The echo on `port` of `machine`, TCP and UDP, until stopped; it replies from the address it was called on."""
        task = {"address": address, "port": port}
        measurement: Measurement[None] = Measurement(self.name, machine, "served", task, lambda _: None)
        return _once(measurement, bool, f"{machine} listens on port {port}")

    def dial_in(
        self,
        isp_number: int,
        protocol: Protocol,
        port: int,
        *,
        source: IPv4Address = INTERNET_HOST,
        exchanges: int = 1,
        every_ms: float = 0,
        limit_s: float = 2.0,
    ) -> Measurement[Dialled]:
        """Call an echo behind a provider's outside address from the Internet. `latest` is the number of replies so far.

        Ends by itself after `exchanges`; get its `result`.
        """
        task = {
            "protocol": protocol,
            "address": str(isp(isp_number).outside.ip),
            "port": port,
            "source": str(source),
            "exchanges": exchanges,
            "interval_s": every_ms / 1000,
            "limit_s": limit_s,
        }
        return Measurement(self.name, INTERNET, "dial", task, dial.read)

    def capture(self, machine: str, interface: str, wanted: Callable[[Packet], bool] = lambda _: True) -> Capture:
        """Capture the packets in and out of `interface` that `wanted` accepts, from now until stopped."""
        return Capture(namespace(self.name, machine), interface, wanted)

    def _streams(self, wanted: Sequence[Pair], say_every_s: float | None) -> Measurement[list[Stream]]:
        task = {"pairs": _words(wanted), "say_every_s": say_every_s}
        measurement = Measurement(self.name, HOST, "streams", task, streams.read)
        return _once(measurement, bool, "every connection was tried")


def _words(wanted: Sequence[Pair]) -> list[tuple[str, str]]:
    return [(str(pair.client), str(pair.place)) for pair in wanted]


def _once(measurement: Measurement[T], condition: Callable[[Any], bool], what: str) -> Measurement[T]:
    """`measurement`, once `condition` holds for its progress; it is ended if that fails."""
    try:
        measurement.wait_for(condition, what)
    except (TimeoutError, LabError):
        with measurement:
            raise
    return measurement
