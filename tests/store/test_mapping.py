"""Rows and back."""

from dataclasses import replace
from time import monotonic

import pytest
from hypothesis import given
from sqlmodel import SQLModel

from app.errors import InvalidConfig
from app.model.config import EMPTY, Config
from app.store import rows as tables
from app.store.mapping import Row, Rows, config_of, rows_of
from app.store.reader import _COLUMNS
from tests.plan import paper
from tests.store.configs import configs


@given(configs())
def test_every_field_of_every_configuration_survives(config: Config) -> None:
    assert config_of(rows_of(config)) == config


@given(configs())
def test_rows_may_come_in_any_order(config: Config) -> None:
    rows = rows_of(config)
    backwards = Rows(
        settings=rows.settings,
        interfaces=rows.interfaces[::-1],
        addresses=rows.addresses[::-1],
        gateways=rows.gateways[::-1],
        checks=rows.checks[::-1],
        rules=rows.rules[::-1],
    )
    assert config_of(backwards) == config


def test_the_empty_configuration_survives() -> None:
    assert config_of(rows_of(EMPTY)) == EMPTY


def columns(table: type[SQLModel]) -> set[str]:
    return set(table.model_fields) - {"revision"}


def test_reader_and_tables_have_the_same_columns() -> None:
    mapped: dict[str, type[SQLModel]] = {
        "settings": tables.SettingsRow,
        "interface": tables.InterfaceRow,
        "interface_address": tables.InterfaceAddressRow,
        "gateway": tables.GatewayRow,
        "gateway_check": tables.GatewayCheckRow,
        "traffic_rule": tables.TrafficRuleRow,
    }
    assert {name: columns(table) for name, table in mapped.items()} == {
        name: {column.strip() for column in text.split(",")} for name, text in _COLUMNS.items()
    }


def spoiled(row: Row, **values: object) -> Row:
    assert values.keys() <= row.keys()
    return {**row, **values}  # type: ignore[dict-item]


WRONG = [
    ("weight", 0, "gateways.1.weight"),
    ("weight", "heavy", "gateways.1.weight"),
    ("address", "10.0.0.300", "gateways.1.address"),
    ("name", "x" * 300, "gateways.1.name"),
    ("name", "two\nlines", "gateways.1.name"),
    ("interface", "../../etc", "gateways.1.interface"),
    ("enabled", 7, "gateways.1.enabled"),
    ("snat", "always", "gateways.1.snat"),
    ("interval_s", 0.0001, "gateways.1.interval_s"),
]


@pytest.mark.parametrize(("column", "value", "field"), WRONG)
def test_a_gateway_row_that_cannot_be_is_refused_with_its_field(column: str, value: object, field: str) -> None:
    rows = rows_of(paper.config())
    hostile = replace(rows, gateways=(spoiled(rows.gateways[0], **{column: value}), *rows.gateways[1:]))
    with pytest.raises(InvalidConfig) as caught:
        config_of(hostile)
    assert field in {error.field for error in caught.value.errors}


@pytest.mark.parametrize(
    "parameters", ["", "[]", "null", "1", "{", '{"targets": []}', '{"targets": ["a b"]}', "[" * 9999]
)
def test_check_parameters_that_cannot_be_are_refused(parameters: str) -> None:
    row: Row = {"gateway": 1, "position": 0, "kind": "icmp", "parameters": parameters}
    rows = rows_of(paper.config())
    own = spoiled(rows.gateways[0], own_checks=1)
    with pytest.raises(InvalidConfig) as caught:
        config_of(replace(rows, gateways=(own, *rows.gateways[1:]), checks=(row,)))
    assert all(error.field.startswith("gateways.1.checks.0") for error in caught.value.errors)


def test_all_errors_are_told_at_once() -> None:
    rows = rows_of(paper.config())
    hostile = replace(
        rows,
        settings=spoiled(rows.settings, balancing="by colour", fall=0),
        gateways=tuple(spoiled(row, weight=0) for row in rows.gateways),
    )
    with pytest.raises(InvalidConfig) as caught:
        config_of(hostile)
    fields = {error.field for error in caught.value.errors}
    assert {"gateways.1.weight", "gateways.2.weight", "settings.failover.timing.fall"} <= fields


def test_rows_that_contradict_each_other_are_refused() -> None:
    rows = rows_of(paper.config())
    with pytest.raises(InvalidConfig, match="does not have the role wan"):
        config_of(replace(rows, interfaces=rows.interfaces[:1], addresses=()))


def test_rows_hold_plain_values_only() -> None:
    rows = rows_of(paper.config())
    everything = (rows.settings, *rows.interfaces, *rows.addresses, *rows.gateways, *rows.checks)
    assert {type(value) for row in everything for value in row.values()} <= {int, float, str, type(None)}


def test_more_rows_than_a_configuration_has_are_refused() -> None:
    rows = rows_of(paper.config())
    many = tuple(spoiled(rows.gateways[0], position=position) for position in range(128))
    with pytest.raises(InvalidConfig, match="gateways: must name at most 127"):
        config_of(replace(rows, gateways=many))


def test_countless_rows_that_cannot_be_keep_nobody_waiting() -> None:
    rows = rows_of(paper.config())
    began_s = monotonic()
    hostile = replace(
        rows,
        interfaces=tuple(spoiled(rows.interfaces[0], name=str(number)) for number in range(10_000)),
        addresses=tuple(spoiled(rows.addresses[0], interface=str(number)) for number in range(10_000)),
    )
    with pytest.raises(InvalidConfig):
        config_of(hostile)
    assert monotonic() - began_s < 5  # half a second; all addresses looked through for each interface, it took minutes
