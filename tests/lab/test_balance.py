"""Behavior 2: new connections are shared by weight, in every mode, and leave with their ISP's address."""

from collections.abc import Iterator

import pytest

from app.model.choices import Balancing
from app.service.edits.settings import set_balancing
from lab.inside.connections import Connection
from lab.lab import Lab
from lab.measures import pairs
from lab.topology import CLIENTS, PLACES
from tests.lab import routed

# All pairs of a client and a place. Five points are then more than five standard deviations of what a hash may do.
COUNT = len(CLIENTS) * len(PLACES)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("balance") as lab:
        routed.console(lab, "gateway weight 1 3")
        routed.settled(lab)
        routed.wait_for_members(lab, 1, 2)
        yield lab


def connections(lab: Lab, mode: Balancing) -> list[Connection]:
    routed.change(lab, lambda config: set_balancing(config, mode))
    made = lab.connections(pairs(COUNT))
    assert [one.error for one in made if one.error] == []
    return made


@pytest.mark.parametrize("mode", [Balancing.CONNECTION, Balancing.SOURCE_DESTINATION])
def test_weights_of_three_to_one_give_three_quarters_to_the_first(lab: Lab, mode: Balancing) -> None:
    counts = routed.by_isp(connections(lab, mode))
    assert counts.keys() == {1, 2}
    assert 100 * counts[1] / COUNT == pytest.approx(75, abs=5)


def test_by_source_and_destination_a_pair_keeps_to_one_isp(lab: Lab) -> None:
    first = connections(lab, Balancing.SOURCE_DESTINATION)
    again = lab.connections(pairs(COUNT))
    assert [one.isp for one in again] == [one.isp for one in first]


def test_by_client_nobody_changes_isp_and_each_goes_where_the_kernel_says(lab: Lab) -> None:
    chosen: dict[str, set[int | None]] = {}
    for one in connections(lab, Balancing.CLIENT):
        chosen.setdefault(str(one.client), set()).add(one.isp)
    asked = "".join(f"route get {PLACES[0]} from {client} iif eth0\n" for client in CLIENTS)
    said = lab.run("balancer", ["ip", "-batch", "-"], stdin=asked).stdout
    devices = [words[words.index("dev") + 1] for line in said.splitlines() if "dev" in (words := line.split())]
    expected = [{int(device.removeprefix("eth"))} for device in devices]
    assert [chosen[str(client)] for client in CLIENTS] == expected


def test_the_source_always_belongs_to_the_isp_that_carried_it(lab: Lab) -> None:
    leaving = {isp: lab.capture("balancer", f"eth{isp}", lambda packet: packet.outgoing) for isp in (1, 2)}
    with leaving[1], leaving[2]:
        lab.connections(pairs(200))
    for isp, capture in leaving.items():
        packets = capture.stop()
        assert packets
        assert {packet.source for packet in packets} == {routed.address_of(isp)}
