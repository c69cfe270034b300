"""Converts the content of a revision to rows and back, derived from the domain classes: a new setting needs no line
here.

A field of a plain value is a column, a nested domain class becomes one column per field (`failover_timing_fall`), and
any other field (a list of addresses or checks) is one column of JSON. This module uses neither SQLModel nor SQLite, so
that worker and service share it. Rows are treated as hostile: for any content, `config_of` returns a consistent Config
or raises InvalidConfig.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, reduce
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from operator import getitem
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined, from_json, to_jsonable_python

from app.errors import FieldError, InvalidConfig
from app.model.complaints import MOST_NAMED, field_errors
from app.model.config import Config, Gateway, Interface, Settings
from app.model.consistency import require_consistent
from app.model.rule import TrafficRule

Value = str | int | float | None
Row = Mapping[str, Value]
# The rows of one revision by their table, without the column `revision`.
Rows = Mapping[str, Sequence[Row]]

T = TypeVar("T")

# The longest normal list, eight UDP checks, has 35,000 characters. A longer one could have countless errors.
LONGEST_JSON: Final = 100_000

# The storage types of plain values, narrower ones first: a bool is also an int, a StrEnum also a str.
_STORED_AS: Final[Mapping[type, type]] = {
    bool: bool, int: int, float: float, str: str,
    **dict.fromkeys((IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network), str),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """Where one field is stored.

    `path`: from the domain class to the field. `kind`: bool, int, float or str, or None for JSON. `default`: the value
    in revisions older than the field; None without `nullable`: there must be none.
    """

    path: tuple[str, ...]
    kind: type | None
    nullable: bool
    default: Value

    @property
    def name(self) -> str:
        """The column's name: the path to its field."""
        return "_".join(self.path)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of content: one row for each `domain` object in the field `part` of Config.

    `key`: the field that identifies a row within a revision; None if a revision has a single row. Other tables have a
    column `position`, the place in the list.
    """

    name: str
    domain: type
    part: str
    key: str | None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the domain class, without `revision` and `position`."""
        return columns(self.domain)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns but `revision`."""
        return (*(() if self.key is None else ("position",)), *(column.name for column in self.columns))


TABLES: Final = (
    Table("settings", Settings, "settings", None),
    Table("interface", Interface, "interfaces", "name"),
    Table("gateway", Gateway, "gateways", "number"),
    Table("traffic_rule", TrafficRule, "rules", "number"),
)

_ADAPTERS: Final[Mapping[type, TypeAdapter[Any]]] = {
    domain: TypeAdapter(domain) for domain in (Config, *(table.domain for table in TABLES))
}


@cache
def columns(domain: type) -> tuple[Column, ...]:
    """The columns of a domain class, in the order of its fields."""
    return tuple(_columns(domain, (), None))


def _columns(domain: Any, path: tuple[str, ...], whole: object) -> Iterator[Column]:
    """The columns of a class at `path`. `whole`: its default object, if there is one."""
    types = get_type_hints(domain)
    for field in fields(domain):
        hint, here = types[field.name], (*path, field.name)
        known = domain.__pydantic_fields__[field.name]
        default = getattr(whole, field.name) if whole is not None else known.get_default(call_default_factory=True)
        if default is PydanticUndefined:
            default = None
        if is_dataclass(hint):
            yield from _columns(hint, here, default)
        else:
            kind = _stored_as(hint)
            yield Column(here, kind, NoneType in get_args(hint), _stored(to_jsonable_python(default), kind))


def _stored_as(hint: Any) -> type | None:
    """The storage type of values of this type; None is JSON."""
    if get_origin(hint) in {Union, UnionType}:
        found = {_stored_as(member) for member in get_args(hint) if member is not NoneType}
        return found.pop() if len(found) == 1 else None
    if get_origin(hint) is Literal:
        hint = type(get_args(hint)[0])
    return next((_STORED_AS[one] for one in _STORED_AS if isinstance(hint, type) and issubclass(hint, one)), None)


def rows_of(config: Config) -> Rows:
    """The rows of a configuration; `config_of` returns an equal one from them."""
    return {table.name: tuple(_rows(table, getattr(config, table.part))) for table in TABLES}


def _rows(table: Table, part: Any) -> Iterator[Row]:
    if table.key is None:
        yield _row(table, part)
        return
    for position, one in enumerate(part):
        yield {"position": position, **_row(table, one)}


def _row(table: Table, one: object) -> dict[str, Value]:
    plain = to_jsonable_python(one)
    return {column.name: _stored(reduce(getitem, column.path, plain), column.kind) for column in table.columns}


def _stored(plain: Any, kind: type | None) -> Value:
    """The value of a field (already in JSON form) as its column stores it."""
    if plain is None:
        return None
    if kind is None:
        return json.dumps(plain, ensure_ascii=False)
    found: Value = int(plain) if isinstance(plain, bool) else plain
    return found


def config_of(rows: Rows) -> Config:
    """The configuration of these rows, in any order.

    Raises InvalidConfig with all errors, each under the path that forms know (`gateways.2.weight`).
    """
    reading = _Reading()
    parts = {table.part: reading.part(table, rows[table.name]) for table in TABLES}
    config = None if reading.errors else reading.made(Config, parts, "")
    if config is None:
        raise InvalidConfig(*reading.errors)
    require_consistent(config)
    return config


class _Reading:
    """Collects errors, so that a user sees all of them at once, up to a limit."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def part(self, table: Table, rows: Sequence[Row]) -> Any:
        """The part of Config for the rows of one table, without invalid objects."""
        if table.key is None:
            return self._one(table, rows[0], table.part)
        made = (self._one(table, row, f"{table.part}.{row[table.key]}") for row in _in_order(rows))
        return tuple(one for one in made if one is not None)

    def _one(self, table: Table, row: Row, here: str) -> Any:
        given: dict[str, Any] = {}
        whole = True
        for column in table.columns:
            *outer, name = column.path
            place = given
            for part in outer:
                place = place.setdefault(part, {})
            place[name] = value = row[column.name]
            if column.kind is None and value is not None:
                try:
                    place[name] = _from_json(str(value))
                except ValueError as error:
                    self._note(FieldError(".".join((here, *column.path)), str(error)))
                    whole = False
        return self.made(table.domain, given, here) if whole else None

    def made(self, kind: type[T], given: Mapping[str, Any], here: str) -> T | None:
        try:
            made: T = _ADAPTERS[kind].validate_python(given)
        except ValidationError as error:
            self._note(*field_errors(error, here).errors)
            if error.error_count() > MOST_NAMED:  # stop, because finding so many took long
                raise InvalidConfig(*self.errors) from error
            return None
        return made

    def _note(self, *errors: FieldError) -> None:
        """Record an error. Raises InvalidConfig if there are too many."""
        self.errors += errors
        if len(self.errors) > MOST_NAMED:
            raise InvalidConfig(*self.errors)


def _from_json(text: str) -> Any:
    if len(text) > LONGEST_JSON:
        raise ValueError(f"is a text of {len(text)} characters, too long to look at")
    try:
        return from_json(text)  # not json.loads, which accepts half a character and can raise RecursionError
    except ValueError as error:
        raise ValueError("is not JSON") from error


def _in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: position if isinstance(position := row["position"], int) else 0)
