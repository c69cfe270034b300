"""The forms of the Failover page: health checks, balancing, and open connections, each saved by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.model.config import Config, Failover, Settings
from app.service.edits.settings import change_settings
from app.web.forms import derived
from app.web.forms.checks import check_fields, check_texts, check_values, closed_up, row_count
from app.web.forms.fields import Form, form

_FAILOVER: Final = derived.shown(Failover)
# Those of the router itself. The panel's settings have forms of their own.
_ROUTER: Final = tuple(one for one in derived.shown(Settings) if "." not in one.path)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page that is saved by itself: the settings of these groups. `name`: in paths, and on the page."""

    name: str
    title: str
    groups: frozenset[str]
    has_checks: bool = False

    @property
    def failover(self) -> tuple[derived.Shown, ...]:
        """Its settings of failover."""
        return tuple(one for one in _FAILOVER if one.group in self.groups)

    @property
    def router(self) -> tuple[derived.Shown, ...]:
        """Its settings of the router itself."""
        return tuple(one for one in _ROUTER if one.group in self.groups)


CHECKS: Final = Section("checks", "Health checks", frozenset({"watching", "timing", "backup"}), has_checks=True)
_BALANCING: Final = Section("balancing", "Balancing", frozenset({"balancing"}))
_CONNECTIONS: Final = Section(
    "connections",
    "Open connections",
    frozenset(one.group for one in (*_FAILOVER, *_ROUTER)) - CHECKS.groups - _BALANCING.groups,
)
SECTIONS: Final[Mapping[str, Section]] = {one.name: one for one in (CHECKS, _BALANCING, _CONNECTIONS)}


def failover_texts(section: Section, settings: Settings) -> dict[str, str]:
    """The texts of the fields."""
    texts = {**derived.texts(section.failover, settings.failover), **derived.texts(section.router, settings)}
    return {**texts, **(check_texts(settings.failover.checks) if section.has_checks else {})}


def changed(section: Section, config: Config, texts: Mapping[str, str]) -> Config:
    """The configuration with the submitted settings of a section. Raises InvalidConfig."""
    checks = {"checks": check_values(texts)} if section.has_checks else {}
    failover = {**derived.typed(section.failover, texts), **checks}
    return change_settings(config, {**derived.typed(section.router, texts), "failover": failover})


def failover_form(section: Section, texts: Mapping[str, str], *, revision: int, blank: int = 1) -> Form:
    """The form with these texts."""
    texts = closed_up(texts)
    rows = row_count(texts, blank) if section.has_checks else 0
    fields = (*derived.fields(section.failover, texts), *derived.fields(section.router, texts))
    return form((*fields, *check_fields(texts, rows)), about=r"settings\.(failover\.)?", revision=revision, checks=rows)
