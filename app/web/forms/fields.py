"""Form fields: the text, the error and the warning of each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from app.errors import FieldError
from app.model.check import KINDS

Widget = Literal["input", "select", "radios", "checkbox"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a field, with its label and hint."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `value` is text as it was typed; a checked box has `on`. `note`: a warning; saving is still possible.

    `group`: the part of the form that shows it. `kinds`: the kinds of checks that have it.
    """

    name: str
    label: str
    value: str = ""
    hint: str = ""
    error: str = ""
    note: str = ""
    unit: str = ""
    kind: Literal["text", "number", "password", "url"] = "text"
    placeholder: str = ""
    autocomplete: str = "off"
    inputmode: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    widget: Widget = "input"
    group: str = ""
    kinds: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its element's id."""
        return f"field-{self.name.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name. `other_errors` belong to no field that the page shows. `checks`: rows for checks.

    `revision`: the one that the form was opened with; a save fails if a newer one exists.
    `about`: what an error's path begins with (a pattern) when it speaks of what this form is about.
    """

    fields: Mapping[str, Field]
    errors: tuple[FieldError, ...] = ()
    other_errors: tuple[str, ...] = ()
    other_notes: tuple[str, ...] = ()
    revision: int = 0
    checks: int = 0
    about: str = ""

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    @property
    def may_force(self) -> bool:
        """Whether nothing but a question is in the way of a save: *Save anyway* answers it."""
        return bool(self.errors) and all(one.forcible for one in self.errors)

    def group(self, *names: str) -> tuple[Field, ...]:
        """The fields of these parts of the form, in order."""
        return tuple(one for one in self.fields.values() if one.group in names)

    def row(self, number: int) -> tuple[Field, ...]:
        """The fields of one row for a check."""
        return tuple(one for one in self.fields.values() if one.name.startswith(f"checks.{number}."))

    @property
    def check_kinds(self) -> str:
        """Every kind of check that a row can hold, as classes of an element that shows for all of them."""
        return " ".join(dict.fromkeys(kind for one in self.fields.values() for kind in one.kinds))

    def has_error_in(self, *groups: str) -> bool:
        """Whether a field of these parts has an error, so that a collapsed part must be open."""
        return any(one.error for one in self.group(*groups))


def form(fields: Iterable[Field], *, about: str = "", revision: int = 0, checks: int = 0) -> Form:
    """A form of these fields."""
    return Form({field.name: field for field in fields}, revision=revision, checks=checks, about=about)


def with_errors(shown: Form, errors: Iterable[FieldError]) -> Form:
    """The form with every error beside its field.

    An error deeper than any field (`checks.0.icmp.targets.1`) goes to the field that its path leads to.
    """
    found = tuple(errors)
    fields, others = dict(shown.fields), []
    for error in found:
        name, text = _field_name(error.field, shown), error.message
        if name is None:
            others.append(text)
        else:
            before = fields[name].error
            fields[name] = replace(fields[name], error=f"{before}; {text}" if before else text)
    return replace(shown, fields=fields, errors=found, other_errors=tuple(others))


def with_notes(shown: Form, warnings: Iterable[FieldError]) -> Form:
    """The form with every warning beside its field."""
    fields, others = dict(shown.fields), []
    for warning in warnings:
        name = _field_name(warning.field, shown)
        if name is None:
            others.append(warning.message)
        else:
            before = fields[name].note
            fields[name] = replace(fields[name], note=f"{before}; {warning.message}" if before else warning.message)
    return replace(shown, fields=fields, other_notes=tuple(others))


def _field_name(path: str, shown: Form) -> str | None:
    about = re.match(shown.about, path)
    if about is None:
        return None
    # pydantic puts the kind of a check into a path.
    parts = [part for part in path[about.end() :].split(".") if part not in KINDS]
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in shown.fields:
            return name
    return None


def whole_number(text: str, *, digits: int) -> int | None:
    """A whole number of a form that the page itself needs, or None.

    `digits`: the most that a valid one has; int() raises beyond 4,300.
    """
    return int(text) if len(text) <= digits and text.isascii() and text.isdigit() else None
