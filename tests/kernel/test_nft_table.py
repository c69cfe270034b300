"""Our table in the kernel: replaced without losing a count or a packet, and rid of whatever a stranger put into it."""

import asyncio
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from app.errors import KernelRejected
from app.kernel.contract import ALTERED
from app.kernel.links import Names
from app.kernel.linux import LinuxKernel
from app.kernel.nft_json import Object
from app.kernel.nft_table import NftTable
from app.model.layout import MARK_MASK
from app.plan.ruleset import Chain, Count, Hook, Key, Match, NumberSets, Op, RuleLine, Ruleset, Verdict
from app.plan.state import KernelState, Put, Remove, Scope, diff, drifted
from tests.kernel.namespace import Namespace

Scenario = Callable[[LinuxKernel], Awaitable[None]]
DATAGRAMS = 20_000


def counting(*comments: str) -> Ruleset:
    """A table that counts every datagram to port 9 that leaves, once; `comments` make one differ from another."""
    to_port_9 = Match(Key.L4PROTO, Op.EQ, ("udp",))
    rules = [RuleLine((to_port_9, Count("flows_1")), "all of them")]
    rules += [RuleLine((Match(Key.META_MARK, Op.EQ, (7,)), Verdict.DROP), comment) for comment in comments]
    return Ruleset(("flows_1",), (Chain("output", Hook("filter", "output", -150), tuple(rules)),))


def run(namespace: Namespace, scenario: Scenario) -> None:
    async def inside() -> None:
        kernel = LinuxKernel()
        try:
            await asyncio.wait_for(scenario(kernel), timeout=20)
        finally:
            await kernel.close()

    namespace.run(inside)


def send(datagrams: int) -> int:
    """Send datagrams to port 9 of this very host, as fast as they are received; how many were."""
    received = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 9))
        receiver.settimeout(2)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(datagrams):
                sender.sendto(b"x", ("127.0.0.1", 9))
                received += len(receiver.recv(16))
    return received


def test_a_new_ruleset_loses_no_packet_and_no_count(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(counting()))
        received: list[int] = []
        traffic = threading.Thread(target=lambda: received.append(send(DATAGRAMS)))
        traffic.start()
        for number in count():
            await kernel.apply(Put(counting(f"another {number}")))
            if not traffic.is_alive():
                break
        assert number > 20
        assert received == [DATAGRAMS]
        assert await kernel.flow_counts() == {1: DATAGRAMS}

    run(namespace, scenario)


def test_a_counter_that_is_no_longer_wanted_goes(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(Ruleset(("flows_1", "flows_2"), ())))
        await kernel.apply(Put(Ruleset(("flows_2", "flows_9"), ())))
        assert await kernel.flow_counts() == {2: 0, 9: 0}

    run(namespace, scenario)


STRANGERS = (
    "chain inet multihome theirs",
    "chain inet multihome output { drop; }",
    "set inet multihome theirs { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }",
    "map inet multihome theirs { type mark : verdict; elements = { 1 : jump helper }; }",
    "counter inet multihome flows_77",
    "quota inet multihome theirs { 1 mbytes }",
    "limit inet multihome theirs { rate 1/second }",
    'ct helper inet multihome theirs { type "ftp" protocol tcp; }',
)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_a_stranger_puts_into_our_table_is_noticed_and_removed(namespace: Namespace, stranger: str) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(counting()))
        before = namespace.nft("list table inet multihome")
        namespace.nft("add chain inet multihome helper", f"add {stranger}")
        assert (await kernel.observe(Scope())).only(Ruleset) == ALTERED
        await kernel.apply(Put(counting()))
        assert (await kernel.observe(Scope())).only(Ruleset) == counting()
        assert namespace.nft("list table inet multihome") == before

    run(namespace, scenario)


def test_a_table_that_was_put_to_sleep_is_noticed_and_woken(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(counting()))
        namespace.nft("add table inet multihome { flags dormant; }")
        assert (await kernel.observe(Scope())).only(Ruleset) == ALTERED
        await kernel.apply(Put(counting()))
        assert (await kernel.observe(Scope())).only(Ruleset) == counting()
        assert "dormant" not in namespace.nft("list table inet multihome")

    run(namespace, scenario)


def test_a_chain_is_made_anew_where_it_belongs(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        namespace.nft(
            "add table inet multihome",
            "add chain inet multihome output { type filter hook input priority 5; policy drop; }",
            "add chain inet multihome other",
            "add rule inet multihome output jump other",
            "add set inet multihome dead { type ipv4_addr; }",
        )
        await kernel.apply(Put(counting()))
        listing = namespace.execute("nft", "-n", "list", "table", "inet", "multihome")
        assert "type filter hook output priority -150; policy accept;" in listing
        assert "type mark" in listing
        assert "other" not in listing

    run(namespace, scenario)


def test_the_same_again_in_other_words_is_no_difference(namespace: Namespace) -> None:
    """Counts, handles and other tables change all the time, and mean nothing."""

    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(counting()))
        assert send(3) == 3
        namespace.nft("add table ip theirs", "add chain ip theirs c { type filter hook input priority 0; }")
        assert (await kernel.observe(Scope())).only(Ruleset) == counting()
        assert await kernel.flow_counts() == {1: 3}

    run(namespace, scenario)


def test_tables_of_others_are_never_touched(namespace: Namespace) -> None:
    namespace.nft(
        "add table inet theirs",
        "add chain inet theirs multihome { type filter hook input priority 0; }",
        "add table ip multihome",
        "add counter ip multihome flows_1",
    )
    before = namespace.nft("list ruleset")

    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(counting()))
        await kernel.apply(Put(NumberSets(frozenset({1}))))
        assert before in namespace.nft("list ruleset")
        await kernel.apply(Remove(counting()))
        assert namespace.nft("list ruleset") == before

    run(namespace, scenario)


def test_the_set_dead_is_observed_whoever_changed_it(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        await kernel.apply(Put(counting()))
        await kernel.apply(Put(NumberSets(frozenset({1, 2}))))
        namespace.nft("delete element inet multihome dead { 0x01000000 }")
        have = await kernel.observe(Scope())
        assert (have.only(Ruleset), have.only(NumberSets)) == (counting(), NumberSets(frozenset({2})))
        await kernel.apply(Put(NumberSets(frozenset({1, 2}))))
        assert "elements = { 0x01000000, 0x02000000 }" in namespace.nft("list set inet multihome dead")

    run(namespace, scenario)


MARKED_AS_DEAD = Match(Key.META_MARK, Op.EQ, mask=MARK_MASK, set_name="dead")
WITH_DEAD = Ruleset((), (Chain("output", Hook("filter", "output", -150), (RuleLine((MARKED_AS_DEAD, Verdict.DROP)),)),))


@pytest.mark.parametrize(
    "elements", ['{ 0x01000000 comment "by hand" }', "{ 0x00000007 }", '{ 0x80000000, 0x01000000 comment "x" }']
)
def test_a_strangers_element_in_one_of_our_sets_is_drift_and_put_right(namespace: Namespace, elements: str) -> None:
    wanted = KernelState([WITH_DEAD, NumberSets(frozenset({2}))])

    async def scenario(kernel: LinuxKernel) -> None:
        for change in diff(wanted, await kernel.observe(Scope())):
            await kernel.apply(change)
        before = namespace.nft("list table inet multihome")
        namespace.nft(f"add element inet multihome dead {elements}")
        changes = diff(wanted, await kernel.observe(Scope()))
        assert drifted(changes, wanted) == (Put(WITH_DEAD),)
        for _ in range(2):  # the set is made anew, then filled
            for change in diff(wanted, await kernel.observe(Scope())):
                await kernel.apply(change)
        assert await kernel.observe(Scope()) == wanted
        assert sorted(namespace.nft("list table inet multihome").splitlines()) == sorted(before.splitlines())

    run(namespace, scenario)


@pytest.mark.parametrize(
    "made",
    [
        "set inet multihome dead { type ipv4_addr; elements = { 10.0.0.1 }; }",
        "set inet multihome dead { type mark; flags interval; elements = { 0x01000000-0x02000000 }; }",
        "set inet multihome dead { type mark; flags timeout; elements = { 0x01000000 timeout 1h }; }",
        "set inet multihome dead { type mark; counter; elements = { 0x01000000 counter packets 0 bytes 0 }; }",
    ],
)
def test_a_set_that_is_not_as_ours_can_be_read_and_is_made_anew(namespace: Namespace, made: str) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        namespace.nft("add table inet multihome", f"add {made}")
        assert (await kernel.observe(Scope())).only(Ruleset) == ALTERED
        await kernel.apply(Put(WITH_DEAD))
        have = await kernel.observe(Scope())
        assert (have.only(Ruleset), have.only(NumberSets)) == (WITH_DEAD, NumberSets())

    run(namespace, scenario)


NAMED_MARKS = """
import asyncio
from app.kernel.linux import LinuxKernel
from app.plan.ruleset import NumberSets
from app.plan.state import Put, Scope
from tests.kernel.test_nft_table import counting

async def sets():
    kernel = LinuxKernel()
    await kernel.apply(Put(counting()))
    await kernel.apply(Put(NumberSets(frozenset({1}))))
    restarted = LinuxKernel()
    print((await restarted.observe(Scope())).only(NumberSets))
    await restarted.close()
    await kernel.close()

asyncio.run(sets())
"""


def test_marks_that_the_administrator_has_named_are_read_all_the_same(namespace: Namespace, tmp_path: Path) -> None:
    (tmp_path / "rt_marks").write_text("0x01000000 isp1\n")
    alone = f"mount --bind {tmp_path} /etc/iproute2 && exec {sys.executable} -c '{NAMED_MARKS}'"
    seen = namespace.execute("unshare", "--mount", "sh", "-c", alone)
    assert seen == f"{NumberSets(frozenset({1}))}\n"


class Interrupted(NftTable):
    """A table that a stranger changes right behind our own change, before it is read back."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__()
        self._namespace = namespace

    def _listing(self) -> list[Object] | None:
        self._namespace.nft("add table inet multihome", "add chain inet multihome theirs")
        return super()._listing()


def test_what_a_stranger_does_in_the_very_moment_of_our_change_is_not_taken_for_ours(namespace: Namespace) -> None:
    async def scenario() -> None:
        table = Interrupted(namespace)
        await table.put("nft replace table inet multihome", counting())
        assert (await table.observe(Scope(), Names()))[:1] == (ALTERED,)
        await table.close()

    namespace.run(scenario)


def test_a_refusal_says_what_and_why(namespace: Namespace) -> None:
    async def scenario(kernel: LinuxKernel) -> None:
        impossible = Chain("nat", Hook("nat", "forward", 0), ())
        with pytest.raises(KernelRejected, match=r"^nft replace table inet multihome: .*not supported"):
            await kernel.apply(Put(Ruleset((), (impossible,))))
        assert (await kernel.observe(Scope())).only(Ruleset) is None

    run(namespace, scenario)
