"""From what somebody typed to a domain object, or to an error under the name of the field."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.model.complaints import field_errors

T = TypeVar("T")


def made(kind: type[T], values: Mapping[str, Any], here: str) -> T:
    """A domain object from raw values. Raises InvalidConfig with paths under `here`."""
    try:
        return TypeAdapter(kind).validate_python(dict(values))
    except ValidationError as error:
        raise field_errors(error, here) from error


def remade(one: T, changes: Mapping[str, Any], here: str) -> T:
    """A copy of a domain object with some values changed. Raises InvalidConfig with paths under `here`."""
    old = {field.name: getattr(one, field.name) for field in fields(one)}  # type: ignore[arg-type]
    return made(type(one), {**old, **changes}, here)
