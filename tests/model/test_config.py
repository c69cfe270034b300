"""What a configuration must not be: every case names its field."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.errors import InvalidConfig
from app.model.check import HttpCheck, IcmpCheck
from app.model.choices import Role
from app.model.complaints import field_errors
from app.model.config import Config, Failover, Gateway, Interface, Settings
from app.model.consistency import require_consistent
from app.model.leg import IPv4Leg
from app.model.timing import Timing, TimingOverrides
from tests.plan import paper


def fields(config: Config) -> list[str]:
    with pytest.raises(InvalidConfig) as caught:
        require_consistent(config)
    return [error.field for error in caught.value.errors]


def test_the_papers_configuration_is_consistent() -> None:
    require_consistent(paper.config())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weight", 0),
        ("weight", 257),
        ("number", 0),
        ("number", 128),
        ("name", "x" * 300),
        ("name", "two\nlines"),
        ("name", ""),
        ("interface", "eth0/../.."),
        ("interface", "sixteen-bytes-xx"),
        ("interface", "eth*"),
        ("interface", 'eth"'),
        ("address", "127.0.0.1"),
        ("address", "224.0.0.1"),
        ("address", "0.0.0.0"),
        ("address", "not an address"),
        ("snat", "perhaps"),
        ("color", "red"),
    ],
)
def test_a_gateway_that_cannot_be_is_refused_by_the_fields_name(field: str, value: object) -> None:
    good: dict[str, Any] = {"number": 1, "name": "ISP", "interface": "eth1", "address": "192.168.1.2"}
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Gateway).validate_python(good | {field: value})
    path = f"ipv4.{field}" if field in {"address", "snat"} else field
    assert [error.field for error in field_errors(caught.value, "gateways.1").errors] == [f"gateways.1.{path}"]


@pytest.mark.parametrize(
    "address", ["10.0.0.0/24", "10.0.0.255/24", "10.0.0.1/0", "10.0.0.1", "224.0.0.1/24", "127.0.0.1/8"]
)
def test_an_interface_address_that_no_machine_can_have_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Interface).validate_python({"name": "eth0", "managed": True, "addresses": [address]})


def test_a_gateway_outside_every_subnet_needs_to_be_called_far() -> None:
    gateway = replace(paper.GATEWAYS[0], ipv4=IPv4Leg(address=IPv4Address("10.9.9.9")))
    assert fields(paper.config(gateway)) == ["gateways.1.ipv4.address"]
    require_consistent(paper.config(replace(gateway, ipv4=replace(gateway.ipv4, far=True))))


def test_two_gateways_with_one_address_on_one_interface_are_refused_and_on_two_are_not() -> None:
    twin = replace(paper.GATEWAYS[0], number=2, name="Twin")
    assert fields(paper.config(paper.GATEWAYS[0], twin)) == ["gateways.2.ipv4.address"]
    second = Interface(name="eth2", role=Role.WAN, managed=True, addresses=(IPv4Interface("192.168.1.1/24"),))
    config = Config(
        interfaces=(paper.INTERFACES[1], second), gateways=(paper.GATEWAYS[0], replace(twin, interface="eth2"))
    )
    require_consistent(config)


def test_an_address_of_ours_that_is_an_isps_is_refused() -> None:
    lan = replace(paper.INTERFACES[0], addresses=(IPv4Interface("192.168.1.2/24"),))
    assert fields(replace(paper.config(), interfaces=(lan, *paper.INTERFACES[1:]))) == ["interfaces.eth0.addresses"]


def test_a_lan_address_that_another_interface_has_is_refused() -> None:
    lan = replace(paper.INTERFACES[0], addresses=(IPv4Interface("192.168.1.1/24"),))
    assert "interfaces.eth1.addresses" in fields(replace(paper.config(), interfaces=(lan, *paper.INTERFACES[1:])))


def test_a_gateway_needs_an_interface_with_the_role_wan() -> None:
    assert fields(
        paper.config(replace(paper.GATEWAYS[0], interface="eth0", ipv4=IPv4Leg(address=IPv4Address("62.231.110.66"))))
    ) == ["gateways.1.interface"]


def test_numbers_and_names_are_given_once() -> None:
    twin = replace(paper.GATEWAYS[1], number=1, name="isp 1")
    assert fields(paper.config(paper.GATEWAYS[0], twin)) == ["gateways.1.number"]
    assert fields(paper.config(paper.GATEWAYS[0], replace(twin, number=2))) == ["gateways.2.name"]


def test_addresses_can_be_set_on_a_managed_interface_only() -> None:
    wan = replace(paper.INTERFACES[1], managed=False)
    assert "interfaces.eth1.addresses" in fields(
        replace(paper.config(), interfaces=(paper.INTERFACES[0], wan, paper.INTERFACES[2]))
    )


@pytest.mark.parametrize(
    ("check", "values"),
    [
        (IcmpCheck, {"targets": ["10.0.0.3"], "quorum": 2}),
        (IcmpCheck, {"targets": ["10.0.0.3", "10.0.0.3"]}),
        (IcmpCheck, {"targets": []}),
        (IcmpCheck, {"targets": ["-rf"]}),
        (IcmpCheck, {"targets": ["10.0.0.300"]}),
        (HttpCheck, {"url": "ftp://example.com"}),
        (HttpCheck, {"url": "http://a b"}),
        (Timing, {"interval_s": 0.05}),
        (Timing, {"interval_s": float("nan")}),
        (Timing, {"fall": 0}),
    ],
)
def test_a_check_that_can_never_pass_is_refused(check: type[object], values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(check).validate_python(values)


def test_a_gateways_own_timing_lies_over_the_one_for_all() -> None:
    own = TimingOverrides(interval_s=0.2, fall=5)
    assert Timing(hold_s=3).overridden_by(own) == Timing(interval_s=0.2, fall=5, hold_s=3)


def test_failover_off_asks_nothing_of_any_gateway() -> None:
    checks = (IcmpCheck(targets=("10.0.0.3",)),)
    own = replace(paper.GATEWAYS[0], checks=checks)
    off = Settings(failover=Failover(enabled=False, checks=checks))
    assert paper.config(own, settings=off).checks(own) == ()
    on = Settings(failover=Failover(checks=checks))
    assert paper.config(settings=on).checks(paper.GATEWAYS[1]) == checks


def test_a_configuration_survives_json() -> None:
    adapter = TypeAdapter(Config)
    config = paper.config(settings=Settings(failover=Failover(checks=(IcmpCheck(targets=("10.0.0.3",)),))))
    assert adapter.validate_json(adapter.dump_json(config)) == config
