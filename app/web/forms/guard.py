"""The fields of Guard, on its own page and in the first setup."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from app.model.config import Config, Settings
from app.model.guard import GuardMode
from app.service.edits.settings import change_settings
from app.web.forms import derived
from app.web.forms.fields import Field, Form, form

_GUARD: Final = tuple(one for one in derived.shown(Settings) if one.group == "guard")
_MODE: Final = "guard.mode"


def guard_texts(config: Config) -> dict[str, str]:
    """The texts of the fields; *on* is proposed until somebody has decided."""
    texts = derived.texts(_GUARD, config.settings)
    return {**texts, _MODE: GuardMode.ON} if texts[_MODE] == GuardMode.UNDECIDED else texts


def guard_fields(texts: Mapping[str, str]) -> Iterator[Field]:
    """The fields; nobody decides not to decide."""
    for one in derived.fields(_GUARD, texts):
        yield replace(one, choices=tuple(choice for choice in one.choices if choice.value != GuardMode.UNDECIDED))


def guard_form(texts: Mapping[str, str], *, revision: int) -> Form:
    """The form of Guard's own page."""
    return form(guard_fields(texts), about=r"settings\.", revision=revision)


def with_guard(config: Config, texts: Mapping[str, str]) -> Config:
    """The configuration with what was typed; without these fields as it was. Raises InvalidConfig."""
    return change_settings(config, derived.typed(_GUARD, texts))
