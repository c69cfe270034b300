"""Compares two configurations field by field, in words for people. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.model.about import Setting, settings_of
from app.model.check import Kind
from app.model.config import Config, Interface
from app.model.rule import TrafficRule
from app.service.rule_text import towards

NOTHING: Final = "none"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `path` is what forms and the API know it by, `what` is its name for people.

    `before` or `after` is empty where the whole interface, ISP or rule is new or gone.
    """

    path: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.what}: {self.after} (new)"
        return (
            f"{self.what}: {self.before} (removed)" if not self.after else f"{self.what}: {self.before} → {self.after}"
        )


def field_changes(before: Config, after: Config) -> tuple[FieldChange, ...]:
    """Every difference, in the order of interfaces, ISPs, rules, settings; empty exactly when both are equal."""
    # Of a thousand rules most are as they were: those need not be taken apart.
    same = frozenset(before.rules) & frozenset(after.rules)
    old, new = _fields(before, same), _fields(after, same)
    paths = dict.fromkeys((*old, *new))
    changes = (
        FieldChange(path, (new.get(path) or old[path]).what, _text(old.get(path)), _text(new.get(path)))
        for path in paths
        if _value(old, path) != _value(new, path) and not _is_unsaid(old.get(path), new.get(path))
    )
    ordered = sorted(changes, key=lambda change: _PARTS.index(change.path.partition(".")[0]))
    return (*ordered, *_orders(before, after))


@dataclass(frozen=True, slots=True)
class _Field:
    what: str
    text: str
    value: object
    is_usual: bool = False


# Of a thousand rules that change places nobody reads all names.
_MOST_NAMES: Final = 12
_PARTS: Final = ("interfaces", "gateways", "rules", "settings")


def _orders(before: Config, after: Config) -> Iterator[FieldChange]:
    """The same things listed in another order: a difference too, though of no meaning to the kernel."""
    for part, old, new in (
        ("interfaces", [one.name for one in before.interfaces], [one.name for one in after.interfaces]),
        ("gateways", [one.name for one in before.gateways], [one.name for one in after.gateways]),
    ):
        if old != new and sorted(old) == sorted(new):
            yield FieldChange(f"{part}.order", f"order of {part}", ", ".join(old), ", ".join(new))
    yield from _rule_order(before.rules, after.rules)


def _rule_order(before: tuple[TrafficRule, ...], after: tuple[TrafficRule, ...]) -> Iterator[FieldChange]:
    """Where rules come or go, and how those that stay change places: the first that matches decides."""
    there, here = {one.number for one in before}, {one.number for one in after}
    for place, rule in enumerate(before, start=1):
        if rule.number not in here:
            yield FieldChange(f"rules.{rule.number}.place", f"rule {rule.name}: place", str(place), "")
    for place, rule in enumerate(after, start=1):
        if rule.number not in there:
            yield FieldChange(f"rules.{rule.number}.place", f"rule {rule.name}: place", "", str(place))
    old = [one for one in before if one.number in here]
    new = [one for one in after if one.number in there]
    moved = [index for index, pair in enumerate(zip(old, new, strict=True)) if pair[0].number != pair[1].number]
    if moved:
        part = slice(moved[0], moved[-1] + 1)
        yield FieldChange("rules.order", "order of rules", _first_names(old[part]), _first_names(new[part]))


def _first_names(rules: list[TrafficRule]) -> str:
    names = [one.name for one in rules[:_MOST_NAMES]]
    return ", ".join([*names, f"{len(rules) - _MOST_NAMES} more"] if rules[_MOST_NAMES:] else names)


def _is_unsaid(old: _Field | None, new: _Field | None) -> bool:
    """Whether this is a field of something new or gone that nobody ever set."""
    return (old is None and new is not None and new.is_usual) or (new is None and old is not None and old.is_usual)


def _value(among: Mapping[str, _Field], path: str) -> object:
    return (path in among, among[path].value if path in among else None)


def _text(field: _Field | None) -> str:
    return "" if field is None else field.text


def _fields(config: Config, same: Collection[TrafficRule]) -> Mapping[str, _Field]:
    found: dict[str, _Field] = {}
    for interface in config.interfaces:
        found.update(_walked(interface, f"interfaces.{interface.name}", interface.name))
    for gateway in config.gateways:
        found.update(_walked(gateway, f"gateways.{gateway.number}", gateway.name))
    for rule in (one for one in config.rules if one not in same):
        fields_of_rule = dict(_walked(rule, f"rules.{rule.number}", f"rule {rule.name}"))
        here = f"rules.{rule.number}.gateway"
        if rule.gateway is not None:
            fields_of_rule[here] = replace(fields_of_rule[here], text=towards(rule, config))
        found.update(fields_of_rule)
    found.update(_walked(config.settings, "settings", ""))
    return found


def _walked(part: object, path: str, what: str) -> Iterator[tuple[str, _Field]]:
    for setting in settings_of(type(part)):
        value = getattr(part, setting.name)
        here = f"{path}.{setting.name}"
        label = ": ".join(word for word in (what, setting.name_in_text) if word)
        if setting.is_nested:
            yield from _walked(value, here, label)
        elif isinstance(part, Interface) and setting.name == "name":
            yield here, _Field(f"interface {value}", str(value), value)
        else:
            yield here, _Field(label, _said(setting, value), value, value == setting.default)


def _said(setting: Setting, value: object) -> str:
    match value:
        case () if setting.optional:
            return NOTHING
        case None | () | "":
            return setting.about.empty or NOTHING
        case _ if value in setting.about.choices:
            return setting.words(value).label
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(_item, value))
        case _:
            return f"{setting.text(value)} s" if setting.about.unit == "s" else setting.text(value)


def _item(value: object) -> str:
    """One address or range of ports; or one check, as the console says it, with what is not as usual about it."""
    if not isinstance(value, Kind):
        return str(value)
    unusual = [
        f"{setting.name_in_text} {_said(setting, own)}"
        for setting in settings_of(type(value))
        if setting.name not in value.said and (own := getattr(value, setting.name)) != setting.default
    ]
    return f"{value.describe()} ({', '.join(unusual)})" if unusual else value.describe()
