"""What pydantic finds, in sentences for people: the library speaks to programmers."""

from collections.abc import Iterator, Mapping, Sequence
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
    "string_pattern_mismatch": "is not written as it must be",
    "too_short": "must name at least {min_length}",
    "too_long": "must name at most {max_length}",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "missing": "is missing",
    "unexpected_keyword_argument": "is not a field that is known here",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "ip_v4_address": "is not an IPv4 address",
    "ip_v4_interface": "is not an IPv4 address with its prefix length, like 192.168.1.1/24",
    "ip_v4_network": "is not a network like 192.168.1.0/24",
    "union_tag_invalid": "must be one of the kinds {expected_tags}",
    "union_tag_not_found": "must say its kind",
    "dataclass_type": "must be an object with fields",
    "dict_type": "must be an object with fields",
}


def field_errors(error: ValidationError, prefix: str = "") -> InvalidConfig:
    """Turn pydantic's findings into ours, each under the path that a form or an API client knows.

    A field complains once, and not at all where one of its parts does: a list of targets of which none is good is
    "too short" as well, and that helps nobody.
    """
    findings = error.errors(include_url=False, include_input=False)
    return InvalidConfig(*_first_causes(findings, prefix))


def _first_causes(findings: Sequence[Mapping[str, Any]], prefix: str) -> Iterator[FieldError]:
    places = [finding["loc"] for finding in findings]
    for index, (finding, place) in enumerate(zip(findings, places, strict=True)):
        follows = any(len(other) > len(place) and other[: len(place)] == place for other in places)
        if not follows and place not in places[:index]:
            path = ".".join(str(part) for part in (prefix, *place) if part != "")
            yield FieldError(path, _sentence(finding))


def _sentence(finding: Mapping[str, Any]) -> str:
    words = _SENTENCES.get(finding["type"])
    if words is None:
        return str(finding["msg"]).removeprefix("Value error, ")
    return words.format(**finding.get("ctx", {}))
