"""Any setting by its path: `isp.1.weight`, `failover.timing.hold_s`, `interface.eth0.role`. Pure.

The first word names the part of the configuration; an ISP and a rule follow by number or name, an interface by name.
What comes then is a setting by its name in the model. Checks are counted from 1: `isp.2.checks.1.quorum`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any, Final

from app.errors import FieldError, InvalidConfig
from app.model.about import Setting, setting_of, settings_of
from app.model.config import Config, Gateway, Settings
from app.model.leg import ONCE_FLAT
from app.service.edits.gateways import change_gateway, find_gateway
from app.service.edits.interfaces import set_interface
from app.service.edits.rules import change_rule, find_rule
from app.service.edits.settings import change_settings
from app.service.fields import Fields, remade

ISP: Final = "isp"
RULE: Final = "rule"
INTERFACE: Final = "interface"
# What the export, the API and error messages call them.
_ALIASES: Final = {"gateway": ISP, "gateways": ISP, "isps": ISP, "rules": RULE, "interfaces": INTERFACE}
# Words that name a part have numbers of their own, which never change.
_FIXED: Final = frozenset({"number"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads. `setting` None: to a whole object. `change` makes another value of it."""

    path: str
    value: Any
    setting: Setting | None
    change: Callable[[Config, Any], Config]

    @property
    def is_single(self) -> bool:
        """Whether it is one value, not an object nor a list of objects that have settings of their own."""
        if self.setting is None or self.setting.is_nested:
            return False
        objects = isinstance(self.value, tuple) and any(is_dataclass(one) for one in self.value)
        return not objects or self.setting.about.show is not None


@dataclass(frozen=True, slots=True)
class _Root:
    """An object that a path begins with, and how some of its settings are changed."""

    path: str
    value: object
    change: Callable[[Config, Fields], Config]


def place(config: Config, path: str) -> Place:
    """What stands at this path. Raises InvalidConfig with what could stand there instead."""
    words = path.strip().split(".")
    if not all(words):
        raise InvalidConfig(FieldError(path, "is not a path like isp.1.weight"))
    if words and words[0] == "settings":
        words = words[1:]
    return _followed(*_root(config, path, words))


def settings_at(config: Config, path: str = "") -> Iterator[Place]:
    """Every single setting at a path and below it. Raises InvalidConfig."""
    roots = [place(config, path)] if path.strip() else [Place(r.path, r.value, None, r.change) for r in _roots(config)]
    for one in roots:
        yield from _leaves(one)


def changed(config: Config, path: str, value: Any) -> Config:
    """The configuration with another value there, judged by the model. Raises InvalidConfig."""
    found = place(config, path)
    if found.setting is None or found.setting.is_nested:
        inside = ", ".join(f"{found.path}.{one.name}" for one in _settings(found))
        raise InvalidConfig(FieldError(found.path, f"is not a setting by itself; it has {inside}"))
    if found.setting.name in _FIXED:
        raise InvalidConfig(FieldError(found.path, "cannot be changed"))
    return found.change(config, value)


def unset(config: Config, path: str) -> Config:
    """The configuration with the default there: of a setting, or of all nested in it. Raises InvalidConfig."""
    found = place(config, path)
    if found.setting is None or not found.setting.has_default:
        raise InvalidConfig(FieldError(found.path, "has no default"))
    return found.change(config, found.setting.default)


def _roots(config: Config) -> Iterator[_Root]:
    for interface in config.interfaces:
        yield _root_of(config, INTERFACE, interface.name)
    for gateway in config.gateways:
        yield _root_of(config, ISP, str(gateway.number))
    for rule in config.rules:
        yield _root_of(config, RULE, str(rule.number))
    yield _Root("", config.settings, change_settings)


def _root(config: Config, path: str, words: Sequence[str]) -> tuple[_Root, Sequence[str]]:
    """The object that a path begins with, and the words after it."""
    first = _ALIASES.get(words[0], words[0]) if words else ""
    if first not in {ISP, RULE, INTERFACE}:
        root = _Root("", config.settings, change_settings)
        if first and setting_of(Settings, first) is None:
            known = ", ".join([f"{ISP}.NUMBER", f"{RULE}.NUMBER", f"{INTERFACE}.NAME", *_names(Settings)])
            raise InvalidConfig(FieldError(path, f"begins with none of these: {known}"))
        return root, words
    if len(words) == 1:
        raise InvalidConfig(
            FieldError(path, f"say which {first}: {', '.join(_known(config, first)) or 'there is none'}")
        )
    # A name may have dots in it. A number comes first, so that no name can take the place of another ISP.
    wrong: InvalidConfig | None = None
    for end in range(2, len(words) + 1):
        try:
            root = _root_of(config, first, ".".join(words[1:end]))
            _followed(root, words[end:])
        except InvalidConfig as error:
            wrong = wrong or error
        else:
            return root, words[end:]
    raise wrong or InvalidConfig(FieldError(path, "leads nowhere"))


def _followed(root: _Root, words: Sequence[str]) -> Place:
    """What stands at the end of these words. Raises InvalidConfig."""
    found = Place(root.path, root.value, None, root.change)
    while words:
        found, words = _inside(found, words)
    return found


def _root_of(config: Config, first: str, key: str) -> _Root:
    """An ISP, a rule or an interface. Raises InvalidConfig."""
    match first:
        case "isp":
            number = find_gateway(config, key).number
            return _Root(f"{ISP}.{number}", config.gateway(number), lambda c, fields: _change_isp(c, number, fields))
        case "rule":
            number = find_rule(config, key).number
            return _Root(f"{RULE}.{number}", config.rule(number), lambda c, fields: change_rule(c, number, fields))
        case _:
            interface = config.interface(key)
            if interface is None:
                known = ", ".join(_known(config, INTERFACE)) or "none"
                raise InvalidConfig(FieldError(INTERFACE, f"there is no interface {key} (known: {known})"))
            return _Root(f"{INTERFACE}.{key}", interface, lambda c, fields: set_interface(c, key, fields))


def _change_isp(config: Config, number: int, fields: Fields) -> Config:
    """An ISP that is enabled or disabled is so as by its own commands: disabling drains it."""
    return change_gateway(config, number, {"cut": False, **fields} if "enabled" in fields else fields)


def _known(config: Config, first: str) -> list[str]:
    if first == ISP:
        return [str(one.number) for one in config.gateways]
    return [str(one.number) for one in config.rules] if first == RULE else [one.name for one in config.interfaces]


def _inside(found: Place, words: Sequence[str]) -> tuple[Place, Sequence[str]]:
    """One step further, and the words after it."""
    here = f"{found.path}.{words[0]}".lstrip(".")
    if isinstance(found.value, tuple):
        return _item(found, words[0], here), words[1:]
    setting = setting_of(type(found.value), words[0]) if is_dataclass(found.value) else None
    if setting is None and isinstance(found.value, Gateway) and words[0] in ONCE_FLAT:
        return _inside(found, [found.value.ipv4.field, *words])
    if setting is None:
        known = ", ".join(one.name for one in _settings(found)) or "nothing"
        raise InvalidConfig(FieldError(here, f"there is no such setting (known: {known})"))
    name, change = setting.name, found.change
    return Place(here, getattr(found.value, name), setting, lambda c, value: change(c, {name: value})), words[1:]


def _item(found: Place, word: str, here: str) -> Place:
    """One member of a list of objects, counted from 1."""
    items, change = found.value, found.change
    position = int(word) if word.isascii() and word.isdigit() and len(word) < 5 else 0
    if not 1 <= position <= len(items):
        raise InvalidConfig(FieldError(here, f"counts from 1 to {len(items)}" if items else "the list is empty"))

    def with_item(config: Config, fields: Mapping[str, Any]) -> Config:
        item = remade(items[position - 1], fields, here)
        return change(config, (*items[: position - 1], item, *items[position:]))

    return Place(here, items[position - 1], None, with_item)


def _leaves(found: Place) -> Iterator[Place]:
    """What is below a place; a list of objects is taken apart."""
    if found.is_single:
        yield found
    elif isinstance(found.value, tuple):
        for position in range(1, len(found.value) + 1):
            yield from _leaves(_item(found, str(position), f"{found.path}.{position}"))
    else:
        for one in _settings(found):
            yield from _leaves(_inside(found, [one.name])[0])


def _settings(found: Place) -> tuple[Setting, ...]:
    return settings_of(type(found.value)) if is_dataclass(found.value) else ()


def _names(kind: type) -> list[str]:
    return [one.name for one in settings_of(kind)]
