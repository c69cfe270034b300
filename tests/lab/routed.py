"""A lab whose balancer runs Multihome, and what behavior tests ask of it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import IPv4Address

from app.model.config import Config
from app.model.events.event import LoggedEvent
from app.model.facts import Facts
from app.model.status import GatewayStatus, Status
from app.model.verdict import State
from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin
from app.service.edits.settings import change_failover
from app.service.worker_client import KernelView, kernel_view, worker_status
from app.store.history import read_events
from lab import registry
from lab.inside.connections import Connection
from lab.lab import Lab
from lab.waiting import wait_until
from tests.lab import by_hand
from tests.lab.by_hand import lab_name

# For what a test waits for and does not measure: generous, as the machine may be busy.
LIMIT_S = 45.0
TESTER = Author("tester", Origin.CONSOLE)
pairs_by_isp = by_hand.pairs_by_isp


@contextmanager
def routed(suffix: str, *, isps: int = 2, blank: bool = False) -> Iterator[Lab]:
    """The paper's network with worker and the paper's configuration (unless `blank`), without traffic."""
    with Lab.up(lab_name(suffix), isps=isps, blank=blank, quiet=True, panel=False) as lab:
        yield lab


def home(lab: Lab) -> StateDirectory:
    return StateDirectory(registry.home(lab.name))


def console(lab: Lab, command: str) -> str:
    """What one of the paper's commands prints."""
    return lab.run("balancer", ["config", *command.split()]).stdout


def change(lab: Lab, edit: Callable[[Config], Config]) -> None:
    """Save a change through the service layer, and return once it is in force."""
    facts = status(lab).facts
    saved = Configuration(home(lab)).change(edit, facts=facts, author=TESTER, note="a test", force=True)
    wait_until(lambda: status(lab).in_force == saved.after.number, f"revision {saved.after.number} in force", LIMIT_S)


def set_timing(lab: Lab, **timing: float) -> None:
    """Have all ISPs asked with these settings and the defaults for the others."""
    change(lab, lambda config: change_failover(config, {"timing": timing}))


def without_hold(lab: Lab) -> None:
    """Let an ISP that is back be used at once: where its return is not what is tested."""
    hold(lab, 0)


def hold(lab: Lab, hold_s: float) -> None:
    """Let an ISP that is back be used after this time: where the default is not what is tested."""
    set_timing(lab, hold_s=hold_s)


def settled(lab: Lab) -> None:
    """Return once the newest revision is in force."""
    head = Configuration(home(lab)).head().number
    wait_until(lambda: status(lab).in_force == head, f"revision {head} in force", LIMIT_S)


def status(lab: Lab) -> Status:
    return worker_status(home(lab).worker_sock)


def facts(lab: Lab) -> Facts:
    return status(lab).facts


def kernel(lab: Lab) -> KernelView:
    return kernel_view(home(lab).worker_sock)


def gateway(lab: Lab, number: int) -> GatewayStatus:
    return next(one for one in status(lab).gateways if one.number == number)


def wait_for_state(lab: Lab, number: int, state: State, limit_s: float = LIMIT_S) -> GatewayStatus:
    wait_until(lambda: gateway(lab, number).state is state, f"gateway {number} is {state}", limit_s)
    return gateway(lab, number)


def wait_for_members(lab: Lab, *numbers: int, limit_s: float = LIMIT_S) -> None:
    """Return once exactly these gateways carry new connections."""

    def members() -> tuple[int, ...]:
        return tuple(one.number for one in status(lab).gateways if one.in_use)

    wait_until(lambda: members() == numbers, f"gateways {numbers} carry new connections", limit_s)


def wait_for_standby(lab: Lab, *numbers: int, limit_s: float = LIMIT_S) -> None:
    """Return once exactly these gateways stand by."""

    def standby() -> tuple[int, ...]:
        return tuple(one.number for one in status(lab).gateways if one.standby)

    wait_until(lambda: standby() == numbers, f"gateways {numbers} stand by", limit_s)


def pending(lab: Lab) -> dict[str, str]:
    """What the revision asks for and the machine cannot hold now, and why."""
    return {one.subject: one.reason for one in status(lab).pending}


def events(lab: Lab) -> tuple[LoggedEvent, ...]:
    """The timeline, newest first."""
    return tuple(one.event for one in read_events(home(lab).state_db))


def by_isp(connections: Sequence[Connection]) -> dict[int | None, int]:
    """How many connections each provider carried; None: they failed."""
    counts: dict[int | None, int] = {}
    for one in connections:
        counts[one.isp] = counts.get(one.isp, 0) + 1
    return counts


def lines(lab: Lab, *argv: str) -> list[str]:
    """What a command in the balancer prints, each line with its white space folded."""
    return [" ".join(line.split()) for line in lab.run("balancer", argv).stdout.splitlines() if line.strip()]


def address_of(isp: int) -> IPv4Address:
    """The balancer's own address towards a provider of the paper."""
    return IPv4Address({1: "192.168.1.1", 2: "172.17.0.1"}[isp])


def monotonic_ns(at: datetime) -> int:
    """A wall-clock time of this machine on the monotonic clock, as of now."""
    return time.monotonic_ns() - round((datetime.now(UTC) - at).total_seconds() * 1e9)


def wait_for_beat(at_s: float) -> None:
    """Return at a moment of the monotonic clock: the beat of a fault that is asked for, not a pause for luck."""
    wait_until(lambda: time.monotonic() >= at_s, "the next beat", max(0.0, at_s - time.monotonic()) + 1)
