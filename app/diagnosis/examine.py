"""Collects all findings about one machine, problems first."""

from app.diagnosis import firewall, host, marks, routing
from app.diagnosis.machine import Machine
from app.model.finding import Finding, Severity

_PARTS = (host.running, host.state, host.kernel, host.settings, routing.findings, marks.findings, firewall.findings)


def examined(machine: Machine) -> tuple[Finding, ...]:
    """The findings; empty when all is well. Nothing that was not seen is judged."""
    found = [finding for part in _PARTS for finding in part(machine)]
    return tuple(sorted(found, key=lambda one: one.severity is not Severity.PROBLEM))
