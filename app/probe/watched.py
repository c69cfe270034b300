"""The interface that the prober expects of a gateway's health; app.health.monitor.Monitor implements it."""

from typing import Protocol

from app.model.probing import Moment, Outcome, Probe


class Watched(Protocol):
    """Decides which probes to send and when, and takes their outcomes. A method returns True if the verdict changed."""

    def due(self, now: Moment) -> tuple[Probe, ...]:
        """The probes to send now; each counts as sent."""
        ...

    def hear(self, probe: Probe, outcome: Outcome, now: Moment) -> bool:
        """Record the outcome of a probe."""
        ...

    def advance(self, now: Moment) -> bool:
        """Expire probes."""
        ...

    def wake_s(self, now: Moment) -> float:
        """When to call `advance` and `due` next, on the monotonic clock; infinity: time alone changes nothing."""
        ...
