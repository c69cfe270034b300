"""Reconciles the kernel with a revision: observe, desired_state, diff, apply, observe again.

One code path serves every cause. It remembers what the kernel held after Multihome's last change, so that it can tell
drift (a change by another program) from changes that configuration, facts or verdicts require.
"""

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.errors import KernelRejected
from app.kernel.contract import Kernel, KernelEvent
from app.model.config import Config
from app.model.facts import Facts, as_it_is
from app.model.layout import BALANCED_TABLE, NET_TABLE, table
from app.model.leg import LegId
from app.model.verdict import Verdict
from app.plan.attempts import Contest, Refusals, RepairLimit
from app.plan.desired import desired_state
from app.plan.objects.route import Route
from app.plan.objects.rule import Rule
from app.plan.objects.sysctl import Sysctl
from app.plan.render import describe
from app.plan.ruleset import NumberSets, Ruleset
from app.plan.state import Change, Desired, KernelState, Put, Scope, diff, drifted
from app.worker import clock
from app.worker.memory import Memory

log = logging.getLogger(__name__)

# One round changes, the next finds nothing left. A third is for the kernel's own reactions (a removed primary address
# takes its secondaries along). What still differs then is reported as rejected, and retried later.
PASSES: Final = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a reconciliation: desired state, observed state, changes made, and refusals of the kernel.

    `refused`: the gateways left out of the plan, each with the reason. `refusals`: the reason of every refusal, by the
    object's identity. `contested`, `left_alone`: the objects that another program has begun or stopped changing again
    and again. `retry_in_s`: when to retry what was not done.
    """

    desired: Desired
    observed: KernelState
    changed: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    refused: Mapping[int, str] = field(default_factory=dict)
    refusals: Mapping[Hashable, str] = field(default_factory=dict)
    contested: tuple[Contest, ...] = ()
    left_alone: tuple[Contest, ...] = ()
    retry_in_s: float = float("inf")

    @property
    def rejected(self) -> tuple[str, ...]:
        """The refusals in sentences."""
        return tuple(dict.fromkeys(self.refusals.values()))

    @property
    def is_carrying(self) -> bool:
        """Whether new flows take the desired paths despite refusals: balanced table, SNAT and sets are in place."""
        want, have = self.desired.state, self.observed
        in_nftables = want.only(Ruleset) == have.only(Ruleset) and want.of(NumberSets) <= have.of(NumberSets)
        return _balanced(want) == _balanced(have) and in_nftables


class Reconciler:
    """Applies configurations to one kernel. It can be restarted at any moment: everything it knows can be observed
    again.
    """

    def __init__(self, kernel: Kernel, memory: Memory, elapsed_s: Callable[[], float] = clock.elapsed_s) -> None:
        """`elapsed_s`: the clock of the kernel's events."""
        self._kernel = kernel
        self._memory = memory
        self._elapsed_s = elapsed_s
        self._left: KernelState | None = None
        self._refusals = Refusals()
        self._limit = RepairLimit()
        self._asked: tuple[Config, Facts] | None = None
        # Whether another program has changed an object of Multihome: that may have caused a refusal.
        self._is_stirred = False

    def hears(self, event: KernelEvent) -> bool:
        """Whether this event needs a reconciliation; not if the repair of its object is delayed."""
        if event.identity is None:
            return True
        waits = self._limit.hear(event.identity, event.actor, event.monotonic_s)
        self._is_stirred = self._is_stirred or not waits
        return not waits

    async def settle(self, config: Config, facts: Facts, verdicts: Mapping[LegId, Verdict]) -> Outcome:
        """Bring the kernel to the desired state, as far as it accepts the changes.

        A change that the kernel rejects does not stop the others. Raises KernelUnavailable.
        """
        desired, have, refused = await self._wanted(config, facts, verdicts)
        await self._note_before(config, facts, have)
        if self._is_stirred or self._asked != (config, facts):
            self._refusals.retry()
        self._is_stirred, self._asked = False, (config, facts)
        drift = self._drift(diff(desired.state, have))
        changed, have = await self._converge(desired, have)
        self._note_tables(desired, have)
        now_s = self._elapsed_s()
        left_alone = self._limit.over(now_s)
        return Outcome(
            desired,
            have,
            tuple(dict.fromkeys(changed)),
            tuple(one for one in drift if not self._limit.is_limited(one)),
            refused,
            {("gateway", number): why for number, why in refused.items()} | dict(self._refusals.reasons),
            self._limit.begun(),
            left_alone,
            min(self._refusals.next_s, self._limit.next_s(now_s)) - now_s,
        )

    async def _converge(self, desired: Desired, have: KernelState) -> tuple[list[Change], KernelState]:
        """Apply due changes and observe again until none is left; returns the changes and the final state."""
        changed: list[Change] = []
        changes, refused = diff(desired.state, have), list[Change]()
        for _ in range(PASSES):
            due = self._due(changes)
            if not due:
                break
            refused = [change for change in due if not await self._apply(change, have)]
            changed += due
            if self._left is not None:
                self._left = self._left.after(one for one in due if one not in refused)
            have = await self._kernel.observe(self._scope(desired.scope))
            changes = diff(desired.state, have)
            if len(refused) == len(due):
                break  # the next round would be refused in the same way
            self._refusals.retry()
        self._left = have.after(self._limit.waiting)
        stuck = [one for one in changes if one not in self._limit.waiting]
        for change in stuck:
            if change in changed and change not in refused:
                self._refuse(change, f"{describe(change)}: the kernel did not keep this change")
        self._refusals.keep({one.item.identity for one in stuck})
        return changed, have

    def _drift(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        return drifted(changes, self._left) if self._left is not None else ()

    def _due(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        now_s = self._elapsed_s()
        due = tuple(one for one in changes if self._refusals.is_due(one, now_s))
        return self._limit.due(due, {one.item.identity for one in self._drift(due)}, now_s)

    def _refuse(self, change: Change, reason: str) -> None:
        if self._refusals.note(change, reason, self._elapsed_s()):
            log.warning("rejected: %s", reason)

    async def look(self, config: Config, facts: Facts, verdicts: Mapping[LegId, Verdict]) -> Outcome:
        """What `settle` would find and change, without changing it."""
        desired = desired_state(config, facts, verdicts)
        have = await self._kernel.observe(self._scope(desired.scope))
        return Outcome(desired, have, changed=diff(desired.state, have))

    def _scope(self, wanted: Scope) -> Scope:
        """What to observe: the desired objects, and tables of removed gateways, which are owned until they are
        empty.
        """
        return replace(wanted, tables=wanted.tables | self._memory.owned_tables)

    async def _wanted(
        self, config: Config, facts: Facts, verdicts: Mapping[LegId, Verdict]
    ) -> tuple[Desired, KernelState, dict[int, str]]:
        """The desired state, the observed state, and the gateways left out because another program uses their table.

        If another program uses the balanced table, or the one under it, those are all gateways.
        """
        desired = desired_state(config, facts, verdicts)
        have = await self._kernel.observe(self._scope(desired.scope))
        taken = self._taken(desired, have)
        if not taken:
            return desired, have, {}
        refused = {one.number: _refusal(one.number, taken) for one in config.gateways if _refusal(one.number, taken)}
        others = tuple(one for one in config.gateways if one.number not in refused)
        desired = desired_state(replace(config, gateways=others), facts, verdicts)
        return desired, await self._kernel.observe(self._scope(desired.scope)), refused

    def _taken(self, desired: Desired, have: KernelState) -> frozenset[int]:
        """Newly needed tables that another program has filled: they are reported as refused, not taken over.

        A table that a rule of Multihome points to is owned even if that record was lost; so is one that holds exactly
        the desired routes.
        """
        new = desired.scope.tables - self._memory.owned_tables - {rule.table for rule in have.of(Rule)}
        return frozenset(r.table for r in have.of(Route) if r.table in new and r not in desired.state)

    async def _apply(self, change: Change, have: KernelState) -> bool:
        """Apply one change. Returns whether the kernel accepted it."""
        match change:
            case Put(item=Sysctl(path=path)):
                before = have.like(change.item)
                if isinstance(before, Sysctl):
                    self._memory.remember_sysctl(path, before.value, clock.now().wall)
            case Put(item=Route(table=number) | Rule(table=number)) if _is_ours_alone(number):
                self._memory.own_table(number)
            case _:
                pass
        try:
            await self._kernel.apply(change)
        except KernelRejected as error:
            self._refuse(change, str(error))
            return False
        log.info("%s", describe(change))
        return True

    async def _note_before(self, config: Config, facts: Facts, have: KernelState) -> None:
        """Store former values before a change touches them; `multihome uninstall` restores them.

        These are the addresses of interfaces that become managed, and interfaces that forward while forwarding is off:
        switching it off again would switch off theirs too.
        """
        managed = {one.name for one in config.interfaces if one.managed}
        for name in managed - self._memory.interfaces:
            before = as_it_is(name, facts)
            if before is not None:
                self._memory.remember_interface(before)
        for name in self._memory.interfaces - managed:
            self._memory.forget_interface(name)
        for family in config.families:
            if self._memory.is_remembered(family.forwarding) or Sysctl(family.forwarding, "0") not in have:
                continue
            paths = frozenset(f"{family.sysctls}/conf/{link.name}/forwarding" for link in facts.links)
            found = (await self._kernel.observe(Scope(sysctls=paths, families=config.families))).of(Sysctl)
            for one in found - {Sysctl(path, "0") for path in paths}:
                self._memory.remember_sysctl(one.path, one.value, clock.now().wall)

    def _note_tables(self, desired: Desired, have: KernelState) -> None:
        """Update the owned tables: desired and filled ones are owned, even if the record was lost; unneeded empty ones
        are not.
        """
        filled = {route.table for route in have.of(Route)}
        for number in sorted(desired.scope.tables & filled):
            self._memory.own_table(number)
        for number in self._memory.owned_tables - desired.scope.tables - filled:
            self._memory.disown_table(number)


def _balanced(state: KernelState) -> frozenset[Route]:
    return frozenset(route for route in state.of(Route) if route.table == BALANCED_TABLE)


def _refusal(number: int, taken: frozenset[int]) -> str:
    """Why gateway `number` cannot be installed: its own table or a common one is `taken`; empty if neither is."""
    in_the_way = sorted(taken & {table(number), BALANCED_TABLE, NET_TABLE})
    if not in_the_way:
        return ""
    first = in_the_way[0]
    return (
        f"routing table {first} already contains foreign routes (`ip route show table {first}`):"
        " remove them, or move them elsewhere"
    )


def _is_ours_alone(number: int) -> bool:
    """Whether a table is in the range of the gateways' numbers, and not `main`."""
    return number in {BALANCED_TABLE, NET_TABLE} or number in {table(n) for n in range(1, 128)}
