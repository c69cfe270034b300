"""The messages between health and probe: a moment, a probe, and the three ways a probe can end early.

These never cross a process border and are made hundreds of times a second, so they are plain dataclasses and
validate nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from app.model.check import Check


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks: seconds of CLOCK_MONOTONIC to reckon with, wall time (UTC) to show."""

    monotonic_s: float
    wall: datetime


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: `host` of `check`, asked at `sent_s` (monotonic), to be answered within `timeout_s`.

    `host` is an address or a name, for an http check its URL. `target` and `sequence` are the prober's own.
    """

    check: Check
    host: str
    target: int
    sequence: int
    sent_s: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to this probe and no other came `rtt_s` after it was sent, by the kernel's clock where it can tell."""

    rtt_s: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody said no: the target (a closed port, a wrong status) or a router on the way. A miss at once."""

    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """It could not be asked (no route, no device, an unresolved name). A miss when its time is over, like silence:
    what is wrong may be our own doing, and over in a moment.
    """

    text: str


Outcome = Answer | Refusal | Failure
