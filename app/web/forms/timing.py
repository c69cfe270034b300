"""Timing in a form: how hard an ISP is probed, for all of them or for one."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.model.check import Timing, TimingOverrides
from app.web.forms.fields import Field

NAMES: Final = ("interval_s", "timeout_s", "fall", "rise", "hold_s", "standby_interval_s")
_LABELS: Final = {
    "interval_s": ("Interval", "s", "Time between two probes."),
    "timeout_s": ("Timeout", "s", "A slower answer is a loss."),
    "fall": ("Fall", "misses", "In a row, until it is down."),
    "rise": ("Rise", "answers", "In a row, until it is up."),
    "hold_s": ("Hold", "s", "Good for this long before it carries traffic again."),
    "standby_interval_s": ("Standby interval", "s", "Between probes while it stands by. For a metered line: 300."),
}


def timing_texts(timing: Timing | TimingOverrides) -> dict[str, str]:
    """What the fields hold; empty for what is not set."""
    return {f"timing.{name}": _text(getattr(timing, name)) for name in NAMES}


def timing_values(texts: Mapping[str, str]) -> dict[str, Any]:
    """What the model is to make of the fields; an empty one is not set."""
    return {name: texts.get(f"timing.{name}", "").strip() or None for name in NAMES}


def timing_fields(texts: Mapping[str, str], defaults: Timing | None = None) -> Iterator[Field]:
    """The fields; with `defaults` an empty one shows what it then comes to."""
    for name in NAMES:
        label, unit, hint = _LABELS[name]
        placeholder = "" if defaults is None else _text(getattr(defaults, name))
        value = texts.get(f"timing.{name}", "")
        yield Field(f"timing.{name}", label, value, hint, unit=unit, placeholder=placeholder, inputmode="decimal")


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
