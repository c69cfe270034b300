"""A random walk through everything that can happen to a router: drawn from a seed alone, so that it can be replayed.

The first `n` steps of a walk do not depend on its length: a walk that fails at step n is shrunk by walking n steps.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from app.errors import WorkerSilent
from app.model.choices import Protocol
from app.model.config import Config
from app.service.edits.gateways import change_gateway
from lab import namespaces
from lab.inside.connections import Connection, Pair, connect_all
from lab.lab import Lab
from lab.topology import CLIENTS, PLACES
from lab.waiting import wait_until
from tests.lab import routed, truth
from tests.lab.ruled import in_tier, network, ports, rule, with_rules
from tests.lab.touches import TOUCHES

ISPS = 3
# How often each is drawn, out of their sum.
KINDS = {
    "cut": 6,
    "plug": 4,
    "silence": 4,
    "restore": 10,
    "enable": 4,
    "disable": 3,
    "weight": 4,
    "tier": 3,
    "rules": 3,
    "drift": 6,
    "restart": 1,
    "kill": 1,
}
SETTLED_WITHIN_S = 20.0
# What is drawn for "rules", by its place: none of them refuses, so that a new connection works whenever any ISP does.
RULES = (
    (),
    (rule(1, source=network("62.231.110.64/27"), gateway=2), rule(2, destination=network("10.0.0.0/26"), tier=1)),
    (rule(2, protocol=Protocol.TCP, ports=ports(7, 7), gateway=3), rule(3, tier=1)),
    (rule(3, destination=network("10.0.0.16/28"), tier=1), rule(4), rule(1, protocol=Protocol.UDP, gateway=1)),
)
# After these our nftables table may be another one; after all others it is what it was.
CHANGING = frozenset({"enable", "disable", "weight", "tier", "rules"})


class Step(NamedTuple):
    """One event: what happens, to what; with `connections` asked for between these pairs once it has settled."""

    kind: str
    subject: str
    connections: tuple[Pair, ...]


def walk(seed: int, length: int) -> Iterator[Step]:
    """The steps that `seed` stands for."""
    chance = random.Random(seed)  # noqa: S311 - a game of chance, not a secret
    for _ in range(length):
        (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
        number = chance.randint(1, ISPS)
        cable = chance.choice([f"balancer-isp{number}", f"isp{number}-vmnet8"])
        subjects = {
            "enable": str(number),
            "disable": str(number),
            "weight": f"{number} {chance.choice([1, 2, 3, 10, 256])}",
            "tier": f"{number} {chance.choice([1, 1, 2, 3])}",
            "rules": str(chance.randrange(len(RULES))),
            "drift": chance.choice(TOUCHES),
            "restart": "",
            "kill": "",
        }
        asked = tuple(Pair(chance.choice(CLIENTS), chance.choice(PLACES)) for _ in range(3))
        yield Step(kind, subjects.get(kind, cable), asked)


def take(lab: Lab, step: Step) -> None:
    """Make it happen."""
    match step.kind:
        case "cut" | "plug" | "silence" | "restore":
            getattr(lab, step.kind)(step.subject)
        case "enable" | "disable":
            number, fields = int(step.subject), {"enabled": step.kind == "enable"}
            routed.change(lab, lambda config: change_gateway(config, number, fields))
        case "weight":
            number, weight = map(int, step.subject.split())
            routed.change(lab, lambda config: change_gateway(config, number, {"weight": weight}))
        case "tier":
            number, tier = map(int, step.subject.split())
            routed.change(lab, lambda config: _with_tier(config, number, tier))
        case "rules":
            routed.change(lab, with_rules(RULES[int(step.subject)]))
        case "drift":
            lab.run("balancer", step.subject.split(), check=False)  # what it means to delete may not be there now
        case "restart" | "kill":
            lab.end_worker(kill=step.kind == "kill")
            lab.start_worker()


def _with_tier(config: Config, number: int, tier: int) -> Config:
    """Another tier for this gateway; rules that lead to the first tier keep somebody to lead to."""
    changed = in_tier(config, number, tier)
    return changed if any(one.tier == 1 for one in changed.gateways) else config


def settled(lab: Lab, ruleset: tuple[str, ...] | None = None) -> truth.Seen:
    """Return once the kernel is as configuration and cables ask for, and our nftables table is `ruleset` if given.

    AssertionError with what is not.
    """
    seen: list[truth.Seen] = []

    def well() -> bool:
        with suppress(WorkerSilent):
            seen[:] = [truth.look(lab)]
            return not seen[0].differences and ruleset in (None, seen[0].ruleset)
        return False

    try:
        wait_until(well, "the kernel is as it should be", SETTLED_WITHIN_S)
    except TimeoutError:
        wrong = [*seen[0].differences, *seen[0].ruleset] if seen else ["the worker does not answer"]
        raise AssertionError("\n".join(wrong)) from None
    return seen[0]


def unanswered(lab: Lab, asked: tuple[Pair, ...]) -> list[str]:
    """What went wrong with new connections between these pairs; empty when all were answered."""

    def connect() -> list[Connection]:
        return asyncio.run(connect_all(asked, concurrency=len(asked), limit_s=5))

    done = namespaces.inside(lab.namespace("host"), connect)
    return [f"{one.client} to {one.place}: {one.error}" for one in done if one.error]
