"""The form of the first run's last step: what every ISP is asked, filled in with what suits most lines."""

from collections.abc import Mapping
from typing import Final

from app.model.check import IcmpCheck
from app.model.config import Config
from app.service.edits.settings import change_failover
from app.web.forms.checks import check_fields, check_texts, check_values, closed_up, row_count
from app.web.forms.fields import Form, form

# Addresses and no names, so that no DNS has to work; two operators, each at many places of the Internet (anycast), so
# that neither a fault of one nor of any single site takes a working ISP for a dead one.
SUGGESTED: Final = IcmpCheck(targets=("1.1.1.1", "8.8.8.8"))


def first_check_texts(config: Config) -> dict[str, str]:
    """What the fields hold at first: the checks for all ISPs if there are any, else what is suggested."""
    return check_texts(config.settings.failover.checks or (SUGGESTED,))


def with_checks(config: Config, texts: Mapping[str, str]) -> Config:
    """The configuration with these checks for all ISPs. Raises InvalidConfig."""
    return change_failover(config, {"checks": check_values(texts)})


def first_check_form(texts: Mapping[str, str], *, revision: int, blank: int = 0) -> Form:
    """The form with these texts in it; one row at least."""
    texts = closed_up(texts)
    rows = max(1, row_count(texts, blank))
    return form(check_fields(texts, rows), about=r"settings\.failover\.", revision=revision, checks=rows)
