"""The list of traffic rules: a sentence, hits and warnings for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import FieldError
from app.model.choices import IfDown
from app.model.config import Config
from app.model.facts import Facts
from app.model.rule import TrafficRule
from app.model.status import Status
from app.model.way import Way
from app.service.route_lookup import answer, decided
from app.service.rule_text import towards, traffic
from app.service.warnings import warnings


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule. `flags`: why it can never decide. `if_down` empty: it leads to nothing that could be down."""

    number: int
    place: int
    name: str
    enabled: bool
    traffic: str
    towards: str
    if_down: str
    hits: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleList:
    """All rules."""

    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class WayShown:
    """The answer to "Route lookup"."""

    summary: str
    decided: str
    mood: str


def rule_list(config: Config, status: Status | None) -> RuleList:
    """All traffic rules in order, with hits and warnings; without a status there are no hits."""
    facts = Facts() if status is None else status.facts
    flags = _flags(warnings(config, facts))
    hits = hits_of(status)
    return RuleList(
        tuple(
            _row(rule, place, config, hits, flags.get(rule.number, ()))
            for place, rule in enumerate(config.rules, start=1)
        )
    )


def hits_of(status: Status | None) -> Mapping[int, str]:
    """The number of new connections that each rule matched, by rule number."""
    return {} if status is None else {one.number: _connections(one.hits) for one in status.rules}


def way_shown(way: Way, config: Config, named: Sequence[str] = ()) -> WayShown:
    """The result of a route lookup in sentences. `named`: what names were looked up."""
    mood = "down" if way.refused or way.gateway is None else "up" if way.exact else "unknown"
    return WayShown(answer(way, config), " ".join((decided(way, config), *named)), mood)


@dataclass(frozen=True, slots=True)
class ClientShown:
    """The connections of a client: for each ISP a sentence and its servers. `trouble`: why there is no answer."""

    client: str
    isps: tuple[tuple[str, list[str]], ...] = ()
    trouble: str = ""


_IF_DOWN = {IfDown.ANOTHER: "another if it is down", IfDown.REFUSE: "refuse if it is down"}


def _row(rule: TrafficRule, place: int, config: Config, hits: Mapping[int, str], flags: tuple[str, ...]) -> RuleRow:
    return RuleRow(
        number=rule.number,
        place=place,
        name=rule.name,
        enabled=rule.enabled,
        traffic=traffic(rule),
        towards=towards(rule, config),
        if_down="" if rule.balances else _IF_DOWN[rule.if_down],
        hits=hits.get(rule.number, ""),
        flags=flags,
    )


def _flags(found: tuple[FieldError, ...]) -> Mapping[int, tuple[str, ...]]:
    """Warnings about rules, by number."""
    flags: dict[int, tuple[str, ...]] = {}
    for warning in found:
        part, _, rest = warning.field.partition(".")
        number = rest.partition(".")[0]
        if part == "rules" and number.isdecimal():
            flags[int(number)] = (*flags.get(int(number), ()), warning.message)
    return flags


def _connections(hits: int) -> str:
    if not hits:
        return " · no matches yet"
    return " · 1 match" if hits == 1 else f" · {hits:,} matches".replace(",", "\N{NARROW NO-BREAK SPACE}")
