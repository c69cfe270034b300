"""Multihome itself in the lab: its state directory, its configuration, its processes.

The lab uses the product only through its commands and its socket, like a user; it imports none of its code.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from lab import launch, processes, registry, stage
from lab.errors import CommandFailed
from lab.launch import Identity
from lab.panel import loopback_socket, start_panel
from lab.processes import Process
from lab.registry import Options
from lab.topology import BALANCER, BALANCER_LAN, INTERNET_HOST, Topology
from lab.waiting import wait_until

# Ids without names: the host needs no such users. Debian reserves 64000-64999 for packages on request.
_GROUP: Final = 64240
WORKER: Final = Identity(64241, _GROUP, ("net_admin", "net_raw"))
PANEL: Final = Identity(64242, _GROUP)
UMASK: Final = 0o007

_ANSWER_LIMIT_S: Final = 15.0
_FIRST_PROBES_LIMIT_S: Final = 10.0
_SOCKET_LIMIT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class GatewayState:
    """One gateway as the worker reports it."""

    number: int
    name: str
    state: str
    reason: str
    in_use: bool


def make_home(lab: str) -> None:
    """Create the state directory: writable for worker and panel through their group, closed to others."""
    home = registry.home(lab)
    home.mkdir()
    os.chown(home, 0, _GROUP)
    home.chmod(0o2770)


def start(lab: str, plan: Topology, options: Options, outside: socket.socket | None) -> list[Process]:
    """Start the router in `balancer`, configured as in the paper or the export unless blank; returns when it replies.

    Unless blank, it also waits up to 10 s for the first probes of every gateway. The panel is reached through
    `outside`; None: without a panel.
    """
    make_home(lab)
    _administer(lab, "migrate", ["-m", "app.cli", "migrate"])
    if options.export and not options.blank:
        _administer(lab, "import", ["-m", "app.cli", "import", "-", "--yes"], options.export)
    elif not options.blank:
        typed = "\n".join(paper_commands(plan)) + "\n"
        _administer(lab, "configure", ["-m", "app.cli.config", "batch", "-"], typed)
    worker = start_worker(lab)
    _await_answer(lab, worker)
    panel = [] if outside is None else [start_panel(lab, PANEL, outside, UMASK)]
    if not options.blank:
        _await_first_probes(lab)
    return [worker, *panel]


def start_worker(lab: str) -> Process:
    """Start the worker as its own user, with its two capabilities and no means to gain others."""
    with launch.log(lab, "worker") as output:
        child = launch.start(
            lab,
            BALANCER,
            [sys.executable, "-m", "app.worker"],
            identity=WORKER,
            stdout=output,
            stderr=output,
            cwd=stage.CODE,
            umask=UMASK,
        )
    return processes.adopt("worker", child)


def start_panel_again(lab: str, port: int) -> Process:
    """Restart the panel on its former sockets."""
    return start_panel(lab, PANEL, loopback_socket(port), UMASK)


def paper_commands(plan: Topology) -> list[str]:
    """The console commands of the paper (section III), with its ICMP check of the Internet host, for any size."""
    first, *others = plan.isps
    lines = [f"addr edit eth0 {BALANCER_LAN}"]
    lines += [f"addr edit {isp.balancer_interface} {isp.balancer}" for isp in plan.isps]
    lines.append(f"gateway edit {first.inside.ip} {first.balancer_interface}")
    lines += [f"gateway add {isp.inside.ip}" for isp in others]
    # Every second instead of every two as in the paper, because people watch it.
    lines.append(f"gateway failover 1 icmp {INTERNET_HOST}")
    # The paper's network is open: what is behind the router is called from outside.
    lines.append("guard off")
    return lines


def gateways(lab: str) -> list[GatewayState] | None:
    """The gateways as the worker reports them; None if it does not reply."""
    status = _ask(lab)
    return None if status is None else list(_gateway_states(status))


def _administer(lab: str, what: str, arguments: Sequence[str], typed: str = "") -> None:
    """Run one of the router's commands as root with the router's group."""
    child = launch.start(
        lab,
        BALANCER,
        [sys.executable, *arguments],
        group=_GROUP,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=stage.CODE,
        umask=UMASK,
    )
    output, _ = child.communicate(typed.encode())
    if child.returncode != 0:
        msg = f"{what} failed: {output.decode(errors='replace').strip() or child.returncode}"
        raise CommandFailed(msg)


def _await_answer(lab: str, worker: Process) -> None:
    try:
        wait_until(lambda: not worker.alive or _ask(lab) is not None, "the worker answers", _ANSWER_LIMIT_S)
    except TimeoutError as timeout:
        raise CommandFailed(str(timeout)) from None
    if not worker.alive:
        words = (registry.directory(lab) / "worker.log").read_text(errors="replace").strip()
        msg = f"the worker ended at once: {words[-1000:]}"
        raise CommandFailed(msg)


def _await_first_probes(lab: str) -> None:
    def all_known() -> bool:
        states = gateways(lab)
        return bool(states) and all(gateway.state != "unknown" for gateway in states or ())

    with suppress(TimeoutError):  # a router with an unproven gateway is still useful
        wait_until(all_known, "every gateway is probed", _FIRST_PROBES_LIMIT_S)


def _ask(lab: str) -> dict[str, Any] | None:
    """The worker's status as it sends it; None without a reply."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_SOCKET_LIMIT_S)
            line.connect(str(registry.home(lab) / "worker.sock"))
            line.sendall(b'{"command":"status"}\n')
            answer = json.loads(line.makefile("rb").readline())
    except (OSError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def _gateway_states(status: dict[str, Any]) -> Iterator[GatewayState]:
    """Missing fields are tolerated, so that an older or newer worker is still shown."""
    for gateway in status.get("gateways", ()):
        number = int(gateway.get("number", 0))
        yield GatewayState(
            number=number,
            name=str(gateway.get("name") or f"ISP {number}"),
            state=str(gateway.get("state", "unknown")),
            reason=str(gateway.get("reason") or ""),
            in_use=bool(gateway.get("in_use", False)),
        )
