"""The interface that the prober expects of a gateway's health; app.health.monitor.Monitor implements it."""

from typing import Protocol

from app.model.probing import Moment, Outcome, Probe


class Watched(Protocol):
    """Says what to ask and when, and takes what comes back. True from a method: the verdict changed."""

    def due(self, now: Moment) -> tuple[Probe, ...]:
        """The probes to send now; each is taken as sent."""
        ...

    def hear(self, probe: Probe, outcome: Outcome, now: Moment) -> bool:
        """Take what came of a probe."""
        ...

    def advance(self, now: Moment) -> bool:
        """Let time pass."""
        ...

    def wake_s(self, now: Moment) -> float:
        """When to call `advance` and `due` next, on the monotonic clock; infinity: not before something happens."""
        ...
