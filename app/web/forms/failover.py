"""The failover form: health checks, balancing and failover of all ISPs."""

from collections.abc import Mapping
from typing import Final

from app.model.config import Config, Failover, Settings
from app.service.edits.settings import change_settings
from app.web.forms import derived
from app.web.forms.checks import check_fields, check_texts, check_values, closed_up, row_count
from app.web.forms.fields import Form, form

_FAILOVER: Final = derived.shown(Failover)
# Those of the router itself. The panel's settings have forms of their own.
_ROUTER: Final = tuple(one for one in derived.shown(Settings) if "." not in one.path)


def failover_texts(settings: Settings) -> dict[str, str]:
    """The texts of the fields."""
    texts = {**derived.texts(_FAILOVER, settings.failover), **derived.texts(_ROUTER, settings)}
    return {**texts, **check_texts(settings.failover.checks)}


def changed(config: Config, texts: Mapping[str, str]) -> Config:
    """The configuration with the submitted settings. Raises InvalidConfig."""
    failover = {**derived.typed(_FAILOVER, texts), "checks": check_values(texts)}
    return change_settings(config, {**derived.typed(_ROUTER, texts), "failover": failover})


def failover_form(texts: Mapping[str, str], *, revision: int, blank: int = 1) -> Form:
    """The form with these texts."""
    texts = closed_up(texts)
    rows = row_count(texts, blank)
    fields = (*derived.fields(_FAILOVER, texts), *derived.fields(_ROUTER, texts), *check_fields(texts, rows))
    return form(fields, about=r"settings\.(failover\.)?", revision=revision, checks=rows)
