"""The tables of docs/settings.md, made from the descriptions of the settings: `./run docs` writes them.

A table stands below a line `<!-- fields: Gateway -->`, which names the classes whose settings it lists.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from app.model.about import Setting, setting_of, settings_of
from app.model.check import KINDS
from app.model.config import Config, Failover, Gateway, Interface, Panel, Settings
from app.model.guard import Guard, Opening
from app.model.leg import IPv4Leg
from app.model.rule import PortRange, TrafficRule
from app.model.timing import Timing

_SINGLE: Final = (
    *(Config, Settings, Interface, Gateway, IPv4Leg, Failover, Timing, TrafficRule, PortRange, Panel, Guard, Opening),
)
# The classes that a name in such a line stands for: all kinds of checks have one table.
CLASSES: Final[dict[str, tuple[type, ...]]] = {
    **{one.__name__: (one,) for one in _SINGLE},
    "Check": tuple(KINDS.values()),
}
_TABLE: Final = re.compile(r"(<!-- fields: ([\w ]+) -->\n)((?:\|.*\n)*)")


def with_tables(page: str) -> str:
    """The page with all of its tables as they are now."""
    return _TABLE.sub(lambda found: found[1] + table([one for name in found[2].split() for one in CLASSES[name]]), page)


def table(kinds: Sequence[type]) -> str:
    """The settings of these classes as a table in Markdown."""
    lines = ["| name | what | default |", "|---|---|---|"]
    lines += [f"| `{one.name}` | {_what(one, kinds)} | {_default(one, kinds)} |" for one in _all(kinds)]
    return "".join(f"{line}\n" for line in lines)


def _all(kinds: Sequence[type]) -> Iterator[Setting]:
    """The settings of these classes, each name once."""
    found: dict[str, Setting] = {}
    for kind in kinds:
        for one in settings_of(kind):
            found.setdefault(one.name, one)
    return iter(found.values())


def _what(setting: Setting, kinds: Sequence[type]) -> str:
    about, checks = setting.about, _checks_with(setting, kinds)
    only = f" ({', '.join(checks)})" if checks and len(checks) < len(kinds) else ""
    parts = [f"**{about.title}**{only}." if about.title else "", about.help, _values(setting), _bounds(setting)]
    return " ".join(filter(None, [*parts, about.detail])).replace("|", "\\|")


def _checks_with(setting: Setting, kinds: Sequence[type]) -> list[str]:
    """The kinds of checks among these classes that have a setting."""
    return [name for name, one in KINDS.items() if one in kinds and setting_of(one, setting.name) is not None]


def _values(setting: Setting) -> str:
    described = (_value(setting, one) for one in setting.values if setting.name != "kind")
    said = "; ".join(described)
    return f"{said}." if said else ""


def _value(setting: Setting, value: object) -> str:
    words, name = setting.words(value), setting.text(value)
    if words.help:
        return f"`{name}` ({words.label}): {words.help.rstrip('.')}"
    return f"`{name}`" if words.label.lower() == name else f"`{name}` ({words.label})"


def _bounds(setting: Setting) -> str:
    if setting.low is None or setting.high is None:
        return ""
    return f"{setting.low:g} to {setting.high:g}{' s' if setting.about.unit == 's' else ''}."


def _default(setting: Setting, kinds: Sequence[type]) -> str:
    about = setting.about
    if about.default:
        return about.default
    if not setting.has_default:
        others = {name: setting_of(KINDS[name], setting.name) for name in _checks_with(setting, kinds)}
        return ", ".join(f"{name}: {one.text(one.default)}" for name, one in others.items() if one and one.has_default)
    if setting.is_nested or setting.name == "kind":
        return about.empty
    if setting.default in {None, (), ""}:
        return about.empty or "none"
    text = setting.text(setting.default)
    return text if setting.kind in {bool, int, float} else f"`{text}`"


def main() -> None:
    """Write the tables of a page anew."""
    page = Path(sys.argv[1])
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
