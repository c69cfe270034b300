"""The main loop: on every event it reads configuration and machine, decides, and reconciles the kernel.

It alone keeps the Internet working. So nothing else that fails (a database, a client of the socket, one refused change)
may stop it.
"""

import asyncio
import contextlib
import logging
from dataclasses import replace
from functools import partial
from typing import Final

from app.errors import MultihomeError
from app.health.adoption import is_believed
from app.kernel.contract import Kernel, KernelEvent
from app.model.choices import OnReturn
from app.model.config import EMPTY, Config
from app.model.events.kinds import WorkerNews
from app.model.facts import Facts, next_hop_neighbors, with_lasting_defaults
from app.model.family import Family
from app.model.leg import LegId
from app.model.probing import Moment
from app.model.verdict import State, Verdict
from app.paths import StateDirectory
from app.plan.objects.sysctl import Sysctl
from app.plan.rule_matcher import RuleMatcher
from app.plan.ruleset import NumberSets
from app.plan.sites import wan_interfaces
from app.plan.state import Desired, KernelState, Scope
from app.probe.prober import Prober
from app.store.reader import Newest, Revision
from app.systemd import Supervisor
from app.worker import clock, inherited
from app.worker.client_lookup import ClientLookup
from app.worker.clock import Boot
from app.worker.countdown import Countdown
from app.worker.doctor import Doctor
from app.worker.event_log import EventLog
from app.worker.flow_mover import FlowMover, Keeps, Resting
from app.worker.gateways import Gateways
from app.worker.history import History
from app.worker.in_force import InForce
from app.worker.memory import Memory
from app.worker.meter import Meter
from app.worker.publisher import Publisher
from app.worker.reconciler import Outcome, Reconciler
from app.worker.revisions import Revisions
from app.worker.route_lookup import RouteLookup
from app.worker.status import Picture
from app.worker.trials import Trials

log = logging.getLogger(__name__)

# The kernel sends no event for the hash policy, and a complete multipath route can vanish without one.
LOOK_AGAIN_S: Final = 5.0
# Between two attempts while the kernel cannot be reached.
RETRY_S: Final = 1.0
# While an expired countdown waits for something, checking without a pause would use a whole core.
SOONEST_S: Final = 0.05

_ActedUpon = tuple[State, bool, bool, bool, tuple[str, ...]]


class Worker:
    """One worker over one kernel and one state directory."""

    def __init__(
        self, kernel: Kernel, home: StateDirectory, boot: Boot | None = None, supervisor: Supervisor | None = None
    ) -> None:
        """`boot`: the boot of this machine; tests simulate several. `supervisor`: gets a heartbeat in each pass."""
        boot = clock.this_boot() if boot is None else boot
        self._kernel = kernel
        self._supervisor = Supervisor({}) if supervisor is None else supervisor
        self._memory = Memory(home.state_db)
        self._memory.open()
        self._revisions = Revisions(home.config_db)
        self._reconciler = Reconciler(kernel, self._memory)
        self._prober = Prober(self._on_probe)
        self._boot_id = boot.id
        self._gateways = Gateways(self._prober, self._boot_id)
        self._meter = Meter()
        self._history = History(self._memory, self._boot_id)
        clients = ClientLookup(kernel)
        others = {
            "resolve": clients.resolve,
            "client_flows": clients.flows,
            "probe_once": Trials(self._gateways).answer,
            "targets": self._gateways.targets,
            "doctor": Doctor(home.path, self._refused).answer,
            "which_way": RouteLookup(kernel, self._gateways, lambda: self._picture).answer,
        }
        self._publisher = Publisher(home.worker_sock, self._memory, self.wake, self._look, others, boot_id=boot.id)
        self._event_log = EventLog(self._publisher, self._history.write)
        self._countdown = Countdown(self._memory, boot, self._event_log.add)
        self._in_force = InForce(self._memory, self._event_log.add)
        self._moves = FlowMover(kernel, self._event_log.add_moved)
        self._woken = asyncio.Event()
        self._causes: list[KernelEvent] = []
        self._acted: dict[LegId, _ActedUpon] = {}
        self._picture: Picture | None = None

    async def run(self) -> None:
        """Work until cancelled. The objects in the kernel stay, so the router keeps routing."""
        self._event_log.add(WorkerNews("the worker has started"))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._publisher.serve(), name="worker.sock")
                tasks.create_task(self._listen(), name="kernel events")
                tasks.create_task(self._measure(), name="measuring")
                tasks.create_task(self._moves.run(), name="moving flows")
                tasks.create_task(self._work(), name="the loop")
        finally:
            self._prober.close()
            if self._picture is not None:
                self._history.write(self._gateways.verdicts(), clock.now())
            await self._memory.close()
            await self._kernel.close()

    def wake(self) -> None:
        """Start another pass soon."""
        self._woken.set()

    def _on_probe(self, leg: LegId) -> None:
        """Handle a verdict that may have changed. Only whether a gateway carries matters to the kernel; a hold-down's
        seconds do not.
        """
        monitor = self._gateways.monitor(leg)
        if monitor is None:
            return
        verdict = monitor.verdict
        if self._acted.get(leg) != _acted_upon(verdict):
            self.wake()
        elif self._event_log.hears(leg, verdict):
            self._publish()

    async def _listen(self) -> None:
        async for event in self._kernel.events():
            if self._reconciler.hears(event):
                self._causes.append(event)
                self.wake()

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            try:
                pause_s = await self._turn()
            except MultihomeError as error:
                log.warning("reconciliation failed, retrying: %s", error)
                pause_s = RETRY_S
            # Here and nowhere else, so that a loop that hangs anywhere in a pass is restarted.
            self._supervisor.beat()
            # A timer besides the events: some changes in the kernel send none.
            try:
                async with asyncio.timeout(pause_s):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def _turn(self) -> float:
        """One pass: observe, decide, reconcile, publish. Returns the seconds until the next pass at the latest."""
        causes, self._causes = tuple(self._causes), []
        newest = await self._revisions.look(self._in_force.number)
        self._event_log.add(*map(WorkerNews, self._revisions.news()))
        revision = (
            await self._countdown.without() if newest is None else await self._countdown.choose(newest, self._machine)
        )
        if revision is None or self._is_nothing(revision):
            return await self._idle(newest)
        config = self._countdown.effective(revision.config)
        facts = await self._facts(config)
        now = clock.now()
        if self._picture is None:
            facts, astray = await self._take_over(config, facts, now)
        else:
            astray = self._gateways.follow(config, facts, {}, frozenset(), now)
        verdicts = self._gateways.verdicts()
        self._acted = {leg: _acted_upon(one) for leg, one in verdicts.items()}
        with contextlib.suppress(MultihomeError):  # still pending, so it is retried
            await self._moves.forget(astray)
        outcome = await self._reconciler.settle(config, facts, verdicts)
        if newest is not None and self._is_to_be_returned(revision, outcome):
            await self._countdown.give_back(newest, f"the kernel refused it ({'; '.join(outcome.rejected)})")
            return 0.0
        refusals_are_news = self._gateways.refuse(outcome.refused)
        self._gateways.stand_by(outcome.desired.resting, config, clock.now())
        if self._gateways.return_early(outcome.desired.carrying, clock.now()):
            self.wake()
        self._gateways.probe()
        self._event_log.time_switch(verdicts, 1000 * (clock.now().monotonic_s - now.monotonic_s))
        if self._in_force.judge(revision, outcome.refusals):
            await self._countdown.note_in_force(revision)
        wanted = revision.number if newest is None else newest.head.number
        self._picture = Picture(wanted, self._in_force.number, config, facts, outcome, self._revisions.problems)
        self._moves.carry(outcome.desired.carrying)
        self._moves.note(_dead(outcome), astray, config.settings.failover.clients, _giving_back(config, outcome))
        await asyncio.sleep(0)  # flows first: users are waiting for them
        self._event_log.add_turn(config, verdicts, self._detected_ms(), outcome, causes)
        self._publish()
        return 0.0 if refusals_are_news else self._pause_s(outcome)

    def _is_nothing(self, revision: Revision) -> bool:
        """Whether nothing was ever configured, so that the kernel cannot hold anything of it."""
        untouched = self._picture is None and not self._memory.owned_tables and not self._countdown.owes
        return revision.number == 0 and untouched

    def _is_to_be_returned(self, revision: Revision, outcome: Outcome) -> bool:
        """Whether the kernel refuses a revision on trial."""
        return self._countdown.is_applying(revision) and self._in_force.is_refused(revision, outcome.refusals)

    def _pause_s(self, outcome: Outcome) -> float:
        pause_s = min(LOOK_AGAIN_S, max(outcome.retry_in_s, SOONEST_S))
        left_s = self._countdown.left_s
        return pause_s if left_s is None else min(pause_s, max(left_s, SOONEST_S))

    async def _idle(self, newest: Newest | None) -> float:
        """Without any readable configuration: change nothing, and show what is observed."""
        facts = await self._kernel.facts()
        empty = Outcome(Desired(KernelState(), Scope()), KernelState())
        wanted = 0 if newest is None else newest.head.number
        picture = Picture(wanted, 0, EMPTY, facts, empty, self._revisions.problems)
        self._say_status(picture)
        return LOOK_AGAIN_S

    async def _machine(self, config: Config) -> Facts:
        """This machine, all of it that may matter to `config`."""
        return await self._kernel.facts(None, config.families)

    async def _facts(self, config: Config) -> Facts:
        """The observed facts, with earlier ones that still hold."""
        found = await self._kernel.facts(wan_interfaces(config), config.families)
        if self._picture is not None:
            found = with_lasting_defaults(found, self._picture.facts)
        return replace(found, neighbors=next_hop_neighbors(config, found))

    async def _take_over(self, config: Config, facts: Facts, now: Moment) -> tuple[Facts, frozenset[LegId]]:
        """Continue the work of an earlier worker: the facts with what it knew, and the legs with stale flows."""
        left = inherited.inherited(config, facts, await self._kernel.observe(inherited.scope(config)))
        known, numbers = self._memory.remembered(now), self._memory.numbers
        remembered = {leg: one for leg, one in known.items() if leg not in left.changed}
        self._event_log.begin_with({leg: r.verdict for leg, r in remembered.items() if is_believed(r, self._boot_id)})
        self._moves.carry(left.in_use)
        self._gateways.follow(config, left.facts, remembered, left.in_use - left.changed, now)
        gone = {LegId(n, family) for n in numbers for family in Family if config.gateway(n) is None}
        gone |= known.keys() - config.legs.keys()
        return left.facts, frozenset(leg for leg in gone | left.changed if leg.number in numbers)

    def _detected_ms(self) -> dict[LegId, float]:
        """How long the newest fall of each leg took to be seen, where it took probes."""
        monitors = ((leg, self._gateways.monitor(leg)) for leg in self._gateways.verdicts())
        return {leg: 1000 * one.detected_s for leg, one in monitors if one is not None and one.detected_s is not None}

    async def _measure(self) -> None:
        """Read the counters every second while there are subscribers, otherwise every few seconds, and check for new
        revisions.
        """
        while True:
            try:
                flows, traffic = await self._kernel.flow_counts(), await self._kernel.traffic()
                hits = await self._kernel.rule_counts()
            except MultihomeError as error:
                log.debug("cannot read counters: %s", error)
            else:
                self._meter.record_hits(hits)
                members = self._picture.outcome.desired.members if self._picture is not None else ()
                self._meter.record(clock.now().monotonic_s, flows, traffic, members)
            if self._picture is not None:
                self._history.pass_by(self._picture.config, self._gateways, self._meter, clock.now())
            if self._revisions.changed():
                self.wake()
            self._memory.check()
            self._event_log.add(*map(WorkerNews, self._memory.news()))
            await self._resolve()
            self._publish()
            await asyncio.sleep(1)

    async def _resolve(self) -> None:
        """Resolve failed next hops again: a multipath route never retries them by itself.

        Only next hops: a WAN may have hundreds of failed neighbors that a host on the LAN once tried to reach.
        """
        if self._picture is None:
            return
        for neighbor in next_hop_neighbors(self._picture.config, self._picture.facts):
            if neighbor.failed:
                with contextlib.suppress(MultihomeError):  # the device may disappear at this moment
                    await self._kernel.resolve(neighbor.interface, neighbor.address)

    def _publish(self) -> None:
        if self._picture is not None:
            self._say_status(self._picture)

    def _say_status(self, picture: Picture) -> None:
        self._publisher.publish(picture, self._gateways, self._meter, self._countdown)

    async def _look(self) -> Outcome | None:
        """The desired and the observed state, for a client of the socket.

        Afterward the kernel's events no longer report links, neighbors and settings as new, so the loop has to check
        them.
        """
        picture = self._picture
        if picture is None:
            return None
        facts = await self._facts(picture.config)
        seen = await self._reconciler.look(picture.config, facts, self._gateways.verdicts())
        if (facts, seen.observed.of(Sysctl)) != (picture.facts, picture.outcome.observed.of(Sysctl)):
            self.wake()
        return seen

    def _refused(self) -> tuple[str, ...]:
        """What could not be done, in sentences."""
        return () if self._picture is None else (*self._picture.problems, *self._picture.outcome.rejected)


def _acted_upon(verdict: Verdict) -> _ActedUpon:
    """The parts of a verdict that change the kernel state."""
    return verdict.state, verdict.carries, verdict.answers, verdict.risen, verdict.unproven


def _dead(outcome: Outcome) -> frozenset[LegId]:
    """The legs whose flows nftables lets go of."""
    return frozenset(LegId(n, sets.family) for sets in outcome.observed.of(NumberSets) for n in sets.dead)


def _giving_back(config: Config, outcome: Outcome) -> dict[LegId, Resting]:
    """The backups whose flows go back to a better tier that carries new flows again; each with the flows that stay."""
    if not outcome.is_carrying:
        return {}
    movable = {one.number for one in config.gateways if one.on_return is OnReturn.MOVE_BACK}
    return {leg: partial(_staying, config, leg.number) for leg in outcome.desired.resting if leg.number in movable}


def _staying(config: Config, number: int) -> Keeps:
    return RuleMatcher(config).staying(number)
