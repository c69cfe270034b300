"""The kernel brought to what a revision asks for: observe, desired_state, diff, apply, observe again.

One code path, whatever woke the worker. It remembers what the kernel held after the last change, so that it can tell
drift (somebody else's doing) from what the configuration, the facts or the verdicts ask for anew.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.errors import KernelRejected
from app.kernel.contract import Kernel
from app.model.before import as_it_is
from app.model.config import Config
from app.model.facts import Facts
from app.model.layout import BALANCED_TABLE, NET_TABLE, table
from app.model.verdict import Verdict
from app.plan.desired import desired_state
from app.plan.diff import diff
from app.plan.drift import drifted
from app.plan.render import describe
from app.plan.state import Change, Desired, KernelState, Put, Route, Rule, Scope, Sysctl
from app.worker import clock
from app.worker.memory import Memory

log = logging.getLogger(__name__)

# One pass changes, the next one finds nothing left; a third is for what the kernel did in answer (a removed primary
# address takes its secondaries along). What is still different then is rejected, and tried again later.
PASSES: Final = 3
_FORWARD: Final = "net/ipv4/ip_forward"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reconciliation ended: what was wanted, what was found and done, and what the kernel refused.

    `refused`: the gateways that were left out of the plan, each with the sentence that says why. `has_new_refusals`:
    not all of `rejected` was so the last time.
    """

    desired: Desired
    observed: KernelState
    changed: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    rejected: tuple[str, ...] = ()
    refused: Mapping[int, str] = field(default_factory=dict)
    has_new_refusals: bool = False

    @property
    def is_carrying(self) -> bool:
        """Whether new flows go where they are wanted, through whatever is refused beside: by the balanced table, SNAT
        and the sets.
        """
        want, have = self.desired.state, self.observed
        return _balanced(want) == _balanced(have) and (want.ruleset, want.sets) == (have.ruleset, have.sets)


class Reconciler:
    """Applies configurations to one kernel. Restartable at any moment: all it knows can be observed again."""

    def __init__(self, kernel: Kernel, memory: Memory) -> None:
        self._kernel = kernel
        self._memory = memory
        self._left: KernelState | None = None
        self._standing: frozenset[str] = frozenset()

    async def settle(self, config: Config, facts: Facts, verdicts: Mapping[int, Verdict]) -> Outcome:
        """Make the kernel hold what is wanted as far as it takes it.

        A change that the kernel rejects does not stop the others. Raises KernelUnavailable.
        """
        desired, have, refused = await self._wanted(config, facts, verdicts)
        scope = self._scope(desired.scope)
        await self._note_before(config, facts, have)
        drift = drifted(diff(desired.state, have), self._left) if self._left is not None else ()
        changed: list[Change] = []
        rejected: list[str] = []
        standing = self._standing
        for _ in range(PASSES):
            changes = diff(desired.state, have)
            if not changes:
                break
            rejected = []
            for change in changes:
                await self._apply(change, have, rejected)
            changed += changes
            have = await self._kernel.observe(scope)
            if len(rejected) == len(changes):
                break  # the next pass would be refused the same, word for word
        self._left = have
        self._note_tables(desired, have)
        remaining = () if rejected else diff(desired.state, have)
        rejected += [f"{describe(change)}: the kernel does not keep it" for change in remaining]
        sentences = (*dict.fromkeys(refused.values()), *rejected)
        self._standing = frozenset(sentences)
        are_new = not standing.issuperset(sentences)
        return Outcome(desired, have, tuple(dict.fromkeys(changed)), drift, sentences, refused, are_new)

    async def look(self, config: Config, facts: Facts, verdicts: Mapping[int, Verdict]) -> Outcome:
        """What `settle` would find and do, without doing it."""
        desired = desired_state(config, facts, verdicts)
        have = await self._kernel.observe(self._scope(desired.scope))
        return Outcome(desired, have, changed=diff(desired.state, have))

    def _scope(self, wanted: Scope) -> Scope:
        """What is wanted, and the tables of gateways that are gone: they are ours until they are empty."""
        return replace(wanted, tables=wanted.tables | self._memory.owned_tables)

    async def _wanted(
        self, config: Config, facts: Facts, verdicts: Mapping[int, Verdict]
    ) -> tuple[Desired, KernelState, dict[int, str]]:
        """The desired state, what there is, and the gateways that were left out because somebody else has their table.

        Where the balanced table itself, or the one under it, is somebody else's, that is all gateways.
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
        """Tables that come into use and that somebody else has filled: they are refused by name, not taken over.

        One that a rule of ours points to is ours, whatever was forgotten; so is one that holds just what is wanted.
        """
        new = desired.scope.tables - self._memory.owned_tables - {rule.table for rule in have.rules}
        return frozenset(r.table for r in have.routes if r.table in new and r not in desired.state.routes)

    async def _apply(self, change: Change, have: KernelState, rejected: list[str]) -> None:
        match change:
            case Put(item=Sysctl(path=path)):
                before = next((one.value for one in have.sysctls if one.path == path), None)
                if before is not None:
                    self._memory.remember_sysctl(path, before, clock.now().wall)
            case Put(item=Route(table=number)) | Put(item=Rule(table=number)) if _is_ours_alone(number):
                self._memory.own_table(number)
            case _:
                pass
        try:
            await self._kernel.apply(change)
        except KernelRejected as error:
            rejected.append(str(error))
            if str(error) not in self._standing:
                log.warning("rejected: %s", error)
            self._standing |= {str(error)}
        else:
            log.info("%s", describe(change))

    async def _note_before(self, config: Config, facts: Facts, have: KernelState) -> None:
        """Note what is about to be changed along with what is asked for: `multihome uninstall` puts it back.

        Addresses of interfaces that become ours, and single interfaces that forward while forwarding is off: switching
        it off again would switch off theirs too.
        """
        managed = {one.name for one in config.interfaces if one.managed}
        for name in managed - self._memory.interfaces:
            before = as_it_is(name, facts)
            if before is not None:
                self._memory.remember_interface(before)
        for name in self._memory.interfaces - managed:
            self._memory.forget_interface(name)
        if not self._memory.is_remembered(_FORWARD) and Sysctl(_FORWARD, "0") in have.sysctls:
            paths = frozenset(f"net/ipv4/conf/{link.name}/forwarding" for link in facts.links)
            found = (await self._kernel.observe(Scope(sysctls=paths))).sysctls
            for one in found - {Sysctl(path, "0") for path in paths}:
                self._memory.remember_sysctl(one.path, one.value, clock.now().wall)

    def _note_tables(self, desired: Desired, have: KernelState) -> None:
        """What is wanted and there is ours, whoever forgot it; what is neither wanted nor filled is ours no more."""
        filled = {route.table for route in have.routes}
        for number in sorted(desired.scope.tables & filled):
            self._memory.own_table(number)
        for number in self._memory.owned_tables - desired.scope.tables - filled:
            self._memory.disown_table(number)


def _balanced(state: KernelState) -> frozenset[Route]:
    return frozenset(route for route in state.routes if route.table == BALANCED_TABLE)


def _refusal(number: int, taken: frozenset[int]) -> str:
    """Why gateway `number` cannot be: its own table or a common one is `taken`; empty if neither is."""
    in_the_way = sorted(taken & {table(number), BALANCED_TABLE, NET_TABLE})
    if not in_the_way:
        return ""
    first = in_the_way[0]
    return (
        f"routing table {first} already holds routes that are not ours (`ip route show table {first}`):"
        " remove them, or move them elsewhere"
    )


def _is_ours_alone(number: int) -> bool:
    """Whether a table is of the range that gateways' numbers give, and not `main`."""
    return number in {BALANCED_TABLE, NET_TABLE} or number in {table(n) for n in range(1, 128)}
