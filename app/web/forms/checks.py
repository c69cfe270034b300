"""Health checks in a form: rows of fields, one check each, and an empty row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from app.model.about import setting_of, settings_in, settings_of
from app.model.check import KINDS, MOST_CHECKS, Check
from app.model.complaints import field_errors
from app.web.forms import derived
from app.web.forms.fields import Choice, Field

# The link is always checked, so that a row without a check stands for it.
_PROBED: Final = {name: kind for name, kind in KINDS.items() if kind.prober}
_CHOICES: Final = (Choice("", "No check"), *(Choice(name, kind.label) for name, kind in _PROBED.items()))
_SETTINGS: Final = settings_in(_PROBED.values(), but=["kind"])
_BLANK: Final[Mapping[str, str]] = {"kind": "", **{one.name: derived.text(one, one.default) for one in _SETTINGS}}


def check_texts(checks: Sequence[Check]) -> dict[str, str]:
    """The texts of the rows of these checks, by field name."""
    return {f"checks.{row}.{name}": text for row, check in enumerate(checks) for name, text in _texts(check).items()}


def _texts(check: Check) -> dict[str, str]:
    if check.kind not in _PROBED:
        return dict(_BLANK)
    return {**_BLANK, **{one.name: derived.text(one, getattr(check, one.name)) for one in settings_of(type(check))}}


def typed_rows(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows that hold a check, in order, without gaps."""
    rows = [{name: texts.get(f"checks.{row}.{name}", "").strip() for name in _BLANK} for row in range(MOST_CHECKS + 2)]
    return [row for row in rows if row["kind"]]


def closed_up(texts: Mapping[str, str]) -> dict[str, str]:
    """The same texts with the rows numbered without gaps, so that errors find their row."""
    others = {name: text for name, text in texts.items() if not name.startswith("checks.")}
    rows = enumerate(typed_rows(texts))
    return {**others, **{f"checks.{number}.{name}": text for number, row in rows for name, text in row.items()}}


def check_values(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """The values of all checks, for the model to validate."""
    return [_values(row) for row in typed_rows(texts)]


def _values(row: Mapping[str, str]) -> dict[str, Any]:
    """The settings that the row's kind has. An empty field has its default, where there is one."""
    values: dict[str, Any] = {"kind": row["kind"]}
    for setting in settings_of(_PROBED[row["kind"]]) if row["kind"] in _PROBED else ():
        text = row[setting.name]
        if setting.kind is bool:
            values[setting.name] = text == "on"
        elif text or not setting.has_default:
            values[setting.name] = text
    return values


def first_words(row: Mapping[str, str]) -> str:
    """Summary of a row: its kind and its targets."""
    asked = [row[one.name] for one in settings_of(KINDS.get(row["kind"], KINDS["link"])) if not one.has_default]
    return " ".join([row["kind"], *asked])


_CHECK: Final[TypeAdapter[Check]] = TypeAdapter(Check)


def check_of_row(texts: Mapping[str, str], row: int) -> Check | None:
    """The check of one row as it was typed; None where none is chosen. Raises InvalidConfig."""
    typed = {name: texts.get(f"checks.{row}.{name}", "").strip() for name in _BLANK}
    if not typed["kind"]:
        return None
    try:
        return _CHECK.validate_python(_values(typed))
    except ValidationError as error:
        raise field_errors(error, f"checks.{row}") from error


def row_count(texts: Mapping[str, str], blank: int) -> int:
    """The number of rows shown: those with a check and `blank` empty ones."""
    return min(MOST_CHECKS, len(typed_rows(texts)) + blank)


def check_fields(texts: Mapping[str, str], rows: int) -> Iterator[Field]:
    """The fields of all rows."""
    for row in range(rows):
        here = f"checks.{row}"
        yield Field(f"{here}.kind", "Kind", texts.get(f"{here}.kind", ""), choices=_CHOICES, widget="select")
        for setting in _SETTINGS:
            name = f"{here}.{setting.name}"
            kinds = tuple(one for one, kind in _PROBED.items() if setting_of(kind, setting.name) is not None)
            yield replace(derived.field(setting, name, texts.get(name, _BLANK[setting.name])), kinds=kinds)


def kind_styles() -> str:
    """The style sheet that hides the fields of other kinds than the chosen one."""
    return "".join(f'.check:has(option[value="{kind}"]:checked) .for.{kind} {{ display: grid; }}\n' for kind in _PROBED)
