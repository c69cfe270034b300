"""A change that waits to be kept, as the office and the worker see it, on the clock that counts it down."""

import time
from contextlib import suppress

from app.errors import WorkerSilent
from app.model.status import Status
from app.store.history import read_trial
from lab.lab import Lab
from lab.topology import BALANCER_LAN
from lab.waiting import wait_until
from tests.lab import routed
from tests.lab.by_hand import pings

# The shortest that can be chosen.
WINDOW_S = 15
# By when everything is as before, counted from the end of the window.
GRACE_S = 2.0


def answer(lab: Lab) -> Status:
    """The worker's status, as soon as there is a worker that answers."""

    def found() -> Status | None:
        with suppress(WorkerSilent):
            return routed.status(lab)
        return None

    status = wait_until(found, "the worker answers", routed.LIMIT_S)
    assert status is not None
    return status


def observed(lab: Lab) -> tuple[str, ...]:
    return routed.kernel(lab).observed


def is_reached(lab: Lab) -> bool:
    return pings(lab, "host", BALANCER_LAN.ip) == 1


def in_force_s(lab: Lab, number: int) -> float:
    """When a revision on trial came into force, on CLOCK_BOOTTIME."""

    def found() -> float | None:
        trial = read_trial(routed.home(lab).state_db)
        return trial.in_force_s if trial is not None and trial.revision == number else None

    try:
        moment = wait_until(found, f"revision {number} is in force", routed.LIMIT_S)
    except TimeoutError as error:
        error.add_note(f"the worker says: {answer(lab)}")
        error.add_note(f"its timeline: {routed.events(lab)[:10]}")
        raise
    assert moment is not None
    return moment


def uptime_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def wait_for_return(lab: Lab, number: int, since_s: float) -> None:
    """Return once the office reaches the router again, which must be in time."""
    limit_s = since_s + WINDOW_S + GRACE_S - uptime_s()
    wait_until(lambda: is_reached(lab), "the office reaches the router again", limit_s)
    assert uptime_s() - since_s >= WINDOW_S - 0.1
    wait_until(lambda: (r := routed.status(lab).returned) and r.revision == number, "it says so", GRACE_S)
