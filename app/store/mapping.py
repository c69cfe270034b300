"""A revision's content as rows and back: the one place where columns and fields meet.

It knows neither SQLModel nor SQLite, so that the worker and the service read through the same lines. Rows are taken
for hostile: whatever the tables hold, `config_of` gives a consistent Config or InvalidConfig.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.errors import FieldError, InvalidConfig
from app.model.check import Check, Timing, TimingOverrides
from app.model.complaints import MOST_NAMED, field_errors
from app.model.config import Config, Gateway, Interface, Settings
from app.model.rule import PortRange, TrafficRule

Value = str | int | float | None
Row = Mapping[str, Value]

# The number under which `gateway_check` keeps the checks for all gateways; real numbers start at 1.
FOR_ALL: Final = 0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one revision, table by table, without the column `revision`."""

    settings: Row
    interfaces: tuple[Row, ...]
    addresses: tuple[Row, ...]
    gateways: tuple[Row, ...]
    checks: tuple[Row, ...]
    rules: tuple[Row, ...]


def rows_of(config: Config) -> Rows:
    """Take a configuration apart; `config_of` puts it together again, equal in every field."""
    return Rows(
        settings=_settings_row(config.settings),
        interfaces=tuple(
            {"position": position, "name": one.name, "role": one.role.value, "managed": int(one.managed)}
            for position, one in enumerate(config.interfaces)
        ),
        addresses=tuple(
            {"interface": one.name, "position": position, "address": str(address)}
            for one in config.interfaces
            for position, address in enumerate(one.addresses)
        ),
        gateways=tuple(_gateway_row(position, one) for position, one in enumerate(config.gateways)),
        checks=(
            *_check_rows(FOR_ALL, config.settings.failover.checks),
            *(row for one in config.gateways for row in _check_rows(one.number, one.checks or ())),
        ),
        rules=tuple(_rule_row(position, one) for position, one in enumerate(config.rules)),
    )


def _settings_row(settings: Settings) -> Row:
    failover = settings.failover
    return {
        "failover_enabled": int(failover.enabled),
        "interval_s": failover.timing.interval_s,
        "timeout_s": failover.timing.timeout_s,
        "fall": failover.timing.fall,
        "rise": failover.timing.rise,
        "hold_s": failover.timing.hold_s,
        "standby_interval_s": failover.timing.standby_interval_s,
        "all_down": failover.all_down.value,
        "clients": failover.clients.value,
        "balancing": settings.balancing.value,
        "panel_port": settings.panel.port,
        "panel_reachable_from_outside": int(settings.panel.reachable_from_outside),
        "panel_confirm_window_s": settings.panel.confirm_window_s,
    }


def _gateway_row(position: int, gateway: Gateway) -> Row:
    timing = gateway.timing
    return {
        "position": position,
        "number": gateway.number,
        "name": gateway.name,
        "interface": gateway.interface,
        "address": None if gateway.address is None else str(gateway.address),
        "far": int(gateway.far),
        "weight": gateway.weight,
        "enabled": int(gateway.enabled),
        "cut": int(gateway.cut),
        "source": None if gateway.source is None else str(gateway.source),
        "snat": gateway.snat.value,
        "own_checks": int(gateway.checks is not None),
        "interval_s": timing.interval_s,
        "timeout_s": timing.timeout_s,
        "fall": timing.fall,
        "rise": timing.rise,
        "hold_s": timing.hold_s,
        "standby_interval_s": timing.standby_interval_s,
        "tier": gateway.tier,
        "on_return": gateway.on_return.value,
    }


def _rule_row(position: int, rule: TrafficRule) -> Row:
    return {
        "position": position,
        "number": rule.number,
        "name": rule.name,
        "enabled": int(rule.enabled),
        "source": None if rule.source is None else str(rule.source),
        "mac": rule.mac,
        "interface": rule.interface,
        "destination": None if rule.destination is None else str(rule.destination),
        "protocol": None if rule.protocol is None else rule.protocol.value,
        "ports": _ports_text(rule.ports),
        "source_ports": _ports_text(rule.source_ports),
        "dscp": rule.dscp,
        "gateway": rule.gateway,
        "tier": rule.tier,
        "if_down": rule.if_down.value,
    }


def _ports_text(ports: Iterable[PortRange]) -> str:
    return json.dumps([[one.first, one.last] for one in ports])


_CHECK: TypeAdapter[Check] = TypeAdapter(Check)


def _check_rows(number: int, checks: Iterable[Check]) -> Iterator[Row]:
    for position, check in enumerate(checks):
        parameters = _CHECK.dump_python(check, mode="json", exclude={"kind"})
        yield {"gateway": number, "position": position, "kind": check.kind, "parameters": json.dumps(parameters)}


def config_of(rows: Rows) -> Config:
    """Put a configuration together from its rows, in whatever order they come.

    Raises InvalidConfig with everything that is wrong, each under the path a form knows (`gateways.2.weight`).
    """
    reading = _Reading(rows)
    parts = {
        "interfaces": tuple(reading.interfaces()),
        "gateways": tuple(reading.gateways()),
        "rules": tuple(reading.rules()),
        "settings": reading.settings() or Settings(),
    }
    config = reading.made(Config, parts, "")
    if config is None or reading.errors:
        raise InvalidConfig(*reading.errors)
    config.require_consistent()
    return config


_TIMING_COLUMNS: Final = ("interval_s", "timeout_s", "fall", "rise", "hold_s", "standby_interval_s")


class _Reading:
    """Collects the errors on the way, so that a person sees all of them at once, until there are too many to see."""

    def __init__(self, rows: Rows) -> None:
        self.errors: list[FieldError] = []
        self._rows = rows
        self._addresses = _grouped(rows.addresses, "interface")
        self._checks = _grouped(rows.checks, "gateway")

    def interfaces(self) -> Iterator[Interface]:
        for row in _in_order(self._rows.interfaces):
            own = [one["address"] for one in self._addresses.get(row["name"], ())]
            fields = {**_without(row, "position"), "addresses": own}
            made = self.made(Interface, fields, f"interfaces.{row['name']}")
            if made is not None:
                yield made

    def gateways(self) -> Iterator[Gateway]:
        for row in _in_order(self._rows.gateways):
            here = f"gateways.{row['number']}"
            timing = self.made(TimingOverrides, {name: row[name] for name in _TIMING_COLUMNS}, here)
            checks = self.checks(row["number"], here) if row["own_checks"] else None
            fields = {**_without(row, "position", "own_checks", *_TIMING_COLUMNS), "checks": checks, "timing": timing}
            if timing is not None and (made := self.made(Gateway, fields, here)) is not None:
                yield made

    def rules(self) -> Iterator[TrafficRule]:
        for row in _in_order(self._rows.rules):
            here = f"rules.{row['number']}"
            try:
                ports = {name: _ports(row[name]) for name in ("ports", "source_ports")}
            except (ValueError, TypeError, RecursionError):
                self._note(FieldError(f"{here}.ports", "its ports are not a list of pairs"))
                continue
            if made := self.made(TrafficRule, {**_without(row, "position"), **ports}, here):
                yield made

    def settings(self) -> Settings | None:
        row = self._rows.settings
        failover = {
            "enabled": row["failover_enabled"],
            "checks": self.checks(FOR_ALL, "settings.failover"),
            "timing": self.made(Timing, {name: row[name] for name in _TIMING_COLUMNS}, "settings.failover.timing"),
            "all_down": row["all_down"],
            "clients": row["clients"],
        }
        panel = {
            "port": row["panel_port"],
            "reachable_from_outside": row["panel_reachable_from_outside"],
            "confirm_window_s": row["panel_confirm_window_s"],
        }
        fields = {"failover": failover, "balancing": row["balancing"], "panel": panel}
        return None if failover["timing"] is None else self.made(Settings, fields, "settings")

    def checks(self, number: Value, here: str) -> tuple[Check, ...]:
        found = []
        for row in self._checks.get(number, ()):
            place = f"{here}.checks.{row['position']}"
            try:
                parameters = json.loads(str(row["parameters"]))
                found.append(_CHECK.validate_python({**parameters, "kind": row["kind"]}))
            except ValidationError as error:
                self._note(*field_errors(error, place).errors)
            except (ValueError, TypeError, RecursionError):
                self._note(FieldError(place, "its parameters are not a JSON object"))
        return tuple(found)

    def made(self, kind: type[T], fields: Mapping[str, Any], here: str) -> T | None:
        try:
            return TypeAdapter(kind).validate_python(dict(fields))
        except ValidationError as error:
            self._note(*field_errors(error, here).errors)
            return None

    def _note(self, *errors: FieldError) -> None:
        """Note what is wrong; with too much of it there is no reading on. Raises InvalidConfig."""
        self.errors += errors
        if len(self.errors) > MOST_NAMED:
            raise InvalidConfig(*self.errors)


def _ports(text: Value) -> list[dict[str, int]]:
    return [{"first": first, "last": last} for first, last in json.loads(str(text))]


def _in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: position if isinstance(position := row["position"], int) else 0)


def _grouped(rows: Iterable[Row], column: str) -> dict[Value, list[Row]]:
    """The rows by what they belong to, in order. Once for all: 10,000 rows looked through for each of 10,000 others
    would take minutes.
    """
    found: dict[Value, list[Row]] = {}
    for row in _in_order(rows):
        found.setdefault(row[column], []).append(row)
    return found


def _without(row: Row, *names: str) -> dict[str, Value]:
    return {name: value for name, value in row.items() if name not in names}
