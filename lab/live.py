"""The state of a lab for its Simulation page: everything in one JSON-ready object, with traffic per second."""

import time
from dataclasses import asdict
from typing import Any

from lab.cables import CableState, Carried
from lab.lab import Lab
from lab.packets import Packet
from lab.status import Status, observe, traffic_lines
from lab.topology import PLACES, isp_of
from lab.trace import line


class Picture:
    """Observes one lab repeatedly; traffic is measured between two observations."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._ends = {cable.name: (cable.near.device, cable.far.device) for cable in lab.plan.cables}
        self._before: tuple[float, dict[str, CableState]] | None = None

    def now(self) -> dict[str, Any]:
        """The present state of the lab; see `control` for the fields."""
        at_s, status = time.monotonic(), observe(self._lab)
        cables = [self._cable(cable, at_s) for cable in status.cables]
        self._before = (at_s, {cable.name: cable for cable in status.cables})
        return {
            "name": status.name,
            "isps": status.isps,
            "machines": [asdict(machine) for machine in status.machines],
            "cables": cables,
            "processes": [{"role": each.role, "alive": each.alive} for each in status.processes],
            "gateways": None if status.gateways is None else [asdict(gateway) for gateway in status.gateways],
            "office": _office(status),
        }

    def _cable(self, cable: CableState, at_s: float) -> dict[str, Any]:
        near, far = self._ends[cable.name]
        then_s, before = self._before or (at_s, {})
        old, passed_s = before.get(cable.name, cable), at_s - then_s
        return {
            "name": cable.name,
            "near": near,
            "far": far,
            "plugged": cable.plugged,
            "fault": cable.fault,
            "summary": cable.summary,
            "from_near": _traffic(cable.from_near, old.from_near, passed_s),
            "from_far": _traffic(cable.from_far, old.from_far, passed_s),
        }


def arrival(packet: Packet) -> dict[str, Any]:
    """A packet at the Internet host."""
    return {
        "isp": isp_of(packet.source),
        "protocol": packet.protocol_name,
        "destination": str(packet.destination),
        "office": packet.destination in PLACES,
        "line": line(packet),
    }


def _traffic(now: Carried, before: Carried, passed_s: float) -> dict[str, Any]:
    per_s = 1 / passed_s if passed_s > 0 else None
    return {
        "packets": now.packets,
        "octets": now.octets,
        "packets_per_s": None if per_s is None else round((now.packets - before.packets) * per_s, 1),
        "bits_per_s": None if per_s is None else round(8 * (now.octets - before.octets) * per_s),
    }


def _office(status: Status) -> dict[str, Any] | None:
    """What the traffic of `host` measures; times are in seconds before now."""
    seen = status.traffic
    if seen is None:
        return None
    now_s = time.monotonic()
    return {
        "connections_by_isp": seen.connections_by_isp or {},
        "connections_failed": seen.connections_failed,
        "call_isp": seen.call_isp or None,
        "call_answered_ago_s": round(now_s - seen.call_answered_at_s, 3) if seen.call_answered_at_s else None,
        "call_gap_ms": seen.call_gap_ms or None,
        "call_gap_ago_s": round(now_s - seen.call_gap_at_s, 1) if seen.call_gap_ms else None,
        "download_isp": seen.download_isp or None,
        "download_bytes": seen.download_bytes,
        "download_resets": seen.download_resets,
        "lines": traffic_lines(seen),
    }
