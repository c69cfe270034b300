"""Traffic rules with real packets: what the worker says about a packet is what becomes of it."""

import errno
import random
from collections.abc import Iterator

import pytest

from app.model.choices import Balancing, IfDown, Protocol
from app.model.rule import TrafficRule
from app.model.way import Packet
from app.service.edits.settings import change_failover, set_balancing
from lab.inside.connections import Pair
from lab.lab import Lab
from lab.topology import CLIENTS, PLACES
from tests.lab import routed
from tests.lab.ruled import QUICK, asked, in_tier, mac_of_host, network, ports, random_packets, rule, sent, with_rules

PACKETS = 40


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The paper's two ISPs, and a third as their backup."""
    with routed.routed("rules", isps=3) as lab:
        routed.change(lab, lambda config: in_tier(change_failover(config, {"timing": QUICK}), 3, 2))
        routed.wait_for_members(lab, 1, 2)
        yield lab


def rules_of_every_kind(mac: str) -> tuple[TrafficRule, ...]:
    return (
        rule(10, source=network("62.231.110.66/32"), destination=network("10.0.0.10/31"), gateway=3),
        rule(9, dscp=46, gateway=1),
        rule(8, mac=mac, dscp=10, tier=1),
        rule(7, protocol=Protocol.UDP, source_ports=ports(20_000, 20_999), tier=1),
        rule(6, protocol=Protocol.TCP_UDP, source_ports=ports(20_500, 22_999), ports=ports(7, 7), gateway=2),
        rule(5, interface="eth0", source=network("62.231.110.80/28"), tier=2),
        rule(4, source=network("62.231.110.64/26"), destination=network("10.0.0.20/30")),
        rule(3, destination=network("10.0.0.16/28"), gateway=2),
        rule(2, protocol=Protocol.ICMP, gateway=3),
        rule(1, destination=network("10.0.0.0/24"), source=network("62.231.110.96/27"), tier=1, enabled=False),
    )


@pytest.mark.parametrize("mode", list(Balancing))
def test_what_is_said_about_a_packet_is_what_becomes_of_it(lab: Lab, mode: Balancing) -> None:
    mac = mac_of_host(lab)
    rules = rules_of_every_kind(mac)
    routed.change(lab, lambda config: set_balancing(with_rules(rules)(config), mode))
    deciding = set()
    for packet in random_packets(random.Random(str(mode)), PACKETS, mac):  # noqa: S311
        said, carried = asked(lab, packet), sent(lab, packet)
        balanced = said.reason.partition(" (known")[0].endswith("balanced")
        # The hash that a packet brings along is not known to anybody who only asks.
        assert said.exact is not (balanced and mode is Balancing.CONNECTION), said
        assert carried == said.gateway or (not said.exact and carried in {1, 2}), (packet, said)
        deciding.add(said.rule)
    assert len(deciding) > 5, deciding


def test_a_whole_tier_is_picked_from_as_it_is_said_while_one_of_it_is_away(lab: Lab) -> None:
    mac = mac_of_host(lab)
    everything = with_rules([rule(1, tier=1)])
    routed.change(lab, lambda config: everything(in_tier(set_balancing(config, Balancing.CONNECTION), 3, 1)))
    routed.wait_for_members(lab, 1, 2, 3)
    carriers: dict[int, set[int | None]] = {}
    for away in (0, 2):
        if away:
            lab.cut(f"balancer-isp{away}")
            routed.wait_for_members(lab, 1, 3)
        for packet in random_packets(random.Random(away), PACKETS, mac):  # noqa: S311
            said = asked(lab, packet)
            assert (said.exact, said.rule) == (True, 1)
            assert sent(lab, packet) == said.gateway, (packet, said)
            carriers.setdefault(away, set()).add(said.gateway)
    assert carriers == {0: {1, 2, 3}, 2: {1, 3}}
    lab.plug("balancer-isp2")
    routed.change(lab, lambda config: in_tier(set_balancing(config, Balancing.SOURCE_DESTINATION), 3, 2))
    routed.wait_for_members(lab, 1, 2)


ELSEWHERE, REFUSED = Pair(CLIENTS[0], PLACES[0]), Pair(CLIENTS[1], PLACES[0])


def test_before_during_and_after_its_isps_outage_a_rules_flows_are_where_it_says(lab: Lab) -> None:
    rules = [
        rule(1, source=network(f"{ELSEWHERE.client}/32"), gateway=2),
        rule(2, source=network(f"{REFUSED.client}/32"), gateway=2, if_down=IfDown.REFUSE),
    ]
    routed.change(lab, with_rules(rules))
    with lab.udp_call([ELSEWHERE, REFUSED], rate_hz=100) as call:
        call.wait_for(lambda latest: all(isp == 2 for _, isp in latest), "both go where their rules lead")
        # Another order under load moves nobody.
        for order in (rules[::-1], [rule(9, dscp=1, gateway=1), *rules], rules):
            routed.change(lab, with_rules(order))
        cut_ns = lab.cut("balancer-isp2")
        call.wait_for(lambda latest: latest[0][1] == 1, "one goes on elsewhere")
        told = lab.connections([ELSEWHERE, REFUSED])
        assert told[0].isp == 1
        assert told[1].isp is None
        assert f"[Errno {errno.ECONNREFUSED}]" in told[1].error
        assert asked(lab, _udp(REFUSED)).refused
        plugged_ns = lab.plug("balancer-isp2")
        routed.wait_for_members(lab, 1, 2)
        call.wait_for(lambda latest: latest[1][1] == 2, "the other goes on where its rule leads")
        assert [one.isp for one in lab.connections([ELSEWHERE, REFUSED])] == [2, 2]
        elsewhere, refused = call.stop()
    assert [flow.lost(until_ns=cut_ns) for flow in (elsewhere, refused)] == [0, 0]
    assert elsewhere.last_isp == 1, "it runs and is left alone"
    assert {isp for isp in refused.isps if isp} == {2}
    assert refused.first_answer_ns(cut_ns, 2) > plugged_ns  # type: ignore[operator]
    hits = {one.number: one.hits for one in routed.status(lab).rules}
    assert hits[1] >= 3


def _udp(pair: Pair) -> Packet:
    return Packet(source=pair.client, destination=pair.place, protocol=Protocol.UDP, source_port=5, destination_port=7)
