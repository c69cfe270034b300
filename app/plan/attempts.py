"""Decides when to retry a change: rejected changes back off, and repairs of one object are limited.

State is kept per object, by its identity. Times are seconds of one clock, given by the caller.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.plan.state import Change

# A refused change is retried after as long as it has been refused, within these limits.
RETRY_S: Final = 1.0
RETRY_AT_MOST_S: Final = 5.0

# Two programs that undo each other's work would use a whole core each, without end. So an object gets this many
# immediate repairs, then one per interval: Tailscale's figures for its own rules (wgengine/router, ruleRestorePending).
BURST: Final = 10
REPAIR_EVERY_S: Final = 5.0
# An object that stays unchanged for this long counts as left alone. Longer than the delay of a repair.
QUIET_S: Final = 10.0


@dataclass(slots=True)
class _Refusal:
    change: Change
    reason: str
    since_s: float
    again_s: float


class Refusals:
    """The refusals of the kernel by object: the reason, and when to retry."""

    def __init__(self) -> None:
        self._standing: dict[Hashable, _Refusal] = {}

    @property
    def reasons(self) -> Mapping[Hashable, str]:
        """The reasons, by the objects' identities."""
        return {identity: one.reason for identity, one in self._standing.items()}

    @property
    def next_s(self) -> float:
        """When the next retry is due; infinity: nothing is refused."""
        return min((one.again_s for one in self._standing.values()), default=float("inf"))

    def is_due(self, change: Change, now_s: float) -> bool:
        """Whether to make this change now. A change that was never refused is due at once, even if another one of its
        object was.
        """
        standing = self._standing.get(change.item.identity)
        return standing is None or now_s >= standing.again_s or standing.change != change

    def note(self, change: Change, reason: str, now_s: float) -> bool:
        """Record a refusal. Returns whether it is new: this object was not refused for this reason before."""
        before = self._standing.get(change.item.identity)
        is_news = before is None or before.reason != reason
        since_s = now_s if before is None or is_news else before.since_s
        wait_s = min(max(now_s - since_s, RETRY_S), RETRY_AT_MOST_S)
        self._standing[change.item.identity] = _Refusal(change, reason, since_s, now_s + wait_s)
        return is_news

    def retry(self) -> None:
        """Make every refused change due: something else has changed, so the kernel may accept it now."""
        for one in self._standing.values():
            one.again_s = one.since_s

    def keep(self, identities: Collection[Hashable]) -> None:
        """Forget all refusals except these: the other objects are in order, or no longer wanted."""
        self._standing = {identity: one for identity, one in self._standing.items() if identity in identities}


@dataclass(frozen=True, slots=True)
class Contest:
    """An object that another program keeps changing: the change that repairs it, and the program if the kernel names
    it.
    """

    change: Change
    actor: str


@dataclass(slots=True)
class _Repaired:
    """`left`: the immediate repairs left at `at_s`. `touched_s`: when another program last changed the object."""

    change: Change
    at_s: float
    touched_s: float
    left: float = BURST
    actor: str = ""
    is_limited: bool = False

    def left_at(self, now_s: float) -> float:
        return min(BURST, self.left + (now_s - self.at_s) / REPAIR_EVERY_S)


class RepairLimit:
    """Limits how often drift of one object is repaired. Changes that the plan requires are never delayed."""

    def __init__(self) -> None:
        self._objects: dict[Hashable, _Repaired] = {}
        self._begun: list[Contest] = []
        # The repairs that the last call of due() has delayed.
        self.waiting: tuple[Change, ...] = ()

    def due(self, changes: Iterable[Change], repairs: Collection[Hashable], now_s: float) -> tuple[Change, ...]:
        """The `changes` to make now. `repairs`: the identities of those that repair drift; each repair made counts.

        An object that contains a newly desired one is repaired with it. An object inside a delayed one is delayed too.
        """
        changes = tuple(changes)
        needed = {one.item.inside for one in changes if one.item.identity not in repairs}
        waiting: list[Change] = []
        for change in changes:
            if change.item.identity in repairs and type(change.item) not in needed:
                outer = any(type(one.item) is change.item.inside for one in waiting)
                if outer or not self._take(change, now_s):
                    waiting.append(change)
        self.waiting = tuple(waiting)
        return tuple(one for one in changes if one not in waiting)

    def _take(self, change: Change, now_s: float) -> bool:
        known = self._objects.setdefault(change.item.identity, _Repaired(change, now_s, now_s))
        left = known.left_at(now_s)
        if left < 1:
            if not known.is_limited:
                known.is_limited = True
                self._begun.append(Contest(change, known.actor))
            return False
        known.change, known.left, known.at_s, known.touched_s = change, left - 1, now_s, now_s
        return True

    def hear(self, identity: Hashable, actor: str, now_s: float) -> bool:
        """Record that another program has changed an object. Returns whether its repair is delayed, so that no pass is
        needed now.
        """
        known = self._objects.get(identity)
        if known is None:
            return False
        known.touched_s = now_s
        if not known.actor or not actor.startswith("pid "):  # a name says more than the id of an ended process
            known.actor = actor or known.actor
        return known.is_limited and known.left_at(now_s) < 1

    def is_limited(self, change: Change) -> bool:
        """Whether this object is being contested."""
        known = self._objects.get(change.item.identity)
        return known is not None and known.is_limited

    def begun(self) -> tuple[Contest, ...]:
        """The contests that have begun since the last call."""
        begun, self._begun = tuple(self._begun), []
        return begun

    def over(self, now_s: float) -> tuple[Contest, ...]:
        """The contests that have ended since the last call."""
        ended = tuple(Contest(one.change, one.actor) for one in self._ended(now_s))
        known = self._objects.items()
        self._objects = {identity: one for identity, one in known if one.is_limited or one.left_at(now_s) < BURST}
        return ended

    def _ended(self, now_s: float) -> Iterator[_Repaired]:
        waiting = {one.item.identity for one in self.waiting}
        for identity, one in self._objects.items():
            if one.is_limited and identity not in waiting and now_s - one.touched_s >= QUIET_S:
                one.is_limited = False
                yield one

    def next_s(self, now_s: float) -> float:
        """When the next delayed repair is due; infinity: none is delayed."""
        known = (self._objects.get(one.item.identity) for one in self.waiting)
        waits = (
            now_s + REPAIR_EVERY_S * (1 - one.left_at(now_s))
            for one in known
            if one is not None and one.left_at(now_s) < 1
        )
        return min(waits, default=float("inf"))
