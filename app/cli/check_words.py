"""Parses a check from console words, and formats a check as the words that create it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from app.cli.options import options_text
from app.errors import FieldError, InvalidConfig
from app.model.about import Setting, setting_of, settings_in, settings_of
from app.model.check import KINDS, Check, Kind, LinkCheck

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
