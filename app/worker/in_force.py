"""The revision in force: the newest one that was applied without a refusal that it caused."""

from collections.abc import Callable, Collection, Hashable

from app.model.events.kinds import RevisionInForce
from app.store.reader import Revision
from app.worker import clock
from app.worker.memory import Memory


class InForce:
    """Decides whether a revision is in force. `tell` is called for each revision that newly comes into force."""

    def __init__(self, memory: Memory, tell: Callable[[RevisionInForce], None]) -> None:
        self._memory = memory
        self._tell = tell
        self._standing: frozenset[Hashable] = frozenset()

    @property
    def number(self) -> int:
        """The revision in force; 0 before the first."""
        return 0 if self._memory.in_force is None else self._memory.in_force.number

    def is_refused(self, revision: Revision, refusals: Collection[Hashable]) -> bool:
        """Whether this revision caused the refusal of one of these objects.

        Refusals from before the revision do not count: with a routing table filled by another program, for example, no
        change would ever come into force. A revision that was in force before, or is restored by a rollback, stays.
        """
        known = self._memory.in_force
        is_new = known is None or revision.number > known.number
        return is_new and not self._standing.issuperset(refusals)

    def judge(self, revision: Revision, refusals: Collection[Hashable]) -> bool:
        """Record this revision as in force unless it is refused. Returns whether it is in force."""
        if self.is_refused(revision, refusals):
            return False
        self._standing = frozenset(refusals)
        # The rollback itself logs the return to an earlier revision.
        if revision.number > self.number:
            self._tell(RevisionInForce(revision.number))
        self._memory.remember_in_force(revision, clock.now().wall)
        return True
