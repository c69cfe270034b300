"""Addresses and roles."""

from ipaddress import IPv4Address

import pytest

from app.model.choices import Role
from app.model.config import EMPTY, Config, Interface
from app.model.consistency import require_consistent
from app.model.facts import Facts
from app.service.edits import interfaces
from app.service.edits.gateways import add_gateway
from tests.service.machine import BLANK, link, paper_config, refused


def addresses(config: Config, name: str) -> list[str]:
    interface = config.interface(name)
    assert interface is not None
    return [str(one) for one in interface.addresses]


def test_the_first_address_makes_the_interface_managed_and_a_lan() -> None:
    config = interfaces.edit_address(EMPTY, BLANK, "eth0", "10.1.0.1/24")
    interface = config.interface("eth0")
    assert interface is not None
    assert (interface.role, interface.managed, addresses(config, "eth0")) == (Role.LAN, True, ["10.1.0.1/24"])


def test_edit_replaces_the_primary_address_and_no_other() -> None:
    config = interfaces.edit_address(EMPTY, BLANK, "eth0", "10.1.0.1/24")
    config = interfaces.add_address(config, BLANK, "eth0", "10.2.0.1/24")
    config = interfaces.edit_address(config, BLANK, "eth0", "10.3.0.1/24")
    assert addresses(config, "eth0") == ["10.3.0.1/24", "10.2.0.1/24"]


def test_an_interface_is_taken_over_with_the_addresses_it_has() -> None:
    facts = Facts(links=(link("eth0", "10.1.0.9/24", "10.2.0.9/24"),))
    added = interfaces.add_address(EMPTY, facts, "eth0", "10.3.0.1/24")
    edited = interfaces.edit_address(EMPTY, facts, "eth0", "10.3.0.1/24")
    assert addresses(added, "eth0") == ["10.1.0.9/24", "10.2.0.9/24", "10.3.0.1/24"]
    assert addresses(edited, "eth0") == ["10.3.0.1/24", "10.2.0.9/24"]


def test_an_address_is_not_added_twice() -> None:
    config = interfaces.add_address(EMPTY, BLANK, "eth0", "10.1.0.1/24")
    assert interfaces.add_address(config, BLANK, "eth0", "10.1.0.1/24") == config


def test_a_new_address_leaves_a_wan_a_wan() -> None:
    config = interfaces.add_address(paper_config(), BLANK, "eth1", "192.168.1.9/24")
    assert config.interface("eth1") == Interface(
        name="eth1",
        role=Role.WAN,
        managed=True,
        addresses=("192.168.1.1/24", "192.168.1.9/24"),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("written", ["10.2.0.1/24", "10.2.0.1"])
def test_an_address_is_deleted_with_or_without_its_prefix_length(written: str) -> None:
    config = interfaces.edit_address(EMPTY, BLANK, "eth0", "10.1.0.1/24")
    config = interfaces.add_address(config, BLANK, "eth0", "10.2.0.1/24")
    assert addresses(interfaces.delete_address(config, "eth0", written), "eth0") == ["10.1.0.1/24"]


def test_an_interface_without_its_last_address_stays_managed() -> None:
    config = interfaces.edit_address(EMPTY, BLANK, "eth0", "10.1.0.1/24")
    interface = interfaces.delete_address(config, "eth0", "10.1.0.1").interface("eth0")
    assert interface == Interface(name="eth0", role=Role.LAN, managed=True)


def test_an_address_that_is_not_there_cannot_be_deleted() -> None:
    with refused("interfaces.eth0.addresses", "does not have the address 10.9.9.9"):
        interfaces.delete_address(paper_config(), "eth0", "10.9.9.9")


def test_addresses_of_others_are_not_ours_to_delete() -> None:
    facts = Facts(links=(link("eth0", "10.1.0.1/24"),))
    config = add_gateway(EMPTY, facts, {"address": "10.1.0.2"})
    with refused("interfaces.eth0.addresses", "Multihome does not manage the addresses"):
        interfaces.delete_address(config, "eth0", "10.1.0.1")


BAD_ADDRESSES = [
    "10.0.0.1",
    "10.0.0.256/24",
    "10.0.0.1/33",
    "10.0.0.0/24",
    "10.0.0.255/24",
    "224.0.0.1/24",
    "127.0.0.1/8",
    "0.0.0.0/0",
    "10.0.0.1/0",
    "::1/64",
    "eth0",
    "",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_what_is_no_address_of_an_interface_is_refused(address: str) -> None:
    with refused("interfaces.eth0.addresses"):
        interfaces.edit_address(EMPTY, BLANK, "eth0", address)
    with refused("interfaces.eth0.addresses"):
        interfaces.add_address(EMPTY, BLANK, "eth0", address)


@pytest.mark.parametrize("name", ["", "x" * 300, "a b", "../x", "eth0\n"])
def test_what_is_no_name_of_an_interface_is_refused(name: str) -> None:
    if name.strip() == "eth0":
        name = "et\th0"
    with refused("interfaces.name"):
        interfaces.edit_address(EMPTY, BLANK, name, "10.0.0.1/24")


def test_a_form_sets_role_and_addresses_together() -> None:
    config = interfaces.set_interface(EMPTY, "eth0", {"role": "lan", "managed": True, "addresses": ["10.0.0.1/24"]})
    assert addresses(config, "eth0") == ["10.0.0.1/24"]
    assert interfaces.set_interface(config, "eth0", {"role": "unused", "managed": False, "addresses": []}) == EMPTY


def test_a_form_with_an_unknown_role_is_refused() -> None:
    with refused("interfaces.eth0.role"):
        interfaces.set_interface(EMPTY, "eth0", {"role": "dmz"})


def test_a_lan_address_that_is_an_isps_is_refused() -> None:
    config = interfaces.edit_address(paper_config(), BLANK, "eth0", "192.168.1.2/24")
    with refused("interfaces.eth0.addresses", "is the address of ISP 1"):
        require_consistent(config)
    assert paper_config().gateways[0].ipv4.address == IPv4Address("192.168.1.2")
