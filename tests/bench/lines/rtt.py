"""The round trip that the worker tells, against `ping` and against a capture at the interface; idle, and kept busy."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from ipaddress import IPv4Address

from app.service.edits.settings import change_failover
from lab.lab import Lab
from lab.packets import Packet
from tests.bench.effort import Effort
from tests.bench.figures import Figure
from tests.lab import routed

WINDOW_S, INTERVAL_S = 60, 0.2
ECHO_REQUEST, ECHO_REPLY = 8, 0
# Two addresses of the same machine: the worker asks one, `ping` the other, so that they can be told apart.
PROBED, PINGED = IPv4Address("10.0.0.3"), IPv4Address("10.0.0.10")


def figures(effort: Effort) -> Iterator[Figure]:
    """Means over the same minute (the worker tells a mean over the last minute), as differences in microseconds."""
    with routed.routed("b-rtt") as lab:
        routed.change(lab, lambda c: change_failover(c, {"timing": {"interval_s": INTERVAL_S, "timeout_s": 0.4}}))
        routed.wait_for_members(lab, 1, 2)
        for name, load in (("idle", nullcontext()), ("its loop kept busy", _busy(lab))):
            with load:
                told_ms, captured_ms, pinged_ms = _minute(lab, WINDOW_S * min(1.0, max(effort.part, 0.1)))
            note = f"told {told_ms:.3f} ms, captured {captured_ms:.3f} ms, ping {pinged_ms:.3f} ms"
            print("  ", name, note)
            yield Figure(
                f"RTT told − captured at the interface, {name}", "µs", (1000 * (told_ms - captured_ms),), note=note
            )
            yield Figure(f"RTT told − ping, {name}", "µs", (1000 * (told_ms - pinged_ms),), note=note)


def _minute(lab: Lab, seconds: float) -> tuple[float, float, float]:
    """What the worker tells of ISP 1 at the end of some time, what passed its interface then, what `ping` says."""
    count = round(seconds / INTERVAL_S)
    with lab.capture("balancer", "eth1", _is_echo) as capture:
        ping = ["ping", "-q", "-I", "192.168.1.1", "-i", str(INTERVAL_S), "-c", str(count), str(PINGED)]
        said = lab.run("balancer", ping, limit_s=seconds + 30).stdout
        told_ms = routed.gateway(lab, 1).rtt_ms
        packets = capture.stop()
    found = re.search(r"= [\d.]+/([\d.]+)/", said)
    assert told_ms is not None
    assert found is not None, said
    return told_ms, _mean_ms(packets), float(found[1])


def _is_echo(packet: Packet) -> bool:
    return packet.icmp is not None and str(PROBED) in (str(packet.source), str(packet.destination))


def _mean_ms(packets: list[Packet]) -> float:
    asked: dict[tuple[int, int], int] = {}
    took: list[int] = []
    for packet in packets:
        assert packet.icmp is not None
        kind, _, identity, sequence = packet.icmp
        if kind == ECHO_REQUEST and packet.outgoing:
            asked[identity, sequence] = packet.at_ns
        elif kind == ECHO_REPLY and (identity, sequence) in asked:
            took.append(packet.at_ns - asked.pop((identity, sequence)))
    return sum(took) / len(took) / 1e6


@contextmanager
def _busy(lab: Lab) -> Iterator[None]:
    """Ask the worker for its whole view of the kernel without a pause."""
    ending = threading.Event()

    def ask() -> None:
        while not ending.is_set():
            routed.kernel(lab)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    try:
        yield
    finally:
        ending.set()
        asking.join()
