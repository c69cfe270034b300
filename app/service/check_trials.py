"""Runs new health checks once through each ISP before they are saved.

A check whose targets do not reply takes every ISP down that it is asked of. So whoever saves one learns first what it
answers, and is asked where an ISP that carries traffic would go down.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from app.errors import FieldError, InvalidConfig, WorkerSilent
from app.model.check import Check
from app.model.config import Config, Gateway
from app.model.family import Family
from app.model.leg import LegId
from app.model.trial import Trial, TrialRequest
from app.model.verdict import Verdict
from app.model.words import joined
from app.service.worker_client import probe_once, worker_status

# All of it together. One lost packet is no answer, so what fails is run once more in what is left of the time.
LONGEST_S: Final = 3.0
_ONCE_S: Final = 1.4
# Each waits for its replies on a connection of its own; what is beyond these is not run.
MOST_AT_ONCE: Final = 32
NO_WORKER: Final = "the worker does not reply"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One check to run through one leg of an ISP. `field`: the path of the check in the configuration."""

    field: str
    gateway: Gateway
    family: Family
    check: Check
    timeout_s: float

    @property
    def through(self) -> str:
        """The ISP by its name."""
        return self.gateway.called(self.family)


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What a check answered through one ISP: a trial, or why it was not run. `working`: the ISP carries traffic now."""

    attempt: Attempt
    trial: Trial | str
    working: bool = False

    @property
    def passes(self) -> bool | None:
        """Whether the check passes; None: it was not run."""
        return None if isinstance(self.trial, str) else self.trial.passes(self.attempt.check)

    @property
    def would_fall(self) -> bool:
        """An ISP that carries traffic fails this check: saved, it would take the ISP down."""
        return self.working and self.passes is False

    @property
    def sentence(self) -> str:
        """What came of it: `icmp 10.0.0.3 fails through Orange (10.0.0.3: no reply within 1.4 s)`."""
        if isinstance(self.trial, str):
            return f"{self.attempt.check.describe()} was not run through {self.attempt.through}: {self.trial}"
        word = "passes" if self.passes else "fails"
        said = [f"{one.host}: {one.text}" for one in self.trial.targets]
        said = said or [one.text for one in self.trial.layers if one.ok is False] or ["it cannot be probed now"]
        return f"{self.attempt.check.describe()} {word} through {self.attempt.through} ({joined(said)})"


class ChecksFail(InvalidConfig):
    """Saved, these checks would take ISPs down that carry traffic. Whoever wants that says so (`force`)."""

    def __init__(self, answers: tuple[CheckAnswer, ...]) -> None:
        self.answers = answers
        super().__init__(
            *dict.fromkeys(
                FieldError(one.attempt.field, one.sentence, forcible=True) for one in answers if one.would_fall
            )
        )


def new_attempts(before: Config, after: Config) -> tuple[Attempt, ...]:
    """The checks that `after` asks of an ISP and `before` does not, or not with so short a timeout. Pure."""
    return tuple(_new_attempts(before, after)) if after.settings.failover.enabled else ()


def _new_attempts(before: Config, after: Config) -> Iterator[Attempt]:
    for gateway in after.gateways:
        old = before.gateway(gateway.number)
        if not gateway.enabled or old is None or _place(old) != _place(gateway):
            continue  # it is probed at a place that is not there yet, and gets traffic only after its first reply
        known = before.checks(old) if before.settings.failover.enabled else ()
        timeout_s = after.timing(gateway).timeout_s
        shorter = timeout_s < before.timing(old).timeout_s
        here = "settings.failover.checks" if gateway.checks is None else f"gateways.{gateway.number}.checks"
        for index, check in enumerate(after.checks(gateway)):
            if check.hosts and (shorter or check not in known):
                yield from (Attempt(f"{here}.{index}", gateway, leg.family, check, timeout_s) for leg in gateway.legs)


def _place(gateway: Gateway) -> tuple[object, ...]:
    return (gateway.interface, *((leg.family, leg.address, leg.source, leg.far) for leg in gateway.legs))


def run_attempts(attempts: tuple[Attempt, ...], worker_sock: Path) -> tuple[CheckAnswer, ...]:
    """Run them side by side; takes LONGEST_S at most. What cannot be run says why, and raises nothing."""
    if not attempts:
        return ()
    try:
        verdicts = worker_status(worker_sock).verdicts()
    except WorkerSilent:
        return tuple(CheckAnswer(one, NO_WORKER) for one in attempts)
    order = sorted(attempts, key=lambda one: not _works(one, verdicts))
    answers = {one: CheckAnswer(one, "too many at once", _works(one, verdicts)) for one in order}
    to_run = order[:MOST_AT_ONCE]
    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        for within_s in (_ONCE_S, LONGEST_S - _ONCE_S):
            trials = threads.map(partial(_trial, worker_sock, within_s), to_run)
            for one, trial in zip(to_run, trials, strict=True):
                answers[one] = CheckAnswer(one, trial, _works(one, verdicts))
            to_run = [one for one in to_run if answers[one].would_fall]
    return tuple(answers[one] for one in attempts)


def tried(before: Config, after: Config, worker_sock: Path) -> tuple[CheckAnswer, ...]:
    """What the checks answer that the change from `before` to `after` brings."""
    return run_attempts(new_attempts(before, after), worker_sock)


def _works(attempt: Attempt, verdicts: Mapping[LegId, Verdict]) -> bool:
    verdict = verdicts.get(LegId(attempt.gateway.number, attempt.family))
    return verdict is not None and verdict.carries


def _trial(worker_sock: Path, within_s: float, attempt: Attempt) -> Trial | str:
    limit_s = max(0.05, min(attempt.timeout_s, within_s))
    number, family = attempt.gateway.number, attempt.family
    request = TrialRequest(gateway=number, check=attempt.check, timeout_s=limit_s, family=family)
    try:
        return probe_once(worker_sock, request, patience_s=0.5)
    except WorkerSilent as silent:
        return str(silent)
