"""Behavior 13, without end: another program undoes every repair. Neither a core nor the timeline is lost to it."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.model.events.event import LoggedEvent
from app.model.verdict import State
from app.plan.attempts import BURST, QUIET_S, REPAIR_EVERY_S
from app.worker.worker import LOOK_AGAIN_S
from lab.lab import Lab
from lab.waiting import wait_until
from tests.bench.processes import cpu_s, pid_of
from tests.lab import routed
from tests.pace import Pace

pytestmark = pytest.mark.exact

# Two programs, each with an object of its own, and what puts that right.
UNDONE = {"ip rule del priority 243": "ip rule add priority 243", "nft flush table inet multihome": "nft replace table"}
WATCHED_S = 1.5 * REPAIR_EVERY_S
# Of a core: an idle worker takes 0.01, and one that looked at every event of nft took all of it.
CPU_AT_MOST = 0.06
# From the event of a carrier: what the kernel itself takes is in it, and the commands by which this test looks.
SWITCHED_WITHIN_S = 0.3


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("contested") as lab:
        routed.without_hold(lab)
        routed.wait_for_members(lab, 1, 2)
        yield lab


@contextmanager
def contesting(lab: Lab) -> Iterator[None]:
    """Other programs that undo what is ours every 20 ms."""
    script = f"while :; do {'; '.join(UNDONE)}; sleep 0.02; done 2>/dev/null"
    with lab.spawn("balancer", ["sh", "-c", script]) as program:
        try:
            yield
        finally:
            program.kill()


def test_what_is_undone_again_and_again_is_repaired_every_few_seconds(lab: Lab) -> None:
    before, known = held(lab), len(drifts(lab))
    worker, pace = pid_of(lab, "worker"), Pace()
    with contesting(lab):
        wait_until(lambda: all(said(lab, known, f"keeps undoing.*{one}") for one in UNDONE.values()), "it is told")
        begun, told = said(lab, known, "keeps undoing"), len(drifts(lab))
        assert len(begun) <= len(UNDONE)
        assert told - known <= len(UNDONE) * (BURST + 1)
        assert any(event.actor.startswith("nft (pid ") for event in begun)
        spent_s, since_s = cpu_s(worker), time.monotonic()
        routed.wait_for_beat(since_s + WATCHED_S)
        share = (cpu_s(worker) - spent_s) / (time.monotonic() - since_s)
        print(f"{100 * share:.1f} % of a core; {told - known} events, the last: {begun[0].text}")
        assert share <= pace.allows(CPU_AT_MOST)
        assert len(drifts(lab)) == told
        cut_s = time.monotonic()
        lab.cut("balancer-isp1")
        wait_until(lambda: balanced(lab) == ["default via 172.17.0.2 dev eth2 proto static"], "only ISP 2 is used")
        switched_s = time.monotonic() - cut_s
        print(f"a cable that was cut meanwhile: {1000 * switched_s:.0f} ms")
        assert switched_s <= pace.allows(SWITCHED_WITHIN_S)
        routed.wait_for_state(lab, 1, State.DOWN)
        lab.plug("balancer-isp1")
        routed.wait_for_members(lab, 1, 2)
    ended_s = time.monotonic()
    wait_until(lambda: held(lab) == before, "everything is as before", REPAIR_EVERY_S + pace.allows(0.5))
    print(f"repaired {time.monotonic() - ended_s:.1f} s after they had ended")
    over_s = QUIET_S + 2 * LOOK_AGAIN_S
    wait_until(lambda: all(said(lab, known, f"no longer undoes.*{one}") for one in UNDONE.values()), "told", over_s)
    assert len(said(lab, known, "keeps undoing")) == len(begun)


def held(lab: Lab) -> tuple[list[str], ...]:
    """What is contested, and whatever depends on it."""
    rules = sorted(line for line in routed.lines(lab, "ip", "rule") if "proto 243" in line)
    nft = [line for line in routed.lines(lab, "nft", "-s", "list", "ruleset") if "packets" not in line]
    return rules, nft, balanced(lab)


def balanced(lab: Lab) -> list[str]:
    return routed.lines(lab, "ip", "route", "show", "table", "243")


def drifts(lab: Lab) -> list[LoggedEvent]:
    return [event for event in routed.events(lab) if event.kind in {"drift", "contested", "left-alone"}]


def said(lab: Lab, known: int, pattern: str) -> list[LoggedEvent]:
    """The events since there were `known` that say this."""
    found = drifts(lab)
    return [event for event in found[: len(found) - known] if re.search(pattern, event.text)]
