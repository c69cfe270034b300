"""Validates typed fields: a domain object, or an error under the name of the field."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.model.complaints import field_errors

T = TypeVar("T")
Fields = Mapping[str, Any]
"""Some settings of a domain object by their names, as they were typed or sent: the model says what they must be."""


def made(kind: type[T], values: Mapping[str, Any], here: str) -> T:
    """A domain object from raw values. Raises InvalidConfig with paths under `here`."""
    try:
        return TypeAdapter(kind).validate_python(dict(values))
    except ValidationError as error:
        raise field_errors(error, here) from error


def remade(one: T, changes: Mapping[str, Any], here: str) -> T:
    """A copy of a domain object with some values changed. Raises InvalidConfig with paths under `here`.

    A mapping in place of a nested object changes some of its values, too. All errors are found together.
    """
    return made(type(one), _changed(one, changes), here)


def _changed(one: object, changes: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {field.name: getattr(one, field.name) for field in fields(one)}  # type: ignore[arg-type]
    for name, value in changes.items():
        nested = isinstance(value, Mapping) and is_dataclass(values.get(name))
        values[name] = _changed(values[name], value) if nested else value
    return values
