"""Restores what a played scenario changed, so that the next one finds the lab in the same state."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab.lab import Lab
from lab.scenario import Fault, Scenario, Typed, WorkerAct


@contextmanager
def put_back(lab: Lab, scenario: Scenario, say: Callable[[str], None]) -> Iterator[None]:
    """At the end of the block, restore what the scenario may have changed: cables, worker, configuration.

    Cables that it touches are healthy afterward: every ISP has to work before a play begins.
    """
    types = bool(scenario.settings) or any(isinstance(step.act, Typed) for step in scenario.steps)
    before = lab.run("balancer", ["multihome", "export"]).stdout if types else ""
    try:
        yield
    finally:
        done = [*_cables(lab, scenario), *_worker(lab, scenario), *_configuration(lab, before)]
        if done:
            say(f"put back: {', '.join(done)}")


def _cables(lab: Lab, scenario: Scenario) -> Iterator[str]:
    for cable in dict.fromkeys(step.act.cable for step in scenario.steps if isinstance(step.act, Fault)):
        lab.plug(cable)
        lab.restore(cable)
        yield cable


def _worker(lab: Lab, scenario: Scenario) -> Iterator[str]:
    acted = any(isinstance(step.act, WorkerAct) for step in scenario.steps)
    if acted and not any(process.alive for process in lab.record.router if process.role == "worker"):
        lab.start_worker()
        yield "the worker"


def _configuration(lab: Lab, before: str) -> Iterator[str]:
    if before:
        lab.run("balancer", ["multihome", "import", "-", "--yes"], stdin=before)
        yield "the configuration"
