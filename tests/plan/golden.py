"""What the kernel is given for a set of routers, to the last byte: `golden.txt` holds what it was given before.

Whoever changes the kernel contract on purpose writes it anew, and reads the difference: `python -m tests.plan.golden`.
"""

import asyncio
import json
import socket
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from app.kernel.addresses import Addresses
from app.kernel.links import Names
from app.kernel.netlink import Channel
from app.kernel.nft_json import replacement
from app.kernel.requests import Requests
from app.kernel.routes import Routes
from app.kernel.rules import Rules
from app.model.choices import AllDown, Balancing, IfDown, Protocol, Role, Snat
from app.model.config import EMPTY, Config, Failover, Gateway, Interface, Settings
from app.model.facts import AddressFact, DefaultRoute, Facts, Link
from app.model.leg import IPv4Leg
from app.model.rule import PortRange
from app.model.verdict import State, Verdict
from app.plan.objects.address import Address
from app.plan.objects.route import Route
from app.plan.objects.rule import Rule
from app.plan.render import change_lines, describe, render
from app.plan.ruleset import Ruleset
from app.plan.state import KernelState, Put, Scope, diff
from tests.plan import paper, test_tiers
from tests.plan.by_number import desired_state
from tests.plan.rules import rule
from tests.plan.strategies import neighbor, verdict

FILE = Path(__file__).with_name("golden.txt")
UP, DOWN = verdict(State.UP), verdict(State.DOWN)
Router = tuple[Config, Facts, dict[int, Verdict]]


def _routers() -> Iterator[tuple[str, Router]]:
    both = {1: UP, 2: UP}
    yield "nothing", (EMPTY, paper.FACTS, {})
    yield "managed interfaces alone", (replace(paper.config(), gateways=()), paper.FACTS, {})
    yield "the paper's", (paper.config(), paper.FACTS, both)
    yield "one down", (paper.config(), paper.FACTS, {1: DOWN, 2: UP})
    for all_down in AllDown:
        config = paper.config(settings=Settings(failover=Failover(all_down=all_down)))
        yield f"all down, {all_down}", (config, paper.FACTS, {1: DOWN, 2: DOWN})
    for balancing in Balancing:
        yield f"balancing by {balancing}", (paper.config(settings=Settings(balancing=balancing)), paper.FACTS, both)
    yield "tiers", (test_tiers.router(), test_tiers.FACTS, test_tiers.ALL_UP)
    yield "the backup carries", (test_tiers.router(), test_tiers.FACTS, {1: DOWN, 2: DOWN, 3: UP})
    yield "weights, a far next hop, masquerade and no SNAT", (_weighted(), paper.FACTS, both)
    twin = replace(paper.GATEWAYS[1], interface="eth1", ipv4=IPv4Leg(address=IPv4Address("192.168.1.3")))
    near = (
        neighbor("eth1", "192.168.1.2", "02:00:00:00:00:02"),
        neighbor("eth1", "192.168.1.3", "02:00:00:00:00:03"),
    )
    yield "twins", (paper.config(paper.GATEWAYS[0], twin), replace(paper.FACTS, neighbors=near), both)
    down = replace(paper.FACTS.links[1], up=False, carrier=False)
    facts = Facts(links=(paper.FACTS.links[0], down))
    yield "one set down, one absent", (paper.config(), facts, both)
    yield "addresses from the interfaces", _leased()
    yield "traffic rules", (_ruled(), paper.FACTS, both)


_FAR = IPv4Leg(address=IPv4Address("10.9.9.9"), far=True, snat=Snat.MASQUERADE)
_OWN = replace(paper.GATEWAYS[1].ipv4, snat=Snat.OFF, source=IPv4Address("172.17.0.1"))


def _weighted() -> Config:
    far = replace(paper.GATEWAYS[0], weight=3, ipv4=_FAR)
    high = replace(paper.GATEWAYS[1], number=127, weight=256, ipv4=_OWN)
    return paper.config(far, paper.GATEWAYS[1], high)


def _leased() -> Router:
    interfaces = (Interface(name="eth1", role=Role.WAN), Interface(name="ppp0", role=Role.WAN))
    leased = Link(
        name="eth1", index=3, up=True, carrier=True, addresses=(AddressFact(address=IPv4Interface("100.64.3.9/22")),)
    )
    dialled = Link(
        name="ppp0",
        index=4,
        up=True,
        carrier=True,
        point_to_point=True,
        addresses=(AddressFact(address=IPv4Interface("10.8.0.1/32"), peer=IPv4Address("10.8.0.2")),),
    )
    gateways = (
        Gateway(number=1, name="Cable", interface="eth1", ipv4=IPv4Leg(address=None)),
        Gateway(number=11, name="DSL", interface="ppp0", ipv4=IPv4Leg(address=None)),
    )
    given = DefaultRoute(interface="eth1", next_hop=IPv4Address("100.64.0.1"), metric=100)
    config = Config(interfaces=interfaces, gateways=gateways)
    return config, Facts(links=(leased, dialled), defaults=(given,)), {1: UP, 11: UP}


def _ruled() -> Config:
    rules = (
        rule(1, gateway=1, destination=IPv4Network("203.0.113.0/24"), if_down=IfDown.REFUSE),
        rule(2, gateway=2, protocol=Protocol.TCP, ports=(PortRange(first=443, last=443),)),
        rule(3, source=IPv4Network("62.231.110.66/32"), protocol=Protocol.ICMP),
        rule(4, gateway=1, dscp=46),
    )
    return replace(paper.config(), rules=rules)


def given() -> str:
    """All of it as text, a line an object, a command or a message."""
    lines: list[str] = []
    for name, router in _routers():
        lines += [f"# {name}", *_of(*router)]
    return "\n".join(lines) + "\n"


def _of(config: Config, facts: Facts, verdicts: dict[int, Verdict]) -> Iterator[str]:
    desired = desired_state(config, facts, verdicts)
    state, scope = desired.state, desired.scope
    yield f"scope: {sorted(scope.tables)} {sorted(scope.managed)} {sorted(scope.sysctls)}"
    yield f"usable {desired.usable}, members {desired.members}, refusing {desired.refusing}, {desired.pending}"
    yield f"listing: {_digest(render(state))}"
    puts, removals = diff(state, KernelState()), diff(KernelState(), state)
    yield from (f"put: {line}" for line in change_lines(puts, KernelState()))
    yield from (f"remove: {describe(change)}" for change in removals)
    ruleset = state.only(Ruleset)
    if ruleset is not None:
        yield f"nft: {_digest(json.dumps(one) for one in replacement(ruleset, []))}"
    for change in (*puts, *removals):
        if isinstance(change.item, Address | Route | Rule):
            yield from asyncio.run(_sent(change.item, put=isinstance(change, Put)))
    yield from asyncio.run(_observed(scope))


def _digest(lines: Iterable[str]) -> str:
    """Of what the commands show in readable words already."""
    return blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


class _Recorder:
    """A channel and a socket of requests that note what they are asked for."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def dump(self, kind: int, body: bytes) -> list[Any]:
        self.lines.append(f"dump: {int(kind)} {body.hex()}")
        return []

    async def change(self, _what: str, command: str, verb: str, *_fine: object, **fields: object) -> int:
        self.lines.append(f"{command} {verb}: {json.dumps(fields, sort_keys=True)}")
        return 0


async def _sent(one: Address | Route | Rule, *, put: bool) -> list[str]:
    """What netlink is given for this object."""
    recorder = _Recorder()
    channel, requests = cast("Channel", recorder), cast("Requests", recorder)
    kinds = {Address: Addresses, Route: Routes, Rule: Rules}
    operations: Any = kinds[type(one)](channel, requests)
    with patch.object(socket, "if_nametoindex", lambda name: sum(name.encode())):
        await (operations.put if put else operations.remove)("", one)
    return recorder.lines


async def _observed(scope: Scope) -> list[str]:
    """What netlink is asked when all of this is looked at."""
    recorder = _Recorder()
    channel, requests = cast("Channel", recorder), cast("Requests", recorder)
    for kind in (Addresses, Rules, Routes):
        await kind(channel, requests).observe(scope, Names())
    return sorted(recorder.lines)


if __name__ == "__main__":
    FILE.write_text(given())
