"""The form of what holds for all ISPs."""

from collections.abc import Mapping
from typing import Final

from app.model.config import AllDown, Balancing, Clients, Config, Settings
from app.service.edits.settings import FailoverFields, change_failover, set_balancing
from app.web.forms.checks import check_fields, check_texts, check_values, closed_up, row_count
from app.web.forms.fields import Choice, Field, Form, form
from app.web.forms.timing import timing_fields, timing_texts, timing_values

_BALANCING: Final = (
    Choice(
        Balancing.SOURCE_DESTINATION, "By source and destination", "A client keeps its ISP for each server it talks to."
    ),
    Choice(Balancing.CONNECTION, "By connection", "Every connection is dealt out anew: the finest balance."),
    Choice(Balancing.CLIENT, "By client", "A client keeps its ISP for everything."),
)
_ALL_DOWN: Final = (
    Choice(
        AllDown.KEEP_TRYING,
        "Keep trying",
        "New connections go out all the same: a wrong check must not cut a working line.",
    ),
    Choice(AllDown.REFUSE, "Refuse", "New connections are refused at once, so that programs need not wait."),
)
_CLIENTS: Final = (
    Choice(
        Clients.TELL, "Tell them", "Their TCP connections are reset within moments, so that programs connect again."
    ),
    Choice(Clients.WAIT, "Let them wait", "A short outage is survived, a long one takes minutes to be noticed."),
)


def failover_texts(settings: Settings) -> dict[str, str]:
    """What the fields hold."""
    failover = settings.failover
    return {
        "enabled": "on" if failover.enabled else "",
        "all_down": failover.all_down.value,
        "clients": failover.clients.value,
        "balancing": settings.balancing.value,
        **check_texts(failover.checks),
        **timing_texts(failover.timing),
    }


def changed(config: Config, texts: Mapping[str, str]) -> Config:
    """The configuration as the form asks for it. Raises InvalidConfig."""
    fields = FailoverFields(
        enabled=texts.get("enabled") == "on",
        checks=check_values(texts),
        timing={name: value or "" for name, value in timing_values(texts).items()},
        all_down=texts.get("all_down", ""),
        clients=texts.get("clients", ""),
    )
    return set_balancing(change_failover(config, fields), texts.get("balancing", ""))


def failover_form(texts: Mapping[str, str], *, revision: int, blank: int = 1) -> Form:
    """The form with these texts in it."""
    texts = closed_up(texts)
    rows = row_count(texts, blank)
    hint = "Without it every ISP that the kernel can hold is used, dead or not."
    fields = [
        Field("enabled", "Watch the ISPs and leave out the dead ones", texts.get("enabled", ""), hint),
        Field("balancing", "Balancing", texts.get("balancing", ""), choices=_BALANCING),
        Field("all_down", "When no ISP works", texts.get("all_down", ""), choices=_ALL_DOWN),
        Field("clients", "Clients of an ISP that dies", texts.get("clients", ""), choices=_CLIENTS),
        *check_fields(texts, rows),
        *timing_fields(texts),
    ]
    return form(fields, about=r"settings\.(failover\.)?", revision=revision, checks=rows)
