"""The form of an ISP."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from app.model.choices import Role
from app.model.config import HEAVIEST, Config, Gateway
from app.model.facts import Facts
from app.model.rule import LAST_TIER
from app.model.words import joined
from app.service.detected import detected
from app.service.fields import Fields
from app.web.forms import derived
from app.web.forms.checks import check_fields, check_texts, check_values, closed_up, row_count
from app.web.forms.fields import Choice, Field, Form, form, whole_number
from app.web.views import format as fmt
from app.web.views.gateway_list import other_weights, part_percent, tier_words

_ROLES: Final = {Role.LAN: "LAN", Role.WAN: "ISP", Role.UNUSED: ""}
_SETTINGS: Final = derived.shown(Gateway)
# What an ISP takes from all where it has no timing of its own.
_TIMING: Final = tuple(one for one in _SETTINGS if one.path.startswith("timing."))
# What is folded away.
ADVANCED: Final = ("advanced", "timing")


@dataclass(frozen=True, slots=True)
class GatewayForm:
    """The ISP form, its share of new connections, and whether the advanced part is open.

    `others_weight`: by tier, in JSON for the page's script.
    """

    form: Form
    number: int | None
    others_weight: str
    part: str
    checks_for_all: tuple[str, ...]
    advanced_open: bool


def gateway_texts(gateway: Gateway | None) -> dict[str, str]:
    """The texts of the fields for this ISP, or for a new one."""
    if gateway is None:
        return {**derived.blank(_SETTINGS), "checks_from": "all"}
    own = "all" if gateway.checks is None else "own"
    return {**derived.texts(_SETTINGS, gateway), "checks_from": own, **check_texts(gateway.checks or ())}


def gateway_values(texts: Mapping[str, str]) -> Fields:
    """The submitted values. An empty name or interface is left out; the address then decides the interface."""
    fields = derived.typed(_SETTINGS, texts)
    for name in ("name", "interface"):
        if not fields.get(name):
            fields.pop(name, None)
    return {**fields, "checks": check_values(texts) if texts.get("checks_from") == "own" else None}


def gateway_form(
    texts: Mapping[str, str], config: Config, facts: Facts, *, number: int | None, revision: int, blank: int = 1
) -> Form:
    """The form with these texts."""
    texts = closed_up(texts)
    rows = row_count(texts, blank)
    choices = {
        "interface": tuple(_interfaces(texts.get("interface", ""), config, facts)),
        "tier": tuple(_tiers(texts.get("tier", ""), config)),
    }
    inherited = {one.path: one.setting.text(attrgetter(one.path)(config.settings.failover)) for one in _TIMING}
    fields = derived.fields(_SETTINGS, texts, choices=choices, inherited=inherited)
    where = joined([one.name for one in config.gateways if one.number != number][:3]) or "the first ISP"
    checks_from = Field("checks_from", "Checks", texts.get("checks_from") or "all", choices=(
        Choice("all", "Checks for all ISPs", f"Set on the Failover page; also used by {where}."),
        Choice("own", "Its own checks", "All must pass."),
    ))  # fmt: skip
    return form(
        (*fields, checks_from, *check_fields(texts, rows)), about=r"gateways\.\d+\.", revision=revision, checks=rows
    )


def gateway_lines(gateway: Gateway, config: Config, facts: Facts) -> tuple[tuple[str, str], ...]:
    """The settings of an ISP to be read: label and value; what it has of its own form, and what it takes from all."""
    shown = gateway_form(gateway_texts(gateway), config, facts, number=gateway.number, revision=0, blank=0)
    checks = ", ".join(one.describe() for one in config.checks(gateway)) or "link only"
    own = "" if gateway.checks is None else " (its own)"
    fields = (one for one in shown.fields.values() if not one.name.startswith(("checks", "name")))
    return (*((one.label, _value(one)) for one in fields), ("Checks", f"{checks}{own}"))


def _value(field: Field) -> str:
    if field.widget == "checkbox":
        return "yes" if field.value else "no"
    text = next((one.label for one in field.choices if one.value == field.value), field.value)
    unit = f" {field.unit}" if field.unit else ""
    if text:
        return f"{text}{unit}"
    return f"{field.placeholder}{unit}, as for all ISPs" if field.name.startswith("timing.") else "automatic"


def weight_part(texts: Mapping[str, str], config: Config, number: int | None) -> tuple[str, str]:
    """The summed weights of the other enabled ISPs by tier, in JSON, and the share of this weight."""
    text, tier = texts.get("weight", ""), texts.get("tier", "1")
    others = other_weights(config, number)
    weight = whole_number(text, digits=3) or 0
    weight = weight if weight <= HEAVIEST else 0
    beside = others.get(whole_number(tier, digits=1) or 0, 0)
    part = f"{fmt.percent(part_percent(weight, beside))} of new connections" if weight else ""
    return json.dumps(others), f"{part} while this tier is in use" if part and tier != "1" else part


def _tiers(chosen: str, config: Config) -> Iterator[Choice]:
    """The tiers in use, and one more."""
    highest = max((one.tier for one in config.gateways), default=1)
    shown = max(3, highest + 1, whole_number(chosen, digits=1) or 0)
    for tier in range(1, min(LAST_TIER, shown) + 1):
        yield Choice(str(tier), tier_words(tier))


def _interfaces(chosen: str, config: Config, facts: Facts) -> Iterator[Choice]:
    yield Choice("", "Find the interface from the next hop")
    found = detected(config, facts)
    for one in found:
        yield Choice(one.name, " · ".join(filter(None, [one.text, _ROLES[one.role]])))
    if chosen and all(one.name != chosen for one in found):
        yield Choice(chosen, f"{chosen} · absent")
