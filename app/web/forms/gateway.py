"""The form of an ISP."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.model.config import HEAVIEST, Config, Gateway, OnReturn, Role, Snat
from app.model.facts import Facts
from app.model.rule import LAST_TIER
from app.service.detected import detected
from app.service.edits.gateways import GatewayFields
from app.web.forms.checks import check_fields, check_texts, check_values, closed_up, row_count
from app.web.forms.fields import Choice, Field, Form, form
from app.web.forms.timing import timing_fields, timing_texts, timing_values
from app.web.forms.whole import whole
from app.web.views import format as fmt
from app.web.views.gateway_list import other_weights, part_percent, tier_words

_ROLES: Final = {Role.LAN: "LAN", Role.WAN: "ISP", Role.UNUSED: ""}
_SNAT: Final = (
    Choice(Snat.ADDRESS, "The ISP's address", "Rewrite the source to the address below. For a fixed address."),
    Choice(Snat.MASQUERADE, "Masquerade", "Rewrite it to whatever address the interface has at the moment."),
    Choice(Snat.OFF, "Leave it alone", "The ISP knows the LAN's addresses, or its router rewrites them itself."),
)
_ON_RETURN: Final = (
    Choice(OnReturn.STAY, "Its connections stay", "What runs through it goes on until it ends; only new ones move."),
    Choice(
        OnReturn.MOVE_BACK, "They move back", "They end here and begin anew through the better line: it costs less."
    ),
)
ADVANCED: Final = ("source", "snat", "far", "timing.interval_s", "timing.timeout_s", "timing.fall", "timing.rise",
                   "timing.hold_s")  # fmt: skip


@dataclass(frozen=True, slots=True)
class GatewayForm:
    """The form, what its weight comes to beside the others', and whether its folded part must be open.

    `others_weight`: by tier, in JSON for the page's script.
    """

    form: Form
    number: int | None
    others_weight: str
    part: str
    checks_for_all: tuple[str, ...]
    advanced_open: bool


def gateway_texts(gateway: Gateway | None) -> dict[str, str]:
    """What the fields hold for this ISP, or for a new one."""
    if gateway is None:
        usual = {"checks_from": "all", "snat": Snat.ADDRESS.value, "on_return": OnReturn.STAY.value}
        return {"weight": "1", "tier": "1", **usual}
    return {
        "name": gateway.name,
        "interface": gateway.interface,
        "address": "" if gateway.address is None else str(gateway.address),
        "far": "on" if gateway.far else "",
        "weight": str(gateway.weight),
        "tier": str(gateway.tier),
        "on_return": gateway.on_return.value,
        "source": "" if gateway.source is None else str(gateway.source),
        "snat": gateway.snat.value,
        "checks_from": "all" if gateway.checks is None else "own",
        **check_texts(gateway.checks or ()),
        **timing_texts(gateway.timing),
    }


def gateway_values(texts: Mapping[str, str]) -> GatewayFields:
    """What the form asks for. An interface that was not chosen is left out: the address tells which."""
    fields = GatewayFields(
        address=texts.get("address", "").strip() or None,
        far=texts.get("far") == "on",
        weight=texts.get("weight", "").strip(),
        tier=texts.get("tier", "1").strip(),
        on_return=texts.get("on_return", OnReturn.STAY),
        source=texts.get("source", "").strip() or None,
        snat=texts.get("snat", Snat.ADDRESS),
        checks=check_values(texts) if texts.get("checks_from") == "own" else None,
        timing=timing_values(texts),
    )
    for name in ("name", "interface"):
        if texts.get(name, "").strip():
            fields[name] = texts[name].strip()
    return fields


def gateway_form(
    texts: Mapping[str, str], config: Config, facts: Facts, *, number: int | None, revision: int, blank: int = 1
) -> Form:
    """The form with these texts in it."""
    texts = closed_up(texts)
    rows = row_count(texts, blank)
    fields = [*_plain_fields(texts, config, facts, number), *check_fields(texts, rows)]
    fields += timing_fields(texts, config.settings.failover.timing)
    return form(fields, about=r"gateways\.\d+\.", revision=revision, checks=rows)


def weight_part(texts: Mapping[str, str], config: Config, number: int | None) -> tuple[str, str]:
    """The weights of the other enabled ISPs together by tier, in JSON, and what this weight comes to beside them."""
    text, tier = texts.get("weight", ""), texts.get("tier", "1")
    others = other_weights(config, number)
    weight = whole(text, digits=3) or 0
    weight = weight if weight <= HEAVIEST else 0
    beside = others.get(whole(tier, digits=1) or 0, 0)
    part = f"{fmt.percent(part_percent(weight, beside))} of new connections" if weight else ""
    return json.dumps(others), f"{part} while it carries any" if part and tier != "1" else part


def _plain_fields(texts: Mapping[str, str], config: Config, facts: Facts, number: int | None) -> Iterator[Field]:
    def text(name: str) -> str:
        return texts.get(name, "")

    yield Field("name", "Name", text("name"), "What you call this ISP.", placeholder="Orange")
    yield Field(
        "interface", "Interface", text("interface"), choices=tuple(_interfaces(text("interface"), config, facts))
    )
    hint = "The ISP's router, seen from here. Empty: as the interface's own DHCP or PPP client says."
    yield Field("address", "Gateway address", text("address"), hint, placeholder="192.168.1.2", inputmode="decimal")
    yield Field(
        "weight", "Weight", text("weight"), "Its share, relative to the other ISPs. 1 to 256.", inputmode="numeric"
    )
    where = fmt.enumeration([one.name for one in config.gateways if one.number != number][:3]) or "the first ISP"
    yield Field("checks_from", "Checks", text("checks_from") or "all", choices=(
        Choice("all", "The checks for all ISPs", f"Set on the page Failover; used by {where} too."),
        Choice("own", "Its own checks", "All of them must pass."),
    ))  # fmt: skip
    yield Field(
        "far", "The gateway is outside the interface's subnets", text("far"), "A far gateway: some hosting providers."
    )
    yield Field("tier", "Tier", text("tier") or "1", choices=tuple(_tiers(text("tier"), config)))
    yield Field("on_return", "When a better tier is back", text("on_return") or OnReturn.STAY, choices=_ON_RETURN)
    yield Field("source", "Source address", text("source"), "Empty: found by itself.", inputmode="decimal")
    yield Field("snat", "Source address of what leaves here", text("snat"), choices=_SNAT)


def _tiers(chosen: str, config: Config) -> Iterator[Choice]:
    """The tiers in use, and one more to begin."""
    highest = max((one.tier for one in config.gateways), default=1)
    shown = max(3, highest + 1, whole(chosen, digits=1) or 0)
    for tier in range(1, min(LAST_TIER, shown) + 1):
        yield Choice(str(tier), tier_words(tier))


def _interfaces(chosen: str, config: Config, facts: Facts) -> Iterator[Choice]:
    yield Choice("", "Find it by the gateway's address")
    found = detected(config, facts)
    for one in found:
        yield Choice(one.name, " · ".join(filter(None, [one.text, _ROLES[one.role]])))
    if chosen and all(one.name != chosen for one in found):
        yield Choice(chosen, f"{chosen} · absent")
