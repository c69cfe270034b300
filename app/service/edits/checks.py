"""One check added, changed or removed: of one ISP, or of those that every ISP without its own is asked.

`gateway` is the number of the ISP, None for all. A place is counted from 1, as people count.
"""

from collections.abc import Mapping
from typing import Any

from app.errors import FieldError, InvalidConfig
from app.model.check import Check
from app.model.config import Config
from app.service.edits.gateways import change_gateway, numbered
from app.service.edits.settings import change_failover

CheckFields = Mapping[str, Any]
"""A check as it was typed or sent, with its kind: the model says what its fields must be."""


def own_checks(config: Config, gateway: int | None) -> tuple[Check, ...] | None:
    """The checks that are listed there; None for an ISP that is asked what all are. Raises InvalidConfig."""
    return config.settings.failover.checks if gateway is None else numbered(config, gateway).checks


def add_check(config: Config, gateway: int | None, check: CheckFields) -> Config:
    """Ask one thing more. An ISP's first check of its own stands in place of those for all."""
    return _with(config, gateway, (*(own_checks(config, gateway) or ()), check))


def change_check(config: Config, gateway: int | None, place: int, check: CheckFields) -> Config:
    """Ask this in place of what is asked there."""
    before = _listed(config, gateway, place)
    return _with(config, gateway, (*before[: place - 1], check, *before[place:]))


def delete_check(config: Config, gateway: int | None, place: int) -> Config:
    """Ask one thing less. Without any only link and address are watched; see `ask_as_all` for the way back."""
    before = _listed(config, gateway, place)
    return _with(config, gateway, (*before[: place - 1], *before[place:]))


def watch_link_alone(config: Config, gateway: int | None) -> Config:
    """Ask nothing beyond link and address, which are always watched."""
    return _with(config, gateway, ())


def ask_as_all(config: Config, gateway: int) -> Config:
    """Ask an ISP what all are asked, and drop its own checks."""
    return change_gateway(config, gateway, {"checks": None})


def check_at(config: Config, gateway: int | None, place: int) -> Check:
    """The check at this place. Raises InvalidConfig where there is none."""
    return _listed(config, gateway, place)[place - 1]


def _listed(config: Config, gateway: int | None, place: int) -> tuple[Check, ...]:
    """The checks that are listed there, of which one has this place."""
    checks = own_checks(config, gateway)
    here = "settings.failover.checks" if gateway is None else f"gateways.{gateway}.checks"
    if checks is None:
        raise InvalidConfig(FieldError(here, "it has no checks of its own and uses those for all ISPs"))
    if not 1 <= place <= len(checks):
        there = f"the last is {len(checks)}" if checks else "there is none"
        raise InvalidConfig(FieldError(here, f"there is no check {place} ({there})"))
    return checks


def _with(config: Config, gateway: int | None, checks: tuple[Check | CheckFields, ...]) -> Config:
    if gateway is None:
        return change_failover(config, {"checks": checks})
    return change_gateway(config, gateway, {"checks": checks})
