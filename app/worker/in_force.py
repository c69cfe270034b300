"""Which revision the kernel holds: the newest one that was applied without a refusal that is its own."""

from collections.abc import Callable, Collection, Hashable

from app.model.events.kinds import RevisionInForce
from app.store.reader import Revision
from app.worker import clock
from app.worker.memory import Memory


class InForce:
    """Judges what a revision came to. `tell` hears of every revision that comes into force anew."""

    def __init__(self, memory: Memory, tell: Callable[[RevisionInForce], None]) -> None:
        self._memory = memory
        self._tell = tell
        self._standing: frozenset[Hashable] = frozenset()

    @property
    def number(self) -> int:
        """The revision in force; 0 before there was one."""
        return 0 if self._memory.in_force is None else self._memory.in_force.number

    def is_refused(self, revision: Revision, refusals: Collection[Hashable]) -> bool:
        """Whether this revision is the reason for the refusal of one of these objects.

        What was refused before it came is not its fault: with a routing table in a stranger's hands, say, no change
        would ever come into force. A revision that was in force already, or that is gone back to, stays.
        """
        known = self._memory.in_force
        is_new = known is None or revision.number > known.number
        return is_new and not self._standing.issuperset(refusals)

    def judge(self, revision: Revision, refusals: Collection[Hashable]) -> bool:
        """Note this revision as in force, unless it is refused. Returns whether it is in force."""
        if self.is_refused(revision, refusals):
            return False
        self._standing = frozenset(refusals)
        # Going back is told by whoever gave the newer one back.
        if revision.number > self.number:
            self._tell(RevisionInForce(revision.number))
        self._memory.remember_in_force(revision, clock.now().wall)
        return True
