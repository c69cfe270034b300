"""Form fields derived from the descriptions of settings (app/model/about.py), and what was typed into them.

A setting appears in a form by its description alone: its group says where, its type which widget.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from operator import attrgetter
from typing import Any, Final

from app.model.about import ADVANCED, Setting, settings_of
from app.web.forms.fields import Choice, Field, Widget

_INPUT_MODES: Final[Mapping[type, str]] = {int: "numeric", float: "decimal", IPv4Address: "decimal"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting that a form shows. `path` is dotted where it belongs to a nested object."""

    path: str
    setting: Setting
    group: str


def shown(kind: type) -> tuple[Shown, ...]:
    """The settings of a class that forms show. Those of a nested class show in their own group, or else in its."""
    return tuple(_shown(kind, "", ADVANCED))


def _shown(kind: type, before: str, group: str | None) -> Iterator[Shown]:
    for setting in settings_of(kind):
        own = setting.about.group
        place = group if own == ADVANCED else own
        if setting.is_nested:
            yield from _shown(setting.kind, f"{before}{setting.name}.", place)
        elif place is not None:
            yield Shown(f"{before}{setting.name}", setting, place)


def fields(
    settings: Iterable[Shown],
    texts: Mapping[str, str],
    *,
    choices: Mapping[str, tuple[Choice, ...]] | None = None,
    inherited: Mapping[str, str] | None = None,
) -> Iterator[Field]:
    """Form fields with these texts.

    `choices`: what to choose from, where only the machine or the configuration knows. `inherited`: what counts where
    nothing is typed.
    """
    for one in settings:
        found = field(one.setting, one.path, texts.get(one.path, ""), group=one.group)
        if choices and one.path in choices:
            found = replace(found, choices=choices[one.path], widget="select")
        if inherited and one.path in inherited:
            found = replace(found, placeholder=inherited[one.path])
        yield found


def field(setting: Setting, name: str, value: str, *, group: str = "") -> Field:
    """One field of a form for a setting."""
    about = setting.about
    choices = tuple(_choices(setting))
    return Field(
        name,
        about.title,
        value,
        about.help,
        unit=about.unit,
        placeholder=about.example,
        inputmode=_INPUT_MODES.get(setting.kind, ""),
        choices=choices,
        widget=_widget(setting, choices),
        group=group,
    )


def blank(settings: Iterable[Shown]) -> dict[str, str]:
    """The texts of the fields for a new object."""
    return {one.path: text(one.setting, one.setting.default) for one in settings}


def texts(settings: Iterable[Shown], values: object) -> dict[str, str]:
    """The texts of the fields for an object; empty for unset values."""
    return {one.path: text(one.setting, attrgetter(one.path)(values)) for one in settings}


def typed(settings: Iterable[Shown], texts: Mapping[str, str]) -> dict[str, Any]:
    """The submitted settings, for the model to validate; fields that were not sent stay as they are."""
    found: dict[str, Any] = {}
    for one in settings:
        inside, (*parents, name) = found, one.path.split(".")
        for parent in parents:
            inside = inside.setdefault(parent, {})
        if one.setting.kind is bool:
            inside[name] = texts.get(one.path) == "on"
        elif one.path in texts:
            inside[name] = value(one.setting, texts[one.path].strip())
    return found


def value(setting: Setting, text: str) -> Any:
    """The value of one field; empty is no value where the setting is optional."""
    return text or (None if setting.optional else text)


def text(setting: Setting, value: Any) -> str:
    """The text of one field for a value."""
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if not setting.has_default and value is setting.default else setting.text(value)


def _choices(setting: Setting) -> Iterator[Choice]:
    if setting.kind is bool and not setting.values:
        return
    if setting.values and setting.optional:
        yield Choice("", setting.about.empty.capitalize())
    for one in setting.values:
        words = setting.words(one)
        yield Choice(text(setting, one), words.label, words.help)


def _widget(setting: Setting, choices: tuple[Choice, ...]) -> Widget:
    if choices:
        return "radios" if all(one.hint for one in choices) else "select"
    return "checkbox" if setting.kind is bool else "input"
