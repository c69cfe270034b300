"""The kernel brought to what is wanted, and how little a standing refusal is made of."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from itertools import pairwise
from pathlib import Path

import pytest

from app.errors import KernelRejected
from app.kernel.contract import ALTERED, KernelEvent, Subject
from app.model.config import Config
from app.model.facts import Facts
from app.model.layout import BALANCED_PRIORITY, BALANCED_TABLE, NET_PRIORITY, NET_TABLE, table
from app.model.verdict import State, Verdict
from app.paths import StateDirectory
from app.plan.attempts import BURST, QUIET_S, REPAIR_EVERY_S, Contest
from app.plan.objects.route import EVERYWHERE, Nexthop, Route
from app.plan.objects.rule import Rule
from app.plan.render import describe
from app.plan.ruleset import Ruleset
from app.plan.state import Change, Desired, KernelState, Put, Remove, Scope
from app.worker.event_log import contest_events
from app.worker.memory import Memory
from app.worker.reconciler import Outcome, Reconciler
from app.worker.worker import LOOK_AGAIN_S, SOONEST_S
from tests.kernel.fake import FakeKernel
from tests.legs import in_ipv4
from tests.plan import paper
from tests.plan.strategies import SINCE, verdict
from tests.worker.running import members, papers_machine, until, working
from tests.worker.trying import play

BALANCED = Rule(priority=BALANCED_PRIORITY, table=BALANCED_TABLE)
UP = dict.fromkeys((1, 2), verdict(State.UP))


class Refusing(FakeKernel):
    """A kernel that takes no route into these tables, and counts what it refuses."""

    def __init__(self, *tables: int) -> None:
        super().__init__(**vars(papers_machine()))
        self.closed = set(tables)
        self.why = "no"
        self.refusals = 0

    async def apply(self, change: Change) -> None:
        if isinstance(change.item, Route) and change.item.table in self.closed:
            self.refusals += 1
            raise KernelRejected(f"{describe(change)}: {self.why}")
        await super().apply(change)


@dataclass
class Scene:
    """A reconciler with a clock that stands until a test moves it."""

    kernel: FakeKernel
    memory: Memory
    now_s: float = 100.0
    verdicts: dict[int, Verdict] = field(default_factory=lambda: dict(UP))

    def __post_init__(self) -> None:
        self.reconciler = Reconciler(self.kernel, self.memory, lambda: self.now_s)

    async def settle(self, config: Config | None = None, facts: Facts = paper.FACTS) -> Outcome:
        return await self.reconciler.settle(paper.config() if config is None else config, facts, in_ipv4(self.verdicts))

    def stranger(self, change: Change) -> bool:
        """Another program makes a change; whether the worker looks because of it."""
        self.kernel.stranger(change)
        return self.reconciler.hears(KernelEvent(Subject.RULE, "", "ip (pid 812)", self.now_s, change.item.identity))


def in_scene(kernel: FakeKernel, path: Path, story: Callable[[Scene], Awaitable[None]]) -> None:
    async def told() -> None:
        scene = Scene(kernel, Memory(path / "state.db"))
        await story(scene)
        await scene.memory.close()

    play(told)


def test_what_is_refused_again_and_again_is_tried_once_a_time_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kernel = Refusing(table(2))
    caplog.set_level(logging.WARNING)

    async def story(scene: Scene) -> None:
        rejected = (await scene.settle()).rejected
        said = len(caplog.records)
        assert len(rejected) == said == len(set(rejected))
        for wait_s in (1.0, 1.0, 2.0, 4.0, 5.0, 5.0):
            kernel.refusals = 0
            scene.now_s += wait_s - 0.01
            early = await scene.settle()
            assert (early.rejected, kernel.refusals) == (rejected, 0)
            assert early.retry_in_s == pytest.approx(0.01)
            scene.now_s += 0.01
            assert (await scene.settle()).rejected == rejected
            assert kernel.refusals == len(rejected)
        assert len(caplog.records) == said
        kernel.why = "no longer"
        scene.now_s += 5
        await scene.settle()
        assert len(caplog.records) == 2 * said
        kernel.closed.clear()
        scene.now_s += 5
        assert (await scene.settle()).rejected == ()
        kernel.closed.add(table(2))
        kernel.routes = {key: one for key, one in kernel.routes.items() if one.table != table(2)}
        assert (await scene.settle()).rejected
        assert len(caplog.records) == 3 * said

    in_scene(kernel, tmp_path, story)


def test_a_refused_object_is_tried_at_once_when_anything_changes(tmp_path: Path) -> None:
    kernel = Refusing(table(2))

    async def story(scene: Scene) -> None:
        refused = len((await scene.settle()).rejected)
        kernel.refusals = 0
        await scene.settle()
        assert kernel.refusals == 0
        lan, *others = paper.FACTS.links
        await scene.settle(facts=replace(paper.FACTS, links=(replace(lan, mtu=1400), *others)))
        assert kernel.refusals == refused
        scene.stranger(Remove(BALANCED))
        await scene.settle()
        assert kernel.refusals == 3 * refused  # for what was heard, and once more after the repair
        first, second = paper.GATEWAYS
        await scene.settle(paper.config(replace(first, weight=7), second))
        assert kernel.refusals == 5 * refused  # for another configuration, and once more after what it changed

    in_scene(kernel, tmp_path, story)


def test_one_refused_object_does_not_hold_up_another(tmp_path: Path) -> None:
    kernel = Refusing(table(2))

    async def story(scene: Scene) -> None:
        await scene.settle()
        kernel.stranger(Remove(BALANCED))
        kernel.refusals = 0
        outcome = await scene.settle()
        assert BALANCED in kernel.rules
        assert outcome.drift == (Put(BALANCED),)

    in_scene(kernel, tmp_path, story)


def test_what_the_kernel_does_not_keep_backs_off_and_is_said_of_that_object_alone(tmp_path: Path) -> None:
    class Forgetful(Refusing):
        async def apply(self, change: Change) -> None:
            await super().apply(change)
            self.rules.discard(BALANCED)

    async def story(scene: Scene) -> None:
        outcome = await scene.settle()
        words = f"{describe(Put(BALANCED))}: the kernel did not keep this change"
        assert words in outcome.rejected
        assert len(outcome.rejected) == 1 + len([one for one in outcome.rejected if one.endswith(": no")])
        assert Put(BALANCED) not in (await scene.settle()).changed

    in_scene(Forgetful(table(2)), tmp_path, story)


async def contested(scene: Scene, change: Change) -> tuple[int, list[Outcome]]:
    """Another program makes this change every 20 ms until its repair has to wait: how many repairs there were."""
    outcomes = [await scene.settle()]
    while not outcomes[-1].contested:
        assert scene.stranger(change)
        outcomes.append(await scene.settle())
        assert len(outcomes) < 100
        scene.now_s += 0.02
    return sum(bool(one.drift) for one in outcomes), outcomes


def test_what_another_program_keeps_undoing_is_repaired_every_few_seconds(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        repairs, outcomes = await contested(scene, Remove(BALANCED))
        assert repairs == BURST
        (begun,) = outcomes[-1].contested
        assert begun == Contest(Put(BALANCED), "ip (pid 812)")
        repaired = []
        for _ in range(1500):  # half a minute
            scene.now_s += 0.02
            if BALANCED in scene.kernel.rules:
                repaired.append(scene.now_s)
                assert not scene.stranger(Remove(BALANCED))
            outcome = await scene.settle()
            assert (outcome.drift, outcome.contested, outcome.rejected) == ((), (), ())
            assert outcome.retry_in_s <= REPAIR_EVERY_S or BALANCED in scene.kernel.rules
        assert len(repaired) == 6
        assert min(later - earlier for earlier, later in pairwise(repaired)) >= REPAIR_EVERY_S - 0.03
        scene.now_s += REPAIR_EVERY_S
        assert (await scene.settle()).left_alone == ()
        assert BALANCED in scene.kernel.rules
        scene.now_s += QUIET_S
        assert [one.change for one in (await scene.settle()).left_alone] == [Put(BALANCED)]
        assert (await scene.settle()).left_alone == ()
        assert scene.stranger(Remove(BALANCED))
        assert (await scene.settle()).drift == (Put(BALANCED),)

    in_scene(papers_machine(), tmp_path, story)


def test_in_a_contest_other_drift_and_what_is_wanted_anew_are_not_delayed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await contested(scene, Remove(BALANCED))
        other = Rule(priority=NET_PRIORITY, table=NET_TABLE)
        assert scene.stranger(Remove(other))
        assert (await scene.settle()).drift == (Put(other),)
        scene.verdicts[1] = verdict(State.DOWN)
        await scene.settle()
        assert members(scene.kernel) == ["eth2"]
        assert scene.kernel.dead == {1}
        assert BALANCED not in scene.kernel.rules

    in_scene(papers_machine(), tmp_path, story)


def test_a_contested_object_that_is_wanted_otherwise_is_put_at_once(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.settle()
        balanced = scene.kernel.routes[BALANCED_TABLE, EVERYWHERE, 0]
        await contested(scene, Remove(balanced))
        assert members(scene.kernel) == []
        scene.verdicts[1] = verdict(State.DOWN)
        await scene.settle()
        assert members(scene.kernel) == ["eth2"]

    in_scene(papers_machine(), tmp_path, story)


def test_a_contested_table_is_put_for_the_sets_that_a_verdict_changes(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.settle()
        scene.verdicts[1] = verdict(State.DOWN)
        await contested(scene, Remove(ALTERED))
        assert not await holds_table(scene)
        outcome = await scene.settle()
        assert (outcome.changed, outcome.rejected) == ((), ())  # nothing is put into a table that waits
        scene.verdicts |= {1: verdict(State.UP), 2: verdict(State.DOWN)}
        await scene.settle()
        assert await holds_table(scene)
        assert scene.kernel.dead == {2}

    in_scene(papers_machine(), tmp_path, story)


async def holds_table(scene: Scene) -> bool:
    return (await scene.kernel.observe(Scope())).only(Ruleset) is not None


def test_another_programs_route_that_keeps_coming_is_removed_every_few_seconds(tmp_path: Path) -> None:
    stray = Route(BALANCED_TABLE, IPv4Network("198.51.100.0/24"), (Nexthop("eth1"),))

    async def story(scene: Scene) -> None:
        repairs, outcomes = await contested(scene, Put(stray))
        assert repairs == BURST
        assert [one.change for one in outcomes[-1].contested] == [Remove(stray)]
        assert stray.key in scene.kernel.routes
        scene.now_s += REPAIR_EVERY_S
        await scene.settle()
        assert stray.key not in scene.kernel.routes

    in_scene(papers_machine(), tmp_path, story)


def test_what_another_program_has_made_of_an_object_goes_at_once_when_it_is_no_longer_wanted(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.settle()
        balanced = next(one for one in scene.kernel.routes.values() if one.table == BALANCED_TABLE)
        await contested(scene, Put(replace(balanced, nexthops=balanced.nexthops[:1])))
        assert balanced.key in scene.kernel.routes
        await scene.settle(replace(paper.config(), gateways=()))
        assert balanced.key not in scene.kernel.routes

    in_scene(papers_machine(), tmp_path, story)


@pytest.mark.parametrize(
    ("retry_in_s", "pause_s"), [(float("inf"), LOOK_AGAIN_S), (60.0, LOOK_AGAIN_S), (1.0, 1.0), (-1.0, SOONEST_S)]
)
def test_the_worker_looks_again_when_something_is_to_be_tried_again(
    kernel: FakeKernel, home: StateDirectory, retry_in_s: float, pause_s: float
) -> None:
    outcome = Outcome(Desired(KernelState(), Scope()), KernelState(), retry_in_s=retry_in_s)

    async def story() -> None:
        async with working(kernel, home) as worker:
            await until(home.worker_sock.exists, "it listens")
            assert worker._pause_s(outcome) == pause_s

    play(story)


def test_one_event_names_what_is_contested_and_the_other_program() -> None:
    rules = tuple(Contest(Put(Rule(priority=n, table=n)), "ip (pid 812)" if n < 3 else "") for n in range(1, 7))
    begun, over = (one.logged(SINCE) for one in contest_events(rules, rules[-1:]))
    assert begun.text.startswith("ip (pid 812) keeps undoing these repairs, which are now delayed by up to 5 s: ip")
    assert begun.text.endswith("; and 2 more")
    assert (begun.kind, begun.actor) == ("contested", "ip (pid 812)")
    assert over.text == (
        "an unidentified program no longer undoes these repairs,"
        " which are immediate again: ip rule add priority 6 from all lookup 6 protocol 243"
    )
    assert list(contest_events((), ())) == []
