"""What is said of a change before it is made, and that it is what would be done."""

from collections.abc import Mapping
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings

from app.model.choices import Role
from app.model.config import EMPTY, Config
from app.model.facts import Facts
from app.model.leg import LegId
from app.model.verdict import State, Verdict
from app.service.edits.gateways import (
    add_gateway,
    change_gateway,
    cut_gateway,
    delete_gateway,
    disable_gateway,
)
from app.service.edits.interfaces import edit_address, set_interface
from app.service.edits.settings import change_panel, set_balancing
from app.service.preview import Preview, preview
from tests.legs import in_ipv4
from tests.plan import paper
from tests.plan.strategies import routers, verdict

PAPER = paper.config()
UP = in_ipv4({1: verdict(State.UP), 2: verdict(State.UP)})
LAN = IPv4Address("62.231.110.65")


def seen(after: Config, before: Config = PAPER, verdicts: Mapping[LegId, Verdict] = UP) -> Preview:
    return preview(before, after, paper.FACTS, verdicts, LAN)


@given(routers())
@settings(max_examples=40)
def test_what_changes_nothing_does_nothing(router: tuple[Config, Facts, dict[int, Verdict]]) -> None:
    config, facts, verdicts = router
    found = preview(config, config, facts, in_ipv4(verdicts))
    assert (found.sentence, found.changes, found.fields) == ("Nothing changes.", (), ())


@given(routers(), routers())
@settings(max_examples=40)
def test_any_change_of_any_router_can_be_told(
    one: tuple[Config, Facts, dict[int, Verdict]], other: tuple[Config, Facts, dict[int, Verdict]]
) -> None:
    found = preview(one[0], other[0], one[1], in_ipv4(one[2]))
    assert found.sentence.endswith(".")
    assert bool(found.fields) == (one[0] != other[0])


def test_a_weight_is_one_route_and_moves_nothing() -> None:
    found = seen(change_gateway(PAPER, 1, {"weight": 3}))
    assert (
        found.sentence
        == "New connections: 75 % ISP 1, 25 % ISP 2. 1 route replaced. Running connections stay on their ISP."
    )
    nexthops = "nexthop via 192.168.1.2 dev eth1 weight 3 nexthop via 172.17.0.2 dev eth2 weight 1"
    assert found.changes == (f"ip route replace default table 243 proto static {nexthops}",)
    assert [str(one) for one in found.fields] == ["ISP 1: weight: 1 → 3"]
    assert found.warnings == ()


def test_removing_cutting_and_draining_say_what_becomes_of_connections() -> None:
    assert seen(delete_gateway(PAPER, 2)).sentence.endswith("Running connections through ISP 2 end.")
    assert seen(cut_gateway(PAPER, 2)).sentence.endswith("Running connections through ISP 2 end.")
    assert seen(disable_gateway(PAPER, 2)).sentence.endswith(
        "Running connections through ISP 2 continue until they end."
    )
    assert seen(set_balancing(PAPER, "client")).sentence.endswith("Running connections stay on their ISP.")


def test_an_isp_that_is_down_gets_no_share() -> None:
    found = seen(
        change_gateway(PAPER, 1, {"weight": 3}), verdicts=in_ipv4({1: verdict(State.UP), 2: verdict(State.DOWN)})
    )
    assert found.sentence.startswith("New connections: 100 % ISP 1. The kernel state does not change.")


def test_a_new_isp_is_taken_for_one_that_will_answer() -> None:
    one = delete_gateway(PAPER, 2)
    found = seen(add_gateway(one, paper.FACTS, {"address": "172.17.0.2", "name": "DIGI", "weight": 3}), one)
    assert found.sentence.startswith("New connections: 25 % ISP 1, 75 % DIGI.")
    assert "ip rule add priority 242 from all oif eth2 fwmark 0/0x7f000000 lookup 242 protocol 243" in found.changes


def test_of_the_nftables_table_only_what_differs_is_told() -> None:
    found = seen(change_panel(PAPER, {"reachable_from_outside": True}))
    (line,) = found.changes
    assert line.startswith('nft delete rule inet multihome input iifname { "eth1", "eth2" } ct state new tcp dport 443')


def test_an_interface_that_is_taken_over_keeps_what_it_has() -> None:
    first = edit_address(EMPTY, paper.FACTS, "eth0", "62.231.110.65/26")
    assert seen(first, EMPTY).changes == ()
    other = edit_address(EMPTY, paper.FACTS, "eth0", "10.9.9.1/24")
    assert seen(other, EMPTY).changes == (
        "ip address add 10.9.9.1/24 dev eth0",
        "ip address del 62.231.110.65/26 dev eth0",
    )


def test_letting_go_of_an_interface_removes_nothing_from_it() -> None:
    assert seen(set_interface(PAPER, "eth0", {"managed": False, "addresses": ()})).changes == ()


@pytest.mark.parametrize(
    ("after", "words", "moves", "places"),
    [
        (
            edit_address(PAPER, paper.FACTS, "eth0", "10.9.9.1/24"),
            "which this removes from eth0",
            True,
            [("10.9.9.1", 443)],
        ),
        (change_panel(PAPER, {"port": 8443}), "only port 8443 will be blocked", False, [(str(LAN), 443)]),
        (set_interface(PAPER, "eth0", {"role": Role.WAN}), "will no longer be reachable", True, []),
        (set_interface(PAPER, "eth0", {"role": Role.UNUSED}), "which this changes", False, [(str(LAN), 443)]),
    ],
)
def test_it_warns_of_the_way_over_which_one_is_connected(
    after: Config, words: str, moves: bool, places: list[tuple[str, int]]
) -> None:
    found = seen(after)
    assert words in found.warnings[0]
    assert found.contact.moves is moves
    assert [(str(address), port) for address, port in found.contact.places] == places


def test_who_is_connected_elsewhere_is_not_warned() -> None:
    after = edit_address(PAPER, paper.FACTS, "eth0", "10.9.9.1/24")
    assert preview(PAPER, after, paper.FACTS, UP, IPv4Address("192.168.1.1")).warnings == ()
    assert preview(PAPER, after, paper.FACTS, UP).warnings == ()
    assert preview(PAPER, after, paper.FACTS, UP, IPv4Address("127.0.0.1")).warnings == ()


def test_a_backup_stands_by_and_gives_its_connections_back_where_it_is_to() -> None:
    resting = change_gateway(PAPER, 2, {"tier": 2})
    assert "New connections: 100 % ISP 1; ISP 2 is on standby." in seen(resting).sentence
    assert "Running connections stay on their ISP." in seen(resting).sentence
    giving = change_gateway(PAPER, 2, {"tier": 2, "on_return": "move-back"})
    assert "Running connections through ISP 2 move to the ISPs that carry new connections." in seen(giving).sentence
    assert "ISP 2 move" not in preview(giving, change_gateway(giving, 2, {"weight": 3}), paper.FACTS, UP).sentence
