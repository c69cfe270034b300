"""Whether a configuration fits the machine."""

import pytest

from app.model.config import EMPTY
from app.model.facts import Facts, Link
from app.service.edits.gateways import add_gateway, change_gateway, edit_gateway
from app.service.edits.interfaces import edit_address
from app.service.possible import require_possible
from app.service.warnings import new_warnings
from tests.service.machine import BLANK, LOOPBACK, link, paper_config, refused

WITHOUT_ETH2 = Facts(links=BLANK.links[:-1])


def test_an_interface_that_the_machine_lacks_is_refused_and_the_others_are_named() -> None:
    config = edit_address(EMPTY, BLANK, "eth9", "10.0.0.1/24")
    with refused("interfaces.eth9.name", r"no interface eth9 \(it has eth0, eth1, eth2\)"):
        require_possible(config, EMPTY, BLANK)


def test_a_gateway_behind_an_interface_that_the_machine_lacks_is_refused() -> None:
    config = add_gateway(EMPTY, BLANK, {"address": "10.0.0.2", "interface": "ppp7"})
    with refused("gateways.1.interface", "no interface ppp7"):
        require_possible(config, EMPTY, BLANK)


def test_an_interface_that_was_known_may_be_absent_now() -> None:
    config = change_gateway(paper_config(), 2, {"address": "172.17.0.9"})
    require_possible(config, paper_config(), WITHOUT_ETH2)


def test_an_interface_that_is_set_down_may_get_a_gateway() -> None:
    down = Facts(links=(*BLANK.links[:-1], link("eth2", up=False)))
    require_possible(paper_config(), EMPTY, down)


def test_loopback_is_no_interface_to_configure() -> None:
    config = edit_address(EMPTY, BLANK, "lo", "10.0.0.1/24")
    with refused("interfaces.lo.name"):
        require_possible(config, EMPTY, BLANK)


def test_a_gateway_outside_the_subnets_of_an_unmanaged_interface_is_refused_unless_far() -> None:
    facts = Facts(links=(link("eth1", "10.1.0.9/24"),))
    config = add_gateway(EMPTY, facts, {"address": "10.2.0.1", "interface": "eth1"})
    with refused("gateways.1.ipv4.address", 'outside every subnet of eth1; is it a "far gateway"'):
        require_possible(config, EMPTY, facts)
    require_possible(change_gateway(config, 1, {"far": True}), EMPTY, facts)


def test_a_gateway_on_an_interface_without_address_is_refused() -> None:
    config = add_gateway(EMPTY, BLANK, {"address": "10.2.0.1", "interface": "eth1"})
    with refused("gateways.1.ipv4.address", "eth1 has no address: give it one first, as `config addr edit eth1"):
        require_possible(config, EMPTY, BLANK)


def test_a_gateway_whose_address_comes_from_the_interface_may_wait_for_it() -> None:
    config = add_gateway(EMPTY, BLANK, {"address": "auto", "interface": "eth1"})
    require_possible(config, EMPTY, BLANK)


def test_an_address_from_an_interface_whose_addresses_are_set_here_never_comes() -> None:
    config = edit_address(paper_config(), BLANK, "eth1", "192.168.1.1/24")
    config = change_gateway(config, 1, {"address": "auto"})
    with refused("gateways.1.ipv4.address", "eth1 has fixed addresses"):
        require_possible(config, paper_config(), BLANK)
    line = Link(name="eth1", index=3, up=True, carrier=True, point_to_point=True)
    require_possible(config, paper_config(), Facts(links=(BLANK.links[1], line, BLANK.links[3])))


def test_an_address_may_be_set_where_a_gateway_waits_for_its_next_hop_and_that_is_doubted() -> None:
    waiting = add_gateway(EMPTY, BLANK, {"address": "auto", "interface": "eth1"})
    addressed = edit_address(waiting, BLANK, "eth1", "192.168.1.1/24")
    require_possible(addressed, waiting, BLANK)
    (doubt,) = (one for one in new_warnings(waiting, addressed, BLANK) if one.field == "gateways.1.ipv4.address")
    assert "eth1 has fixed addresses" in doubt.message
    assert "`config gateway edit ADDRESS eth1`" in doubt.message
    named = edit_gateway(addressed, BLANK, {"address": "192.168.1.2", "interface": "eth1"})
    require_possible(named, addressed, BLANK)
    assert not [one for one in new_warnings(waiting, named, BLANK) if one.field == "gateways.1.ipv4.address"]


@pytest.mark.parametrize("interface", ["eth0", "eth1"])
def test_this_machines_own_address_is_no_gateway(interface: str) -> None:
    facts = Facts(links=(LOOPBACK, link("eth0", "10.0.0.1/24"), link("eth1", "10.0.0.9/16")))
    config = add_gateway(EMPTY, facts, {"address": "10.0.0.1", "interface": interface})
    with refused("gateways.1.ipv4.address", "this router's own address"):
        require_possible(config, EMPTY, facts)


def test_a_source_address_that_the_interface_lacks_is_refused() -> None:
    facts = Facts(links=(link("eth1", "10.1.0.9/24"),))
    config = add_gateway(EMPTY, facts, {"address": "10.1.0.1", "source": "10.1.0.7"})
    with refused("gateways.1.ipv4.source", "does not have the address 10.1.0.7"):
        require_possible(config, EMPTY, facts)


def test_a_lost_lease_does_not_stand_in_the_way_of_another_change() -> None:
    leased = Facts(links=(link("eth1", "10.1.0.9/24"), link("eth2", "10.2.0.9/24")))
    config = add_gateway(EMPTY, leased, {"address": "10.1.0.1"})
    config = add_gateway(config, leased, {"address": "10.2.0.1"})
    lost = Facts(links=(link("eth1"), leased.links[1]))
    require_possible(change_gateway(config, 2, {"weight": 3}), config, lost)
