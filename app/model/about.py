"""Each setting described once: title, help, unit and choices stand beside its type (`Annotated[..., About(...)]`).

Forms, API descriptions, the console, comparisons and docs/settings.md are derived from this description.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from ipaddress import IPv4Network
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

# The group of settings that name no other, so that a new setting appears in its form by itself.
ADVANCED: Final = "advanced"

T = TypeVar("T")


class Choice(StrEnum):
    """A set of named values: each member has its value, a short label, and a sentence about what it does."""

    _value_: str
    label: str
    help: str

    def __new__(cls, value: str, label: str = "", help: str = "") -> "Choice":  # noqa: A002 - as in About
        """Keep label and help with the value."""
        one = str.__new__(cls, value)
        one._value_ = value
        one.label = label or value
        one.help = help
        return one


@dataclass(frozen=True, slots=True)
class Words:
    """The presentation of one value of a setting: a short label, and one sentence about what it does."""

    label: str
    help: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class About:
    """The description of one setting.

    `help`: one or two sentences, shown under the form field and in the console's help. `empty`: the meaning of no
    value.
    `example`: a value shown in the empty field. `group`: the part of the form that shows the field; None: no form does.
    `nothing`: the console's word for no value, if it is not `any` or `default`. `option`: the console's option,
    if it is not the name with dashes (`--on/--off` for a switch). `show`: writes a value as a person would type it.
    `detail`: further text for docs/settings.md, in Markdown. `default`: the text of docs/settings.md for a computed
    default.
    """

    title: str
    help: str = ""
    unit: str = ""
    empty: str = ""
    example: str = ""
    group: str | None = ADVANCED
    option: str = ""
    choices: Mapping[Any, Words] = field(default_factory=dict)
    nothing: str = ""
    show: Callable[[Any], str] | None = None
    detail: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a domain class with its description.

    `annotation`: the complete type that the model validates. `kind`: the plain type beneath: bool, int, float, str, an
    enum, an address class, tuple, a domain class, or object for a union of domain classes. `values`: all values, if
    there are few. `low` and `high`: its bounds, both included.
    """

    name: str
    annotation: Any
    kind: type
    optional: bool
    default: Any
    about: About
    values: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def has_default(self) -> bool:
        """Whether the setting may be left out."""
        return self.default is not dataclasses.MISSING

    @property
    def is_nested(self) -> bool:
        """Whether the value is a domain class with settings of its own."""
        return dataclasses.is_dataclass(self.kind)

    @property
    def option(self) -> str:
        """The console's option for it."""
        return self.about.option or f"--{self.name.replace('_', '-')}"

    @property
    def nothing(self) -> str:
        """The console's word for no value (for a list: for None, if allowed); empty if the setting always has one."""
        if not self.optional and self.default != ():
            return ""
        return self.about.nothing or ("any" if self.about.empty == "any" else "default" if self.optional else "none")

    @property
    def name_in_text(self) -> str:
        """Its title within a sentence."""
        title = self.about.title
        return title if title[:2].isupper() else title[:1].lower() + title[1:]

    def words(self, value: Any) -> Words:
        """The presentation of one of its values."""
        if isinstance(value, Choice):
            return Words(value.label, value.help)
        return self.about.choices.get(value) or Words(str(value))

    def text(self, value: Any) -> str:
        """A value as a person would type it; empty for no value."""
        if value is None or value == ():
            return ""
        if self.about.show is not None:
            return self.about.show(value)
        return _text(value)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case Enum():
            return str(value.value)
        case float():
            return f"{value:.12g}"
        case tuple():
            return " ".join(map(_text, value))
        case IPv4Network(prefixlen=32):
            return str(value.network_address)
        case _:
            return str(value)


_KNOWN: Final[dict[type, tuple[Setting, ...]]] = {}


def settings_of(kind: type) -> tuple[Setting, ...]:
    """The settings of a domain class, in the order of their declaration. Raises TypeError for one without About."""
    if kind not in _KNOWN:
        hints = get_type_hints(kind, include_extras=True)
        _KNOWN[kind] = tuple(_setting(kind, one, hints[one.name]) for one in dataclasses.fields(kind))
    return _KNOWN[kind]


def settings_in(kinds: Iterable[type], *, but: Iterable[str] = ()) -> tuple[Setting, ...]:
    """The settings of several classes, each name once: the first class that has it describes it."""
    left_out = frozenset(but)
    found: dict[str, Setting] = {}
    for kind in kinds:
        for setting in settings_of(kind):
            if setting.name not in left_out and not setting.is_nested:
                found.setdefault(setting.name, setting)
    return tuple(found.values())


def setting_of(kind: type, name: str) -> Setting | None:
    """One setting by its name, or None."""
    return next((one for one in settings_of(kind) if one.name == name), None)


def _setting(owner: type, declared: "dataclasses.Field[Any]", hint: Any) -> Setting:
    about = next(_metadata(hint, About), None) or _described_elsewhere(owner, declared.name)
    if about is None:
        raise TypeError(f"{owner.__name__}.{declared.name} has no description (About)")
    kind, optional, literals = _plain(hint)
    return Setting(
        name=declared.name,
        annotation=hint,
        kind=kind,
        optional=optional,
        default=_default(declared),
        about=about,
        values=tuple(kind) if issubclass(kind, Enum) else literals or tuple(about.choices),
        low=_bound(hint, "ge"),
        high=_bound(hint, "le"),
    )


def _described_elsewhere(owner: type, name: str) -> About | None:
    """The description from the class that `DESCRIBED_BY` names (overrides repeat the settings that they override), or
    from the base class.
    """
    source = getattr(owner, "DESCRIBED_BY", owner.__base__)
    found = setting_of(source, name) if dataclasses.is_dataclass(source) and isinstance(source, type) else None
    return None if found is None else found.about


def _default(declared: "dataclasses.Field[Any]") -> Any:
    """Its default; pydantic's Field(default_factory=…) is stored as if it were the default."""
    default = declared.default
    if isinstance(default, FieldInfo):
        return default.get_default(call_default_factory=True)
    if default is dataclasses.MISSING and declared.default_factory is not dataclasses.MISSING:
        return declared.default_factory()
    return default


def _plain(hint: Any) -> tuple[type, bool, tuple[Any, ...]]:
    """The type beneath metadata and None, whether None is a value, and the values of a Literal."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _plain(get_args(hint)[0])
    if origin in {Union, UnionType}:
        members = [one for one in get_args(hint) if one is not NoneType]
        kind, _, literals = _plain(members[0]) if len(members) == 1 else (object, False, ())
        return kind, NoneType in get_args(hint), literals
    if origin is Literal:
        return str, False, get_args(hint)
    return origin or hint, False, ()


def _metadata(hint: Any, wanted: type[T]) -> Iterator[T]:
    """The metadata of this type in an annotation, outermost first."""
    if get_origin(hint) is Annotated:
        # The innermost description comes first in Annotated's flat list, and the outermost is the most specific.
        yield from (one for one in reversed(hint.__metadata__) if isinstance(one, wanted))
        yield from _metadata(get_args(hint)[0], wanted)
    elif get_origin(hint) in {Union, UnionType}:
        for member in get_args(hint):
            yield from _metadata(member, wanted)


def _bound(hint: Any, name: str) -> float | None:
    for info in _metadata(hint, FieldInfo):
        for constraint in info.metadata:
            found: float | None = getattr(constraint, name, None)
            if found is not None:
                return found
    return None
