"""A LAN and an ISP with the same addresses."""

from dataclasses import replace

import pytest

from app.model.choices import Role
from app.model.config import EMPTY, Config
from app.model.facts import Facts
from app.service.edits.gateways import add_gateway, change_gateway
from app.service.edits.interfaces import add_address, edit_address, set_interface
from app.service.possible import overlaps, require_possible
from tests.service.machine import BLANK, link, paper_config, refused


def found(config: Config, facts: Facts = BLANK, before: Config = EMPTY) -> list[str]:
    return [error.field for error in overlaps(config, before, facts)]


def test_the_papers_router_has_no_overlap() -> None:
    assert found(paper_config()) == []


@pytest.mark.parametrize("address", ["192.168.1.77/24", "192.168.1.200/25", "192.168.77.1/16"])
def test_a_lan_with_an_isps_subnet_or_a_part_of_it_is_refused(address: str) -> None:
    config = add_address(paper_config(), BLANK, "eth0", address)
    with refused("interfaces.eth0.addresses", "overlaps 192.168.1.0/24 of eth1, an ISP's interface"):
        require_possible(config, paper_config(), BLANK)


def test_an_isp_whose_observed_subnet_is_the_lans_is_refused() -> None:
    leased = Facts(links=(link("eth0"), link("eth1", "10.0.0.9/24")))
    lan = edit_address(EMPTY, leased, "eth0", "10.0.0.1/24")
    config = add_gateway(lan, leased, {"address": "auto", "interface": "eth1"})
    with refused("interfaces.eth0.addresses", "overlaps 10.0.0.0/24 of eth1"):
        require_possible(config, lan, leased)


def test_two_lans_with_the_same_subnet_are_refused_where_the_change_is() -> None:
    lan = edit_address(EMPTY, BLANK, "eth0", "10.0.0.1/24")
    config = edit_address(lan, BLANK, "eth1", "10.0.0.2/24")
    assert found(config, before=lan) == ["interfaces.eth1.addresses"]


def test_two_isps_with_the_same_subnet_are_welcome() -> None:
    config = set_interface(paper_config(), "eth2", {"addresses": ["192.168.1.9/24"]})
    assert found(change_gateway(config, 2, {"address": "192.168.1.3"})) == []


def test_one_lan_may_have_two_addresses_of_a_subnet_and_an_unused_interface_any() -> None:
    config = add_address(paper_config(), BLANK, "eth0", "62.231.110.66/26")
    assert found(config) == []
    unused = set_interface(edit_address(EMPTY, BLANK, "eth1", "62.231.110.67/26"), "eth1", {"role": Role.UNUSED})
    assert found(replace(config, interfaces=(config.interfaces[0], *unused.interfaces))) == []


def test_an_overlap_that_was_there_does_not_stand_in_the_way_of_another_change() -> None:
    config = add_address(paper_config(), BLANK, "eth0", "192.168.1.77/24")
    assert found(change_gateway(config, 2, {"weight": 3}), before=config) == []
