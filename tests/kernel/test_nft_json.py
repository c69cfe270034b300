"""Every statement that a ruleset can hold: libnftables takes it, and nft reads it back with the meaning it had."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from app.kernel.linux import LinuxKernel
from app.plan.ruleset import (
    Chain,
    Count,
    Hook,
    Key,
    Masquerade,
    Match,
    Op,
    RestoreMark,
    RuleLine,
    Ruleset,
    SetMark,
    Snat,
    Statement,
    Verdict,
)
from app.plan.state import Put
from tests.kernel.namespace import Namespace

MASK = 0x7F000000
ADDRESS = IPv4Address("192.0.2.1")
PREROUTING = Hook("filter", "prerouting", -150)
POSTROUTING = Hook("filter", "postrouting", -150)
SRCNAT = Hook("nat", "postrouting", 100)
FORWARD = Hook("filter", "forward", 0)
TCP = Match(Key.L4PROTO, Op.EQ, ("tcp",))


def written_and_read(namespace: Namespace, hook: Hook | None, *statements: Statement, comment: str = "") -> str:
    """What nft says of a rule that we have put into a chain of this kind."""
    ruleset = Ruleset(("flows_1",), (Chain("it", hook, (RuleLine(statements, comment),)),))

    async def put() -> None:
        kernel = LinuxKernel()
        await kernel.apply(Put(ruleset))
        await kernel.close()

    namespace.run(put)
    lines = namespace.execute("nft", "-n", "list", "chain", "inet", "multihome", "it").splitlines()
    rules = [line.strip() for line in lines[2:-2] if "policy" not in line]
    assert len(rules) <= 1
    return rules[0] if rules else ""


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (Match(Key.META_MARK, Op.EQ, (0,)), "meta mark 0x00000000"),
        (Match(Key.META_MARK, Op.NE, (5,)), "meta mark != 0x00000005"),
        (Match(Key.CT_MARK, Op.EQ, (0x01000000,), mask=MASK), "ct mark & 0x7f000000 == 0x01000000"),
        (Match(Key.CT_MARK, Op.NE, (0,), mask=MASK), "ct mark & 0x7f000000 != 0x00000000"),
        (Match(Key.CT_MARK, Op.EQ, mask=MASK, set_name="dead"), "ct mark & 0x7f000000 == @dead"),
        (Match(Key.CT_MARK, Op.NE, mask=MASK, set_name="dead"), "ct mark & 0x7f000000 != @dead"),
        (
            Match(Key.CT_MARK, Op.EQ, (1 << 24, 2 << 24), mask=MASK),
            "ct mark & 0x7f000000 == { 0x01000000, 0x02000000 }",
        ),
        (Match(Key.CT_STATE, Op.IN, ("new",)), "ct state 0x8"),
        (Match(Key.CT_STATE, Op.IN, ("established", "related")), "ct state 0x2,0x4"),
        (Match(Key.CT_DIRECTION, Op.EQ, ("original",)), "ct direction 0"),
        (Match(Key.CT_DIRECTION, Op.EQ, ("reply",)), "ct direction 1"),
        (Match(Key.CT_STATUS, Op.IN, ("snat",)), "ct status 0x10"),
        (Match(Key.CT_ORIGINAL_SOURCE, Op.EQ, (ADDRESS,)), "ct original ip saddr 192.0.2.1"),
        (Match(Key.CT_ORIGINAL_DESTINATION, Op.EQ, (ADDRESS,)), "ct original ip daddr 192.0.2.1"),
        (Match(Key.CT_REPLY_SOURCE, Op.EQ, (ADDRESS,)), "ct reply ip saddr 192.0.2.1"),
        (Match(Key.CT_REPLY_DESTINATION, Op.EQ, (ADDRESS,)), "ct reply ip daddr 192.0.2.1"),
        (Match(Key.CT_REPLY_DESTINATION, Op.EQ, (IPv4Network("192.0.2.0/24"),)), "ct reply ip daddr 192.0.2.0/24"),
        (Match(Key.INPUT_INTERFACE, Op.EQ, ("eth1",)), 'iifname "eth1"'),
        (Match(Key.INPUT_INTERFACE, Op.NE, ("eth1", "eth2.7")), 'iifname != { "eth1", "eth2.7" }'),
        (Match(Key.INPUT_INTERFACE, Op.EQ, ("we*ird",)), 'iifname "we*ird"'),
        (Match(Key.NFPROTO, Op.EQ, ("ipv4",)), "meta nfproto 2"),
        (TCP, "meta l4proto 6"),
        (Match(Key.SOURCE, Op.NE, (ADDRESS,)), "ip saddr != 192.0.2.1"),
        (Match(Key.DESTINATION, Op.EQ, (IPv4Network("192.0.2.0/30"),)), "ip daddr 192.0.2.0/30"),
        (Match(Key.SOURCE, Op.EQ, (ADDRESS, IPv4Address("192.0.2.9"))), "ip saddr { 192.0.2.1, 192.0.2.9 }"),
        (Match(Key.ETHER_SOURCE, Op.EQ, ("02:00:00:00:00:01",)), "ether saddr 02:00:00:00:00:01"),
        (Match(Key.TCP_FLAGS, Op.NE, (0x02,), mask=0x17), "tcp flags != 0x2 / 0x1,0x2,0x4,0x10"),
        (Match(Key.TCP_DESTINATION_PORT, Op.EQ, (8443,)), "tcp dport 8443"),
    ],
    ids=str,
)
def test_a_match_means_what_it_says(namespace: Namespace, match: Match, text: str) -> None:
    assert written_and_read(namespace, PREROUTING, match, Verdict.ACCEPT) == f"{text} accept"


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (Match(Key.OUTPUT_INTERFACE, Op.EQ, ("eth1",)), 'oifname "eth1"'),
        (Match(Key.NEXT_HOP, Op.EQ, (ADDRESS,)), "rt ip nexthop 192.0.2.1"),
    ],
    ids=str,
)
def test_a_match_of_what_leaves_means_what_it_says(namespace: Namespace, match: Match, text: str) -> None:
    assert written_and_read(namespace, POSTROUTING, match, Count("flows_1")) == f'{text} counter name "flows_1"'


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        # nft folds the two masks into one: bits that are set anyway need not be kept.
        (SetMark(Key.CT_MARK, 0x00FFFFFF, 0x81000000), "ct mark set ct mark & 0x81ffffff | 0x81000000"),
        (SetMark(Key.META_MARK, 0x80FFFFFF, 0x7F000000), "meta mark set meta mark | 0x7f000000"),
        (RestoreMark(MASK), "meta mark set ct mark & 0x7f000000"),
        (Count("flows_1"), 'counter name "flows_1"'),
        (Verdict.DROP, "drop"),
        (Verdict.RETURN, "return"),
    ],
    ids=str,
)
def test_a_statement_does_what_it_says(namespace: Namespace, statement: Statement, text: str) -> None:
    assert written_and_read(namespace, PREROUTING, statement) == text


def test_a_tcp_flow_is_reset(namespace: Namespace) -> None:
    assert written_and_read(namespace, PREROUTING, TCP, Verdict.RESET) == "meta l4proto 6 reject with tcp reset"


def test_what_cannot_be_reached_is_said_to_be_a_host(namespace: Namespace) -> None:
    ipv4 = Match(Key.NFPROTO, Op.EQ, ("ipv4",))
    # ICMP code 1 is host-unreachable (RFC 792); the match on IPv4 is what the refusal itself asks for.
    assert written_and_read(namespace, FORWARD, ipv4, Verdict.UNREACHABLE) == "reject with icmp 1"


def test_sources_are_rewritten(namespace: Namespace) -> None:
    assert written_and_read(namespace, SRCNAT, Snat(ADDRESS)) == "snat ip to 192.0.2.1"
    assert written_and_read(namespace, SRCNAT, Masquerade()) == "masquerade"


def test_a_comment_may_hold_what_a_person_types(namespace: Namespace) -> None:
    comment = 'the "cable"; drop } ü'
    assert written_and_read(namespace, None, Verdict.ACCEPT, comment=comment) == f'accept comment "{comment}"'


def test_nothing_is_one_of_no_values(namespace: Namespace) -> None:
    """Without a wan every packet comes from elsewhere, and none comes from one."""
    nowhere = Match(Key.INPUT_INTERFACE, Op.EQ, ())
    elsewhere = Match(Key.INPUT_INTERFACE, Op.NE, ())
    assert written_and_read(namespace, PREROUTING, nowhere, Verdict.DROP) == ""
    assert written_and_read(namespace, PREROUTING, elsewhere, Verdict.DROP) == "drop"
