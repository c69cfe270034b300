"""Result of one run of a health check, layer by layer."""

from dataclasses import dataclass

from app.model.check import Check
from app.model.trial import Trial
from app.web.views.gateways import Mood


@dataclass(frozen=True, slots=True)
class Line:
    """One layer, or one target of the check."""

    mood: Mood
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class IspResult:
    """Result through one ISP. `word`: the verdict in a word."""

    isp: str
    mood: Mood
    word: str
    lines: tuple[Line, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of the check in one row of a form, per ISP. `trouble`: why it was not run."""

    row: int
    isps: tuple[IspResult, ...] = ()
    trouble: str = ""


_MOODS = {True: Mood.UP, False: Mood.DOWN, None: Mood.UNKNOWN}


def isp_result(isp: str, check: Check, trial: Trial | str) -> IspResult:
    """Result of a trial through one ISP; `trial` is a text if it did not run, and says why."""
    if isinstance(trial, str):
        return IspResult(isp, Mood.UNKNOWN, "not run", trouble=trial)
    lines = [Line(_MOODS[one.ok], one.layer.value, one.text) for one in trial.layers]
    lines += [Line(_MOODS[one.ok], f"{check.kind} {one.host}", one.text) for one in trial.targets]
    if not trial.targets:
        return IspResult(isp, Mood.DOWN, "not probed", tuple(lines), "This ISP cannot be probed now.")
    good = trial.passes(check)
    return IspResult(isp, _MOODS[good], "passes" if good else "fails", tuple(lines))
