"""The present status of a lab, and its text for people."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lab import namespaces, registry
from lab.cables import CableState
from lab.inside import office
from lab.inside.office import Noticed
from lab.lab import Lab
from lab.router import GatewayState

# The router's processes; all others are the lab's own and end with it.
STARTABLE: Final = ("worker", "panel")


@dataclass(frozen=True, slots=True)
class MachineState:
    """A machine, and whether its namespace exists."""

    name: str
    present: bool


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process of the lab, and whether it runs."""

    role: str
    pid: int
    alive: bool


@dataclass(frozen=True, slots=True)
class Status:
    """The complete status. `traffic` is None without traffic, `gateways` None while the worker does not reply."""

    name: str
    isps: int
    machines: tuple[MachineState, ...]
    cables: tuple[CableState, ...]
    processes: tuple[ProcessState, ...]
    traffic: Noticed | None
    gateways: tuple[GatewayState, ...] | None


def observe(lab: Lab) -> Status:
    """The status of `lab`, from kernel, registry, office and worker."""
    record = lab.record
    existing = set(namespaces.namespaces_of(lab.name))
    gateways = lab.gateways() if record.router else None
    return Status(
        name=lab.name,
        isps=lab.options.isps,
        machines=tuple(
            MachineState(machine.name, lab.namespace(machine.name) in existing) for machine in lab.plan.machines
        ),
        cables=tuple(lab.cables()),
        processes=tuple(ProcessState(each.role, each.pid, each.alive) for each in (*record.processes, *record.router)),
        traffic=office.read(registry.directory(lab.name) / "traffic.json"),
        gateways=None if gateways is None else tuple(gateways),
    )


def typed(name: str) -> str:
    """The command that a user types for the lab `name`."""
    return "sudo ./run lab" if name == "lab" else f"sudo ./run lab --name {name}"


def page(status: Status) -> list[str]:
    """The status as lines of text, for people."""
    lines = [f"lab {status.name}: {status.isps} {'provider' if status.isps == 1 else 'providers'}", ""]
    lines += _machine_lines(status)
    lines += _cable_lines(status)
    if status.traffic is not None:
        lines += ["", "the office behind host", *(f"  {line}" for line in traffic_lines(status.traffic))]
    if status.gateways is not None:
        lines += ["", "what the worker says", *(f"  {line}" for line in map(gateway_line, status.gateways))]
    return lines


def changes(before: Status | None, after: Status) -> Iterator[str]:
    """One line for each notable difference; without `before`, everything."""
    old = set(_notes(before)) if before is not None else set()
    return (note for note in _notes(after) if note not in old)


def gateway_line(gateway: GatewayState) -> str:
    """A gateway in one line."""
    use = "in use" if gateway.in_use else "not in use"
    reason = f": {gateway.reason}" if gateway.reason else ""
    return f"{gateway.name} is {gateway.state}, {use}{reason}"


def traffic_lines(noticed: Noticed) -> list[str]:
    """What the office measures, in three lines."""
    now_s = time.monotonic()
    by_isp = noticed.connections_by_isp or {}
    total = sum(by_isp.values())
    shares = ", ".join(f"ISP {isp} {100 * count / total:.0f} %" for isp, count in by_isp.items()) or "none answered"
    since_s = now_s - noticed.call_answered_at_s
    gap_ago_s = now_s - noticed.call_gap_at_s
    gap = f"last gap {noticed.call_gap_ms:.0f} ms, {gap_ago_s:.0f} s ago" if noticed.call_gap_ms else "no gap so far"
    answered = f"answered by ISP {noticed.call_isp}" if since_s < 1 else f"not answered for {since_s:.0f} s"
    through = f"through ISP {noticed.download_isp}" if noticed.download_isp else "not connected"
    asked, failed = total + noticed.connections_failed, noticed.connections_failed
    resets, again = noticed.download_resets, max(0, noticed.download_connects - 1)
    return [
        f"new connections  {shares} ({asked} in {office.WINDOW_S:.0f} s, {failed} failed)",
        f"call             {answered if noticed.call_isp else 'not answered yet'}; {gap}",
        f"download         {through}; {resets} resets, {again} reconnects, {noticed.download_bytes / 1e6:.1f} MB",
    ]


def _machine_lines(status: Status) -> list[str]:
    gone = [machine.name for machine in status.machines if not machine.present]
    names = ", ".join(machine.name for machine in status.machines if machine.present)
    running = ", ".join(f"{each.role} {'runs' if each.alive else 'is DEAD'}" for each in status.processes)
    dead = [each.role for each in status.processes if each.role in STARTABLE and not each.alive]
    hints = [f"           `{typed(status.name)} start {role}` starts the {role} again" for role in dead]
    lines = [f"machines   {names}", f"processes  {running or 'none'}", *hints, ""]
    return lines if not gone else [f"GONE       {', '.join(gone)}", *lines]


def _cable_lines(status: Status) -> list[str]:
    lines = [f"{'cable':<17}{'packets →':>12}{'packets ←':>12}{'kB →':>10}{'kB ←':>10}  state"]
    for cable in status.cables:
        there, back = cable.from_near, cable.from_far
        counts = f"{there.packets:>12}{back.packets:>12}{there.octets // 1000:>10}{back.octets // 1000:>10}"
        lines.append(f"{cable.name:<17}{counts}  {cable.summary}")
    return lines


def _notes(status: Status) -> Iterator[str]:
    for cable in status.cables:
        yield f"cable {cable.name} is {cable.summary}"
    for process in status.processes:
        yield f"{process.role} {'runs' if process.alive else 'is dead'}"
    if status.traffic is not None and status.traffic.call_isp:
        yield f"the call goes through ISP {status.traffic.call_isp}"
        yield f"the download was reset {status.traffic.download_resets} times"
    for gateway in status.gateways or ():
        yield gateway_line(gateway)
