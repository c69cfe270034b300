"""Translates pydantic's errors into sentences for people."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from app.errors import FieldError, InvalidConfig

_SENTENCES: Final = {
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number, and a smaller one",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_pattern_mismatch": "has the wrong format",
    "too_short": "must name at least {min_length}",
    "too_long": "must name at most {max_length}",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "missing": "is missing",
    "unexpected_keyword_argument": "is not a known field",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "ip_v4_address": "is not an IPv4 address",
    "ip_v4_interface": "is not an IPv4 address with its prefix length, like 192.168.1.1/24",
    "ip_v4_network": "is not a network like 192.168.1.0/24",
    "union_tag_invalid": "must be one of the kinds {expected_tags}",
    "union_tag_not_found": "must name its kind",
    "dataclass_type": "must be an object with fields",
    "dict_type": "must be an object with fields",
}


# After fixing this many, the user sees the others. Beyond another limit, errors are not even read: pydantic creates an
# object for each, and a document of 4 MB can have half a million.
MOST_NAMED: Final = 50
MOST_LOOKED_AT: Final = 10_000


def field_errors(error: ValidationError, prefix: str = "") -> InvalidConfig:
    """Convert pydantic's errors to field errors, each under the path that forms and API clients know.

    A field has one error at most, and none if one of its parts has one: a list with only invalid targets would also be
    "too short", which does not help. Errors after the first MOST_NAMED are only counted.
    """
    if error.error_count() > MOST_LOOKED_AT:
        return InvalidConfig(FieldError(prefix, f"{error.error_count()} errors, too many to list"))
    causes = _first_causes(error.errors(include_url=False, include_input=False))
    named = [FieldError(_path(prefix, place), _sentence(causes[place])) for place in islice(causes, MOST_NAMED)]
    more = len(causes) - len(named)
    return InvalidConfig(*named, *([FieldError(prefix, f"and {more} more errors")] if more else []))


_Place = tuple[int | str, ...]


def _first_causes(findings: Sequence[Mapping[str, Any]]) -> dict[_Place, Mapping[str, Any]]:
    """The first error of each place, except places of which a part has one. In one pass, because hostile input can have
    thousands.
    """
    wholes = {place[:end] for place in (finding["loc"] for finding in findings) for end in range(len(place))}
    causes: dict[_Place, Mapping[str, Any]] = {}
    for finding in findings:
        if finding["loc"] not in wholes:
            causes.setdefault(finding["loc"], finding)
    return causes


def _path(prefix: str, place: _Place) -> str:
    return ".".join(str(part) for part in (prefix, *place) if part != "")


def _sentence(finding: Mapping[str, Any]) -> str:
    words = _SENTENCES.get(finding["type"])
    if words is None:
        return str(finding["msg"]).removeprefix("Value error, ")
    return words.format(**finding.get("ctx", {}))
