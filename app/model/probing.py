"""The messages between health and probe: a moment, a probe, and the three ways a probe can end early.

They never leave the process and are created hundreds of times per second, so they are plain dataclasses without
validation.
"""

from dataclasses import dataclass
from datetime import datetime

from app.model.check import Check


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment on both clocks: seconds of CLOCK_MONOTONIC for calculations, wall time (UTC) for display."""

    monotonic_s: float
    wall: datetime


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: `host` of `check`, sent at `sent_s` (monotonic), with a reply due within `timeout_s`.

    `host`: an address or a name, for an http check its URL. `target` and `sequence` identify the probe in its monitor.
    """

    check: Check
    host: str
    target: int
    sequence: int
    sent_s: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply to exactly this probe, `rtt_s` after sending, by the kernel's timestamp if there is one."""

    rtt_s: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """A negative reply from the target (a closed port, a wrong status) or from a router on the path. Counts as a loss
    at once.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The probe could not be sent (no route, no device, an unresolved name). Counts as a loss after the timeout, like
    silence: the cause may be local and short.
    """

    text: str


Outcome = Answer | Refusal | Failure
