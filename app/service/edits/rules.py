"""Traffic rules: adding, changing, ordering and removing them. A number stays with its rule wherever that moves."""

from collections.abc import Iterable
from dataclasses import replace

from app.errors import FieldError, InvalidConfig
from app.model.config import Config
from app.model.rule import LAST_RULE, MOST_RULES, TrafficRule
from app.service.edits import free_name
from app.service.fields import Fields, made, remade


def add_rule(config: Config, fields: Fields, place: int | None = None) -> Config:
    """Add a rule at a place of the list, counted from 1; without one at its end. It gets a number of its own."""
    if len(config.rules) >= MOST_RULES:
        raise InvalidConfig(FieldError("rules", f"at most {MOST_RULES} rules are allowed"))
    number = free_number(config)
    rule = made(
        TrafficRule, {"name": free_name(f"Rule {number}", config.rules), **fields, "number": number}, f"rules.{number}"
    )
    _require_own_name(config, rule)
    return _placed(config, config.rules, rule, len(config.rules) + 1 if place is None else place)


def added_rule(before: Config, after: Config) -> TrafficRule:
    """The rule that `add_rule` added, with the name that it has been given."""
    known = {one.number for one in before.rules}
    return next(one for one in after.rules if one.number not in known)


def change_rule(config: Config, number: int, fields: Fields) -> Config:
    """Change some fields of a rule; it keeps its place. Leading to a gateway, it leads to no tier any more."""
    rule = numbered_rule(config, number)
    changed = remade(rule, _leading(fields), f"rules.{number}")
    _require_own_name(config, changed)
    return replace(config, rules=tuple(changed if one.number == number else one for one in config.rules))


def delete_rule(config: Config, number: int) -> Config:
    """Remove a rule; its number stays free until it is the next one."""
    numbered_rule(config, number)
    return replace(config, rules=tuple(one for one in config.rules if one.number != number))


def move_rule(config: Config, number: int, place: int) -> Config:
    """Put a rule at this place of the list, counted from 1. Past the end is the end."""
    rule = numbered_rule(config, number)
    return _placed(config, tuple(one for one in config.rules if one.number != number), rule, place)


def order_rules(config: Config, numbers: Iterable[int]) -> Config:
    """Put all rules in this order. Raises InvalidConfig unless each is named once: somebody else may have added one."""
    wanted = tuple(numbers)
    known = {one.number: one for one in config.rules}
    if len(wanted) != len(known) or set(wanted) != set(known):
        message = "the order must name every rule once: the list has changed, or a rule is named twice"
        raise InvalidConfig(FieldError("numbers", message))
    return replace(config, rules=tuple(known[number] for number in wanted))


def numbered_rule(config: Config, number: int) -> TrafficRule:
    """The rule with this number; InvalidConfig when there is none."""
    rule = config.rule(number)
    if rule is None:
        raise InvalidConfig(FieldError("rules", f"there is no rule {number}"))
    return rule


def find_rule(config: Config, text: str) -> TrafficRule:
    """The rule that a person means by its number or its name; InvalidConfig when there is none."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return numbered_rule(config, int(text))
    found = next((one for one in config.rules if one.name.casefold() == text.strip().casefold()), None)
    if found is None:
        raise InvalidConfig(FieldError("rules", f"{text} is neither the number nor the name of a rule"))
    return found


def place_of(config: Config, number: int) -> int:
    """Where a rule stands in the list, counted from 1."""
    return next(place for place, one in enumerate(config.rules, start=1) if one.number == number)


def rules_towards(config: Config, number: int) -> tuple[TrafficRule, ...]:
    """The rules that would lead nowhere without this gateway: to it, or to a tier that has no other."""
    gateway = config.gateway(number)
    if gateway is None:
        return ()
    is_last = all(one.tier != gateway.tier for one in config.gateways if one.number != number)
    return tuple(one for one in config.rules if one.gateway == number or (is_last and one.tier == gateway.tier))


def free_number(config: Config) -> int:
    """The number of the next rule: after all others, so that a number rarely comes to mean another rule."""
    taken = {one.number for one in config.rules}
    following = max(taken, default=0) + 1
    if following <= LAST_RULE:
        return following
    return next(number for number in range(1, LAST_RULE + 1) if number not in taken)


def _leading(fields: Fields) -> Fields:
    """Where it leads is one thing in two fields: giving one takes back the other."""
    if fields.get("gateway") is not None and "tier" not in fields:
        return {**fields, "tier": None}
    if fields.get("tier") is not None and "gateway" not in fields:
        return {**fields, "gateway": None}
    return fields


def _placed(config: Config, others: tuple[TrafficRule, ...], rule: TrafficRule, place: int) -> Config:
    if place < 1:
        raise InvalidConfig(FieldError("place", "places are counted from 1"))
    before = min(place - 1, len(others))
    return replace(config, rules=(*others[:before], rule, *others[before:]))


def _require_own_name(config: Config, rule: TrafficRule) -> None:
    """Raise InvalidConfig where another rule has this name: events and the console tell rules apart by it."""
    for other in config.rules:
        if other.number != rule.number and other.name.casefold() == rule.name.casefold():
            raise InvalidConfig(FieldError(f"rules.{rule.number}.name", f"rule {other.number} already has this name"))
