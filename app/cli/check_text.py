"""Health checks and their results as text, for people and for programs. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from pydantic import TypeAdapter

from app.cli.options import options_text
from app.errors import FieldError, InvalidConfig
from app.model.about import Setting, setting_of, settings_in, settings_of
from app.model.check import KINDS, Check, Kind, LinkCheck
from app.model.config import Config, Gateway
from app.model.timing import Timing, TimingOverrides
from app.model.trial import Trial
from app.store.reader import Revision

METAVAR: Final = " | ".join(kind.usage for kind in KINDS.values())


def _options(kind: type[Kind]) -> tuple[Setting, ...]:
    """The settings of a kind that are options: its words say the others."""
    return tuple(one for one in settings_of(kind) if one.name not in kind.said)


OPTIONS: Final = settings_in(KINDS.values(), but=frozenset().union(*(kind.said for kind in KINDS.values())))


def typed_check(words: Sequence[str], options: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """A check for the model to judge; None for the link, which is always asked. Raises InvalidConfig.

    `options` are fields of the check by their names in the model.
    """
    name, kind = next(((name, one) for name, one in KINDS.items() if words and one.word == words[0]), ("", LinkCheck))
    values = kind.of_words(words[1:]) if name else None
    if values is None:
        *most, last = (one.usage for one in KINDS.values())
        raise InvalidConfig(FieldError("check", f"`{' '.join(words)}` is not {', '.join(most)} or {last}"))
    _require_fitting(kind, options or {})
    return {"kind": name, **values, **(options or {})} if kind.prober else None


def changed_check(check: Check, options: Mapping[str, Any]) -> dict[str, Any]:
    """The check with other options, for the model to judge. Raises InvalidConfig."""
    _require_fitting(type(check), options)
    return {field.name: getattr(check, field.name) for field in fields(check)} | dict(options)


def as_typed(check: Check) -> str:
    """The words and options that make this check: `icmp 10.0.0.3 10.0.0.4 --quorum 2`."""
    if not check.prober:
        return check.word
    return " ".join([check.describe(), *options_text(_options(type(check)), check)])


def _require_fitting(kind: type[Kind], options: Mapping[str, Any]) -> None:
    for setting in OPTIONS:
        if setting.name in options and setting_of(kind, setting.name) is None:
            fitting = " and ".join(
                sorted(one.word for one in KINDS.values() if setting_of(one, setting.name) is not None)
            )
            message = f"{setting.option} belongs to {fitting}, not to {kind.word}"
            raise InvalidConfig(FieldError("check", message))


_CHECK: Final[TypeAdapter[Check]] = TypeAdapter(Check)
_TIMING: Final = TypeAdapter(Timing)
_OVERRIDES: Final = TypeAdapter(TimingOverrides)
_TRIAL: Final = TypeAdapter(Trial)
_ANSWERS: Final = {True: "ok", False: "fails", None: "unknown"}


def lines(config: Config) -> Iterator[str]:
    """What all ISPs are asked, then each ISP: `DIGI [2]: own checks, interval 5 s`, and its checks, counted from 1."""
    failover = config.settings.failover
    yield ", ".join(_timing(failover.timing)).join(("All: ", "" if failover.enabled else " (failover is off)"))
    yield from _listed(failover.checks)
    for gateway in config.gateways:
        how = "default checks" if gateway.checks is None else "own checks"
        yield f"{gateway.name} [{gateway.number}]: {', '.join((how, *_timing(gateway.timing)))}"
        if gateway.checks is not None:
            yield from _listed(gateway.checks)


def as_json(head: Revision) -> dict[str, Any]:
    """The same for programs. None stands for what an ISP has in common with all."""
    failover = head.config.settings.failover
    return {
        "revision": head.number,
        "enabled": failover.enabled,
        "checks": _dumped(failover.checks),
        "timing": _TIMING.dump_python(failover.timing, mode="json"),
        "gateways": [
            {
                "number": one.number,
                "name": one.name,
                "checks": None if one.checks is None else _dumped(one.checks),
                "timing": _OVERRIDES.dump_python(one.timing, mode="json"),
            }
            for one in head.config.gateways
        ],
    }


def trial_lines(gateway: Gateway, check: Check, trial: Trial) -> Iterator[str]:
    """Whether it passes, then each layer and each target with what it says."""
    word = "passes" if trial.passes(check) else "fails"
    yield f"{gateway.name} [{gateway.number}]: {as_typed(check)}: {word}"
    for layer in trial.layers:
        yield f"  {_ANSWERS[layer.ok]:<8}{layer.layer.value}: {layer.text}"
    for target in trial.targets:
        yield f"  {_ANSWERS[target.ok]:<8}{target.host}: {target.text}"


def trial_json(gateway: Gateway, check: Check, trial: Trial) -> dict[str, Any]:
    """The same for programs."""
    answers: dict[str, Any] = _TRIAL.dump_python(trial, mode="json")
    dumped = _CHECK.dump_python(check, mode="json")
    return {"gateway": gateway.number, "check": dumped, "passes": trial.passes(check), **answers}


def _listed(checks: tuple[Check, ...]) -> Iterator[str]:
    if not checks:
        yield "  link and address alone"
    for place, check in enumerate(checks, start=1):
        yield f"  {place}. {as_typed(check)}"


def _timing(timing: Timing | TimingOverrides) -> Iterator[str]:
    for setting in settings_of(type(timing)):
        value = getattr(timing, setting.name)
        if value is not None:
            unit = " s" if setting.about.unit == "s" else ""
            yield f"{setting.option.removeprefix('--')} {setting.text(value)}{unit}"


def _dumped(checks: tuple[Check, ...]) -> list[Any]:
    return [_CHECK.dump_python(one, mode="json") for one in checks]
