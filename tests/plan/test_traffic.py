"""Traffic rules in nftables: what a packet meets, worked out from the chains and maps alone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.model.choices import Balancing, IfDown, Protocol
from app.model.config import Settings
from app.model.rule import TrafficRule
from app.model.verdict import State
from app.model.way import Packet
from app.plan.layers import layers
from app.plan.render import change_lines, render
from app.plan.rule_matcher import FlowKey, RuleMatcher, flow_key
from app.plan.ruleset import Jump, Map, Match, NumberSets, Op, Ruleset, Value
from app.plan.selection import FIELDS, Selection, selection, span
from app.plan.state import KernelState, Put
from app.plan.traffic import UNDECIDED, traffic
from tests.plan import paper
from tests.plan.by_number import desired_state
from tests.plan.rules import network, rule, traffic_rules
from tests.plan.strategies import verdict

BOTH_UP = dict.fromkeys((1, 2), verdict(State.UP))


def packets() -> st.SearchStrategy[Packet]:
    addresses = st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.5", "10.0.0.9", "9.9.9.9"])
    ports = st.integers(1, 7)
    with_ports = st.builds(
        Packet,
        source=addresses,
        destination=addresses,
        protocol=st.sampled_from([Protocol.TCP, Protocol.UDP]),
        source_port=ports,
        destination_port=ports,
        interface=st.sampled_from(["eth0", "eth1"]),
        mac=st.just("00:16:3e:00:00:01"),
        dscp=st.sampled_from([0, 10, 46]),
    )
    return with_ports | st.builds(
        lambda packet: replace(packet, protocol=Protocol.ICMP, source_port=None, destination_port=None), with_ports
    )


def found(ruleset_maps: tuple[Map, ...], looks: FlowKey, position: int = UNDECIDED) -> int:
    """The best position of all lookups, as the chains at_N keep it. A map may know one answer at most."""
    for one in ruleset_maps:
        answers = [to for key, to in one.elements if _takes(one, key, looks)]
        assert len(answers) <= 1, f"two elements of {one.name} take the same packet"
        for to in answers:
            assert isinstance(to, Jump)
            position = min(position, int(to.chain.removeprefix("at_")))
    return position


def _takes(one: Map, key: tuple[Value, ...], looks: FlowKey) -> bool:
    for field, value in zip(one.keys, key, strict=True):
        seen, wanted = looks[FIELDS.index(field)], span(value)
        if seen is None or (seen != wanted if isinstance(wanted, str) else not wanted[0] <= int(seen) <= wanted[1]):
            return False
    return True


@given(traffic_rules(), packets())
def test_the_best_of_all_lookups_is_the_first_rule_that_matches(rules: tuple[TrafficRule, ...], packet: Packet) -> None:
    config = replace(paper.config(), rules=rules)
    made = traffic(config, paper.FACTS)
    enabled = [one for one in rules if one.enabled]
    asking = tuple(one for one in made.maps if one.name.startswith("match_"))
    everything = [place for place, one in enumerate(enabled, start=1) if not selection(one)]
    position = found(asking, flow_key(packet), min(everything, default=UNDECIDED))
    decision = RuleMatcher(config).decision(packet, {1, 2})
    assert (enabled[position - 1] if position != UNDECIDED else None) == decision.rule


def test_rules_of_one_kind_share_a_map_and_nested_networks_take_as_many_as_they_are_deep() -> None:
    hosts = [rule(number, source=network(f"10.0.{number // 256}.{number % 256}/32")) for number in range(1, 1001)]
    assert [len(one.elements) for one in layers(_asked(hosts))] == [1000]
    nested = [rule(length, source=network(f"10.0.0.0/{length}")) for length in range(32, 8, -1)]
    assert len(layers(_asked(nested))) == 24
    assert len(layers(_asked(nested[::-1]))) == 1, "each covers all that come after it"


def _asked(rules: list[TrafficRule]) -> list[tuple[Selection, Jump]]:
    return [(selection(one), Jump(f"at_{place}")) for place, one in enumerate(rules, start=1)]


RULES = (
    rule(7, source=network("62.231.110.66/32"), gateway=2, if_down=IfDown.REFUSE),
    rule(3, protocol=Protocol.TCP_UDP, destination=network("9.9.9.0/24"), tier=1),
)


def ruleset(*rules: TrafficRule, balancing: Balancing = Balancing.SOURCE_DESTINATION) -> Ruleset:
    config = replace(paper.config(settings=Settings(balancing=balancing)), rules=rules)
    found = desired_state(config, paper.FACTS, BOTH_UP).state.only(Ruleset)
    assert found is not None
    return found


def test_without_rules_nothing_of_them_is_there_and_a_disabled_one_is_none() -> None:
    assert ruleset() == ruleset(replace(RULES[0], enabled=False))
    assert not ruleset().maps
    assert {chain.name for chain in ruleset().chains if chain.hook is None} == set()


def test_no_verdict_changes_the_ruleset() -> None:
    config = replace(paper.config(), rules=RULES)
    states = [
        desired_state(config, paper.FACTS, {1: verdict(one), 2: verdict(other)}).state
        for one in State
        for other in State
    ]
    assert len({state.only(Ruleset) for state in states}) == 1
    assert len({state.only(NumberSets) for state in states}) > 3


def test_a_rules_counter_is_named_by_its_number_wherever_it_stands() -> None:
    there, back = ruleset(*RULES), ruleset(*reversed(RULES))
    assert set(there.counters) == set(back.counters) == {"flows_1", "flows_2", "rule_7", "rule_3"}


def test_it_reads_in_the_words_of_nft() -> None:
    config = replace(paper.config(settings=Settings(balancing=Balancing.CONNECTION)), rules=RULES)
    text = "\n".join(line.strip() for line in render(desired_state(config, paper.FACTS, BOTH_UP).state))
    for line in (
        "type ipv4_addr : verdict\nelements = { 62.231.110.66 : jump at_1 }",
        (
            "type ipv4_addr . inet_proto : verdict\nflags interval\n"
            "elements = { 9.9.9.0/24 . tcp : jump at_2,\n9.9.9.0/24 . udp : jump at_2 }"
        ),
        'type mark : counter\nelements = { 0x00000001 : "rule_7",\n0x00000002 : "rule_3" }',
        "elements = { 0x00000001 : goto to_2_refuse,\n0x00000002 : goto tier_1_another }",
        "meta mark > 0x00000001 meta mark set 0x00000001",
        "counter name meta mark map @rule_hits",
        "meta mark vmap @rule_targets",
        "meta mark & 0x7f000000 != @away return",
        (
            "meta l4proto { tcp, udp } jhash ip saddr . ip daddr . meta l4proto . th sport . th dport mod 2"
            " seed 0x4d480000 vmap { 0 : jump pick_1, 1 : jump pick_2 }"
        ),
        'meta nfproto ipv4 meta mark 0x80000000 oifname { "eth1", "eth2" } meta l4proto tcp reject with tcp reset',
    ):
        assert line in text, f"{line}\n\nis not in\n\n{text}"


def test_a_change_names_the_elements_that_differ() -> None:
    before = KernelState([ruleset(*RULES)])
    after = ruleset(RULES[1])
    lines = change_lines((Put(after),), before)
    assert "nft delete counter inet multihome rule_7" in lines
    assert "nft delete chain inet multihome to_2_refuse" in lines
    assert any(line.startswith("nft delete element inet multihome rule_hits") for line in lines)
    assert not any("flows_1" in line for line in lines)


def test_what_stays_inside_is_asked_of_nobody() -> None:
    first = next(chain for chain in ruleset(*RULES).chains if chain.name == "rules").rules[0].statements[0]
    assert isinstance(first, Match)
    assert first.op is Op.EQ
    assert network("62.231.110.64/26") in first.values
    assert network("192.168.1.0/24") not in first.values
