"""ISPs: added, changed, removed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidConfig
from app.model.choices import Role
from app.model.config import EMPTY, Config
from app.model.consistency import require_consistent
from app.model.facts import Facts
from app.service.edits import gateways
from app.service.edits.gateways import add_gateway, change_gateway, delete_gateway, edit_gateway
from app.service.edits.interfaces import edit_address, set_interface
from app.service.fields import Fields
from app.service.possible import require_possible
from tests.service.machine import BLANK, link, paper_config, refused

GUESTS = Facts(links=(*BLANK.links, link("eth3")))
LEASED = Facts(links=(link("eth0", "10.0.0.1/24"), link("eth1", "10.1.0.9/24"), link("eth2", "10.2.0.9/24")))


def role(config: Config, name: str) -> Role:
    interface = config.interface(name)
    return Role.UNUSED if interface is None else interface.role


def numbers(config: Config) -> list[int]:
    return [one.number for one in config.gateways]


def test_the_papers_commands_make_the_papers_router() -> None:
    config = paper_config()
    found = [(one.number, str(one.ipv4.address), one.interface, one.weight) for one in config.gateways]
    assert found == [(1, "192.168.1.2", "eth1", 1), (2, "172.17.0.2", "eth2", 1)]
    assert [role(config, name) for name in ("eth0", "eth1", "eth2")] == [Role.LAN, Role.WAN, Role.WAN]
    require_consistent(config)
    require_possible(config, EMPTY, BLANK)


def test_the_interface_is_found_by_its_subnet() -> None:
    assert add_gateway(EMPTY, LEASED, {"address": "10.2.0.1"}).gateways[0].interface == "eth2"


def test_an_address_outside_every_subnet_is_refused() -> None:
    with refused("gateways.1.ipv4.address", "outside every subnet of this machine"):
        add_gateway(EMPTY, LEASED, {"address": "9.9.9.9"})


def test_an_address_in_two_interfaces_subnets_needs_the_interface() -> None:
    facts = Facts(links=(link("eth0", "10.0.0.1/24"), link("eth1", "10.0.0.9/16")))
    with refused("gateways.1.interface", "eth0, eth1: say which"):
        add_gateway(EMPTY, facts, {"address": "10.0.0.2"})
    assert add_gateway(EMPTY, facts, {"address": "10.0.0.2", "interface": "eth1"}).gateways[0].interface == "eth1"


def test_an_address_from_the_interface_needs_the_interface() -> None:
    with refused("gateways.1.interface", "name the interface"):
        add_gateway(EMPTY, LEASED, {"address": "auto"})
    assert add_gateway(EMPTY, LEASED, {"address": "auto", "interface": "eth1"}).gateways[0].ipv4.address is None


def test_a_number_is_the_smallest_free_one_and_stays() -> None:
    config = add_gateway(paper_config(), BLANK, {"address": "9.9.9.9", "interface": "eth2", "far": True})
    config = delete_gateway(config, 2)
    assert numbers(config) == [1, 3]
    config = add_gateway(config, BLANK, {"address": "172.17.0.2"})
    assert numbers(config) == [1, 2, 3]
    assert config.gateways[2].ipv4.address is not None


def test_the_128th_gateway_is_refused() -> None:
    config = EMPTY
    for number in range(1, 128):
        config = add_gateway(config, LEASED, {"address": f"9.9.9.{number}", "interface": "eth1", "far": True})
    with refused("gateways", "no number is free"):
        add_gateway(config, LEASED, {"address": "10.2.0.1"})


def test_a_name_that_is_taken_by_chance_is_not_proposed() -> None:
    config = change_gateway(paper_config(), 1, {"name": "ISP 3"})
    config = add_gateway(config, BLANK, {"address": "9.9.9.9", "interface": "eth2", "far": True})
    require_consistent(config)


def test_edit_without_any_gateway_makes_number_1() -> None:
    assert numbers(edit_gateway(EMPTY, LEASED, {"address": "10.2.0.1"})) == [1]


def test_edit_changes_the_only_gateway() -> None:
    config = edit_gateway(EMPTY, LEASED, {"address": "10.2.0.1", "weight": 7})
    config = edit_gateway(config, LEASED, {"address": "10.2.0.2"})
    gateway = config.gateways[0]
    assert (len(config.gateways), str(gateway.ipv4.address), gateway.interface, gateway.weight) == (
        1,
        "10.2.0.2",
        "eth2",
        7,
    )


def test_edit_moves_the_only_gateway_to_the_interface_where_its_new_address_is() -> None:
    config = edit_gateway(EMPTY, LEASED, {"address": "10.2.0.1"})
    config = edit_gateway(config, LEASED, {"address": "10.1.0.1"})
    assert config.gateways[0].interface == "eth1"
    assert (role(config, "eth1"), role(config, "eth2")) == (Role.WAN, Role.UNUSED)


def test_edit_changes_the_gateway_on_that_interface() -> None:
    config = edit_gateway(paper_config(), BLANK, {"address": "172.17.0.3", "interface": "eth2"})
    assert [str(one.ipv4.address) for one in config.gateways] == ["192.168.1.2", "172.17.0.3"]


def test_edit_finds_the_interface_by_its_subnet_where_there_are_several() -> None:
    config = edit_gateway(paper_config(), BLANK, {"address": "172.17.0.3"})
    assert [str(one.ipv4.address) for one in config.gateways] == ["192.168.1.2", "172.17.0.3"]


def test_edit_that_could_mean_several_or_none_is_refused() -> None:
    config = add_gateway(paper_config(), BLANK, {"address": "9.9.9.9", "interface": "eth1", "far": True})
    with refused("gateways.interface", "gateways 1 and 3: say which"):
        edit_gateway(config, BLANK, {"address": "192.168.1.3", "interface": "eth1"})
    with refused("gateways.interface", "no gateway on eth0"):
        edit_gateway(config, BLANK, {"address": "62.231.110.66", "interface": "eth0"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"weight": 0}, "gateways.1.weight"),
        ({"weight": 257}, "gateways.1.weight"),
        ({"weight": "much"}, "gateways.1.weight"),
        ({"name": "x" * 300}, "gateways.1.name"),
        ({"name": ""}, "gateways.1.name"),
        ({"address": "10.0.0.300"}, "gateways.1.ipv4.address"),
        ({"address": "224.0.0.1"}, "gateways.1.ipv4.address"),
        ({"interface": "x" * 300}, "gateways.1.interface"),
        ({"source": "here"}, "gateways.1.ipv4.source"),
        ({"snat": "always"}, "gateways.1.ipv4.snat"),
        ({"checks": [{"kind": "icmp", "targets": []}]}, "gateways.1.checks.0"),
        ({"timing": {"fall": 0}}, "gateways.1.timing.fall"),
        ({"color": "red"}, "gateways.1.color"),
    ],
)
def test_bad_input_is_refused_with_its_field(fields: Fields, field: str) -> None:
    with refused(field):
        change_gateway(paper_config(), 1, fields)


def test_the_same_address_twice_on_one_interface_is_refused() -> None:
    config = add_gateway(paper_config(), BLANK, {"address": "192.168.1.2"})
    with refused("gateways.3.ipv4.address", "already belongs to gateway 1"):
        require_consistent(config)


def test_the_same_name_twice_is_refused() -> None:
    with refused("gateways.2.name", "already has this name"):
        require_consistent(change_gateway(paper_config(), 2, {"name": "isp 1"}))


def test_an_interface_without_its_last_gateway_is_unused_and_keeps_its_addresses() -> None:
    config = delete_gateway(paper_config(), 2)
    interface = config.interface("eth2")
    assert interface is not None
    assert (interface.role, interface.managed, len(interface.addresses)) == (Role.UNUSED, True, 1)


def test_an_unmanaged_interface_without_its_last_gateway_is_forgotten() -> None:
    config = add_gateway(EMPTY, LEASED, {"address": "10.2.0.1"})
    assert delete_gateway(config, 1) == EMPTY


def test_an_interface_with_another_gateway_stays_a_wan() -> None:
    config = add_gateway(paper_config(), BLANK, {"address": "9.9.9.9", "interface": "eth1", "far": True})
    assert role(delete_gateway(config, 1), "eth1") is Role.WAN


@pytest.mark.parametrize("interface", [{}, {"interface": "eth0"}])
def test_the_only_lan_does_not_become_an_isps_by_the_way(interface: Fields) -> None:
    with refused("gateways.3.interface", "eth0 is the only LAN.*`config addr role eth0 wan`"):
        add_gateway(paper_config(), BLANK, {"address": "62.231.110.100", **interface})
    with refused("gateways.2.interface", "eth0 is the only LAN"):
        change_gateway(paper_config(), 2, {"address": "62.231.110.100", "interface": "eth0"})


def test_the_only_lan_becomes_an_isps_when_its_role_was_set_first() -> None:
    config = set_interface(paper_config(), "eth0", {"role": "wan"})
    assert role(add_gateway(config, BLANK, {"address": "62.231.110.100"}), "eth0") is Role.WAN


def test_a_gateway_put_on_one_lan_of_two_by_mistake_can_be_taken_back() -> None:
    config = edit_address(paper_config(), GUESTS, "eth3", "10.3.0.1/24")
    mistaken = add_gateway(config, GUESTS, {"address": "10.3.0.66"})
    assert role(mistaken, "eth3") is Role.WAN
    assert edit_address(delete_gateway(mistaken, 3), GUESTS, "eth3", "10.3.0.1/24") == config


def test_this_routers_own_address_is_no_next_hop() -> None:
    with refused("gateways.3.ipv4.address", "172.17.0.1 is this router's own address"):
        add_gateway(paper_config(), BLANK, {"address": "172.17.0.1"})
    with refused("gateways.1.ipv4.address", "own address"):
        change_gateway(paper_config(), 1, {"address": "192.168.1.1"})


@pytest.mark.parametrize("fields", [{"weight": -1}, {"name": ""}, {"name": "x" * 300}])
def test_a_bad_value_is_named_before_it_is_asked_which_interface_is_meant(fields: Fields) -> None:
    facts = Facts(links=(link("eth0", "10.0.0.1/24"), link("eth1", "10.0.0.9/16")))
    (field,) = fields
    with refused(f"gateways.1.{field}"):
        add_gateway(EMPTY, facts, {"address": "10.0.0.2", **fields})
    with refused(f"gateways.{field}"):
        edit_gateway(paper_config(), facts, {"address": "10.0.0.2", **fields})


def test_disabling_cutting_and_enabling() -> None:
    config = gateways.disable_gateway(paper_config(), 2)
    assert (config.gateways[1].enabled, config.gateways[1].cut) == (False, False)
    config = gateways.cut_gateway(config, 2)
    assert (config.gateways[1].enabled, config.gateways[1].cut) == (False, True)
    assert gateways.enable_gateway(config, 2) == paper_config()


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("2", 2), ("172.17.0.2", 2)])
def test_a_gateway_is_found_by_number_and_address(text: str, number: int) -> None:
    assert gateways.find_gateway(paper_config(), text).number == number


@pytest.mark.parametrize("text", ["0", "3", "10000001", "99999999999", "9" * 5000, "172.17.0.3", "eth1", "", "²"])
def test_a_gateway_that_is_not_there_is_refused(text: str) -> None:
    with refused("gateways"):
        gateways.find_gateway(paper_config(), text)


def test_an_address_that_two_gateways_have_needs_the_number() -> None:
    config = add_gateway(paper_config(), BLANK, {"address": "192.168.1.2", "interface": "eth2", "far": True})
    with refused("gateways", "gateways 1 and 3: say which number"):
        gateways.find_gateway(config, "192.168.1.2")


STEPS = st.tuples(
    st.sampled_from(["add", "edit", "delete", "change", "disable", "address"]),
    st.sampled_from(["eth0", "eth1", "eth2", "eth9"]),
    st.sampled_from(["10.0.0.2", "10.1.0.1", "10.2.0.1", "9.9.9.9", "auto", "10.1.0.9"]),
    st.integers(1, 4),
)


def step(config: Config, what: str, interface: str, address: str, number: int) -> Config:
    match what:
        case "add":
            return add_gateway(config, LEASED, {"address": address, "interface": interface})
        case "edit":
            return edit_gateway(config, LEASED, {"address": address})
        case "delete":
            return delete_gateway(config, number)
        case "change":
            return change_gateway(config, number, {"interface": interface, "weight": number})
        case "disable":
            return gateways.disable_gateway(config, number)
        case _:
            return edit_address(config, LEASED, interface, f"10.{number}.0.7/24")


def saved(before: Config, one: tuple[str, str, str, int]) -> Config:
    config = step(before, *one)
    require_consistent(config)
    require_possible(config, before, LEASED)
    return config


@given(st.lists(STEPS, max_size=12))
def test_whatever_is_typed_is_refused_or_leaves_a_whole_configuration(
    steps: list[tuple[str, str, str, int]],
) -> None:
    config = EMPTY
    for one in steps:
        before = config
        with contextlib.suppress(InvalidConfig):
            config = saved(config, one)
        kept = set(numbers(before)) & set(numbers(config))
        assert kept >= set(numbers(before)) - ({one[3]} if one[0] == "delete" else set())
        assert {gateway.interface for gateway in config.gateways} == {
            interface.name for interface in config.interfaces if interface.role is Role.WAN
        }


def test_mistakes_in_a_leg_and_beside_it_are_found_together() -> None:
    with pytest.raises(InvalidConfig) as found:
        change_gateway(paper_config(), 1, {"weight": 0, "ipv4": {"address": "nowhere"}, "timing": {"fall": 0}})
    wrong = {one.field for one in found.value.errors}
    assert wrong == {"gateways.1.ipv4.address", "gateways.1.weight", "gateways.1.timing.fall"}
