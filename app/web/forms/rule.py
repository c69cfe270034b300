"""The form of a traffic rule, and the route lookup form."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from app.errors import FieldError, InvalidConfig, require_all
from app.model.choices import Protocol, Role
from app.model.config import Config
from app.model.facts import Facts, own_addresses
from app.model.rule import TrafficRule
from app.service.detected import detected
from app.service.edits.rules import add_rule, change_rule, move_rule, place_of
from app.service.fields import Fields
from app.web.forms import derived
from app.web.forms.fields import Choice, Field, Form, form, whole_number
from app.web.views.gateway_list import tier_words

_SETTINGS: Final = derived.shown(TrafficRule)
# What is folded away.
ADVANCED: Final = "advanced"
# Routers usually have the first or last address of a network, so this one is a client's.
_A_CLIENT: Final = 20
_BALANCED: Final = "balanced"


def rule_texts(rule: TrafficRule | None, config: Config) -> dict[str, str]:
    """The texts of the fields for this rule, or for a new one."""
    if rule is None:
        return derived.blank(_SETTINGS)
    place = str(place_of(config, rule.number))
    return {**derived.texts(_SETTINGS, rule), "target": _target(rule), "place": place}


def rule_added(config: Config, texts: Mapping[str, str]) -> Config:
    """The configuration with the submitted rule added. Raises InvalidConfig."""
    require_all(
        lambda: _target_of(texts), lambda: _place(texts, "rules.new"), lambda: add_rule(config, _fields(texts), None)
    )
    return add_rule(config, _fields(texts), _place(texts, "rules.new"))


def rule_changed(config: Config, number: int, texts: Mapping[str, str]) -> Config:
    """The configuration with this rule changed as submitted, at its place. Raises InvalidConfig."""
    here = f"rules.{number}"
    require_all(
        lambda: _target_of(texts), lambda: _place(texts, here), lambda: change_rule(config, number, _fields(texts))
    )
    config, place = change_rule(config, number, _fields(texts)), _place(texts, here)
    return config if place is None else move_rule(config, number, place)


def rule_form(texts: Mapping[str, str], config: Config, facts: Facts, *, revision: int) -> Form:
    """The form with these texts."""
    interfaces = tuple(_ways_in(texts.get("interface", ""), config, facts))
    targets = tuple(_targets(texts.get("target", ""), config))
    hint = "From 1; the first match decides. Empty: current position, or last for a new rule."
    fields = (
        *derived.fields(_SETTINGS, texts, choices={"interface": interfaces}),
        Field("target", "Send via", texts.get("target", ""), choices=targets, widget="select", group="plain"),
        Field("place", "Position", texts.get("place", ""), hint, inputmode="numeric", group=ADVANCED),
    )
    return form(fields, about=r"(rules\.\w+\.)?", revision=revision)


def under_their_fields(errors: Iterable[FieldError]) -> tuple[FieldError, ...]:
    """The errors with the form's field names: the target of a rule is one field here."""
    return tuple(
        replace(one, field=re.sub(r"^(rules\.\d+)\.(gateway|tier)$", r"\1.target", one.field)) for one in errors
    )


def _address_inside(config: Config, facts: Facts) -> str:
    """An example address on the first LAN; empty without a LAN."""
    for interface in config.interfaces:
        link = facts.link(interface.name) if interface.role is Role.LAN else None
        own = () if link is None else own_addresses(link, config)
        if own:
            network = own[0].address.network
            return str(network[min(_A_CLIENT, network.num_addresses - 1)])
    return ""


def way_form(texts: Mapping[str, str], config: Config, facts: Facts) -> Form:
    """The route lookup form with these texts."""

    def text(name: str) -> str:
        return texts.get(name, "")

    inside = _address_inside(config, facts)
    protocols = tuple(Choice(one.value, one.label) for one in Protocol if one is not Protocol.TCP_UDP)
    return form(
        (
            Field("source", "From", text("source"), "Client in the LAN: its address or name.", placeholder=inside),
            Field("destination", "To", text("destination"), "Server on the Internet: its address or name."),
            Field("protocol", "Protocol", text("protocol") or Protocol.TCP, choices=protocols),
            Field("destination_port", "Port", text("destination_port"), inputmode="numeric", placeholder="443"),
            Field("source_port", "Source port", text("source_port"), inputmode="numeric"),
            Field(
                "interface",
                "Incoming interface",
                text("interface"),
                choices=tuple(_ways_in(text("interface"), config, facts)),
            ),
            Field("mac", "Source MAC address", text("mac"), placeholder="00:16:3e:12:34:56"),
            Field("dscp", "DSCP", text("dscp"), "Empty: none.", placeholder="EF"),
        )
    )


def _targets(chosen: str, config: Config) -> Iterator[Choice]:
    yield Choice("", "Choose …")
    for gateway in config.gateways:
        yield Choice(f"gateway:{gateway.number}", gateway.name)
    for tier in sorted({one.tier for one in config.gateways}):
        yield Choice(f"tier:{tier}", f"Tier {tier_words(tier)}")
    yield Choice(_BALANCED, "Balanced, as without a rule")
    if re.fullmatch(r"gateway:\d{1,3}", chosen) and config.gateway(int(chosen[8:])) is None:
        yield Choice(chosen, f"ISP {chosen[8:]} (removed)")


def _ways_in(chosen: str, config: Config, facts: Facts) -> Iterator[Choice]:
    yield Choice("", "Any interface")
    names = dict.fromkeys(one.name for one in detected(config, facts))
    names.update(dict.fromkeys(filter(None, [chosen])))
    carrying = {one.interface: one.name for one in config.gateways}
    for name in names:
        yield Choice(name, f"{name} · ISP: {carrying[name]}" if name in carrying else name)


def _target(rule: TrafficRule) -> str:
    if rule.gateway is not None:
        return f"gateway:{rule.gateway}"
    return _BALANCED if rule.tier is None else f"tier:{rule.tier}"


def _target_of(texts: Mapping[str, str]) -> tuple[str, str]:
    """The kind of target that was chosen, and its number. Raises InvalidConfig."""
    kind, _, number = texts.get("target", "").partition(":")
    if kind not in {"gateway", "tier", _BALANCED}:
        raise InvalidConfig(FieldError("rules.new.target", "choose an ISP, a tier or balancing"))
    return kind, number


def _fields(texts: Mapping[str, str]) -> Fields:
    kind, _, number = texts.get("target", "").partition(":")
    fields = derived.typed(_SETTINGS, texts)
    if not fields.get("name"):
        fields.pop("name", None)
    return {**fields, "gateway": number if kind == "gateway" else None, "tier": number if kind == "tier" else None}


def _place(texts: Mapping[str, str], here: str) -> int | None:
    """The position that was typed, or None. Raises InvalidConfig."""
    text = texts.get("place", "").strip()
    place = whole_number(text, digits=6)
    if text and not place:
        raise InvalidConfig(FieldError(f"{here}.place", "position must be a whole number from 1"))
    return place
