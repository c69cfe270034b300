"""Collects all findings about one machine, problems first, notes last."""

from app.diagnosis import firewall, guard, host, marks, routing
from app.diagnosis.machine import Machine
from app.model.finding import Finding, Severity

_PARTS = (
    *(host.running, host.state, host.kernel, host.settings),
    *(routing.findings, marks.findings, firewall.findings, guard.findings),
)

_ORDER = tuple(Severity)


def examined(machine: Machine) -> tuple[Finding, ...]:
    """The findings; empty when all is well. Nothing that was not seen is judged."""
    found = [finding for part in _PARTS for finding in part(machine)]
    return tuple(sorted(found, key=lambda one: _ORDER.index(one.severity)))
