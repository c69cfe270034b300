"""Rows and back."""

from collections.abc import Sequence
from dataclasses import fields, replace
from ipaddress import IPv4Address, IPv6Address
from time import process_time
from typing import Annotated, Literal

import pytest
from hypothesis import given
from pydantic import Field

from app.errors import InvalidConfig
from app.model.base import HostAddress, domain
from app.model.check import HttpCheck, UdpCheck
from app.model.choices import Protocol, Snat
from app.model.config import EMPTY, Config
from app.model.rule import PortRange, TrafficRule
from app.store.mapping import LONGEST_JSON, TABLES, Column, Row, columns, config_of, rows_of
from tests.plan import paper
from tests.store.configs import configs


@given(configs())
def test_every_field_of_every_configuration_survives(config: Config) -> None:
    assert config_of(rows_of(config)) == config


@given(configs())
def test_rows_may_come_in_any_order(config: Config) -> None:
    backwards = {table: rows[::-1] for table, rows in rows_of(config).items()}
    assert config_of(backwards) == config


def test_the_empty_configuration_survives() -> None:
    assert config_of(rows_of(EMPTY)) == EMPTY


@domain
class Inner:
    depth: float = 0.5
    names: tuple[str, ...] = ("a",)


@domain
class Outer:
    number: int
    must: Inner
    flag: Annotated[bool, "what a form says of it"] = True
    kind: Snat | None = None
    address: HostAddress | None = None
    either: IPv4Address | IPv6Address | None = None
    mode: Literal["slow", "fast"] = "fast"
    size: int | None = 7
    inner: Inner = Field(default_factory=lambda: Inner(depth=2))
    maybe: Inner | None = None


def test_columns_follow_from_the_fields_of_a_class() -> None:
    assert columns(Outer) == (
        Column(("number",), int, nullable=False, default=None),
        Column(("must", "depth"), float, nullable=False, default=0.5),
        Column(("must", "names"), None, nullable=False, default='["a"]'),
        Column(("flag",), bool, nullable=False, default=1),
        Column(("kind",), str, nullable=True, default=None),
        Column(("address",), str, nullable=True, default=None),
        Column(("either",), str, nullable=True, default=None),
        Column(("mode",), str, nullable=False, default="fast"),
        Column(("size",), int, nullable=True, default=7),
        Column(("inner", "depth"), float, nullable=False, default=2.0),
        Column(("inner", "names"), None, nullable=False, default='["a"]'),
        Column(("maybe",), None, nullable=True, default=None),
    )


def test_no_two_fields_share_a_column() -> None:
    for table in TABLES:
        names = ("revision", *table.names)
        assert len(set(names)) == len(names)


def test_every_list_of_a_configuration_has_a_table() -> None:
    assert {one.name for one in fields(Config)} == {table.part for table in TABLES}
    for table in TABLES:
        assert table.key is None or table.key in {one.name for one in fields(table.domain)}


def spoiled(row: Row, **values: object) -> Row:
    assert values.keys() <= row.keys()
    return {**row, **values}  # type: ignore[dict-item]


def first_spoiled(table: str, **values: object) -> dict[str, Sequence[Row]]:
    """The paper's rows with other values in the first one of a table."""
    rows = rows_of(paper.config())
    return {**rows, table: (spoiled(rows[table][0], **values), *rows[table][1:])}


WRONG = [
    ("weight", 0, "gateways.1.weight"),
    ("weight", "heavy", "gateways.1.weight"),
    ("ipv4_address", "10.0.0.300", "gateways.1.ipv4.address"),
    ("name", "x" * 300, "gateways.1.name"),
    ("name", "two\nlines", "gateways.1.name"),
    ("interface", "../../etc", "gateways.1.interface"),
    ("enabled", 7, "gateways.1.enabled"),
    ("ipv4_snat", "always", "gateways.1.ipv4.snat"),
    ("timing_interval_s", 0.0001, "gateways.1.timing.interval_s"),
]


@pytest.mark.parametrize(("column", "value", "field"), WRONG)
def test_a_gateway_row_that_cannot_be_is_refused_with_its_field(column: str, value: object, field: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        config_of(first_spoiled("gateway", **{column: value}))
    assert field in {error.field for error in caught.value.errors}


JUNK = [
    "",
    "{",
    "junk",
    b"[]",
    "[" * 9999,
    "9" * 5000,
    "null",
    "1",
    "{}",
    '"80"',
    "[[1]]",
    "[[[[]]]]",
    "[NaN]",
    '["\\ud800"]',
]
LISTS = [
    ("settings", "failover_checks", "settings.failover.checks"),
    ("gateway", "checks", "gateways.1.checks"),
    ("interface", "addresses", "interfaces.eth0.addresses"),
]


@pytest.mark.parametrize("text", JUNK)
@pytest.mark.parametrize(("table", "column", "field"), LISTS)
def test_a_list_that_cannot_be_is_refused_with_its_field(table: str, column: str, field: str, text: object) -> None:
    if (column, text) == ("checks", "null"):
        assert config_of(first_spoiled(table, checks=text)) == paper.config()  # as NULL: the checks for all
        return
    with pytest.raises(InvalidConfig) as caught:
        config_of(first_spoiled(table, **{column: text}))
    assert all(error.field.startswith(field) for error in caught.value.errors)


@pytest.mark.parametrize("text", [one for one in JUNK if one != '"80"'])  # which is how people type them
def test_ports_that_cannot_be_are_refused(text: object) -> None:
    rule = TrafficRule(number=3, name="mail", protocol=Protocol.TCP, ports=(PortRange(first=25, last=25),))
    rows = rows_of(replace(paper.config(), rules=(rule,)))
    with pytest.raises(InvalidConfig) as caught:
        config_of({**rows, "traffic_rule": (spoiled(rows["traffic_rule"][0], ports=text),)})
    assert all(error.field.startswith("rules.3.ports") for error in caught.value.errors)


@pytest.mark.parametrize(
    "check", ["[]", "null", "1", '"icmp"', "{}", '{"kind": "icmp"}', '{"kind": "icmp", "targets": []}',
              '{"kind": "icmp", "targets": ["a b"]}', '{"kind": "smoke"}', '{"kind": "link", "more": 1}']
)  # fmt: skip
def test_a_check_that_cannot_be_is_refused_with_its_place(check: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        config_of(first_spoiled("gateway", checks=f'[{{"kind": "link"}}, {check}]'))
    assert all(error.field.startswith("gateways.1.checks.1") for error in caught.value.errors)


def test_all_errors_are_told_at_once() -> None:
    rows = rows_of(paper.config())
    hostile = {
        **rows,
        "settings": (spoiled(rows["settings"][0], balancing="by color", failover_timing_fall=0),),
        "gateway": tuple(spoiled(row, weight=0) for row in rows["gateway"]),
    }
    with pytest.raises(InvalidConfig) as caught:
        config_of(hostile)
    fields = {error.field for error in caught.value.errors}
    assert {"gateways.1.weight", "gateways.2.weight", "settings.balancing", "settings.failover.timing.fall"} <= fields


def test_rows_that_contradict_each_other_are_refused() -> None:
    rows = rows_of(paper.config())
    with pytest.raises(InvalidConfig, match="does not have the role wan"):
        config_of({**rows, "interface": rows["interface"][:1]})


def test_rows_hold_plain_values_only() -> None:
    for rows in rows_of(paper.config()).values():
        assert {type(value) for row in rows for value in row.values()} <= {int, float, str, type(None)}


def test_more_rows_than_a_configuration_has_are_refused() -> None:
    rows = rows_of(paper.config())
    many = tuple(spoiled(rows["gateway"][0], position=position) for position in range(128))
    with pytest.raises(InvalidConfig, match="gateways: must name at most 127"):
        config_of({**rows, "gateway": many})


@pytest.mark.parametrize("length", [99_000, 990_000])
@pytest.mark.parametrize("items", ["0,", '"",', '"10.0.0.1/24",', "[", '{"a":'])
def test_countless_rows_that_cannot_be_keep_nobody_waiting(items: str, length: int) -> None:
    rows = rows_of(paper.config())
    addresses = f"[{items * (length // len(items))}0]"
    began_s = process_time()
    many = tuple(spoiled(rows["interface"][0], name=f"x{number}", addresses=addresses) for number in range(10_000))
    with pytest.raises(InvalidConfig):
        config_of({**rows, "interface": many})
    assert process_time() - began_s < 5


@pytest.mark.parametrize("items", ["0,", '"",', '"a b",'])
def test_checks_that_are_wrong_in_countless_places_keep_nobody_waiting(items: str) -> None:
    rows = rows_of(paper.config())
    checks = f'[{{"kind": "icmp", "targets": [{items * (99_000 // len(items))}0]}}]'
    began_s = process_time()
    many = tuple(spoiled(rows["gateway"][0], number=number, checks=checks) for number in range(1, 128))
    with pytest.raises(InvalidConfig):
        config_of({**rows, "gateway": many})
    assert process_time() - began_s < 5


LONGEST = [
    HttpCheck(url="http://example.com/" + "😀" * 2029, contains="😀" * 256),
    UdpCheck(
        targets=tuple(f"{n}." + "a." * 125 for n in range(8)),
        payload="00" * 512,
        expect="00" * 512,
        query_name="a." * 126,
    ),
]


@pytest.mark.parametrize("check", LONGEST)
def test_the_longest_checks_are_no_half_of_what_is_looked_at(check: HttpCheck | UdpCheck) -> None:
    checks = (check,) * 8
    rows = rows_of(replace(paper.config(), gateways=(replace(paper.GATEWAYS[0], checks=checks),)))
    assert config_of(rows).gateways[0].checks == checks
    assert len(str(rows["gateway"][0]["checks"])) < LONGEST_JSON / 2
