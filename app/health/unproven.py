"""Checks that no target has replied to since they were set: they do not count while the gateway works without them.

A check whose target is mistyped or filtered never passes. It would take a working ISP down moments after it was saved.
"""

from collections.abc import Collection, Iterable

from app.health.check import CheckState
from app.model.check import Check


class Unproven:
    """The unproven checks of one gateway, in the words of `Check.describe`."""

    def __init__(self, names: Iterable[str]) -> None:
        """`names`: what an earlier worker left unproven."""
        self._names = set(names)
        self._set: frozenset[str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The unproven checks, sorted."""
        return tuple(sorted(self._names))

    def configure(self, checks: Collection[Check], *, works: bool, strict: bool) -> None:
        """Take the checks that are set now. `works`: the gateway carries traffic, so a new check is unproven.

        `strict`: every check counts at once. The first call takes what was set before: by an earlier worker, or with
        the gateway itself.
        """
        names = frozenset(check.describe() for check in checks)
        if self._set is not None and works:
            self._names |= names - self._set
        self._names = set() if strict else self._names & names
        self._set = names

    def hear(self, checks: Iterable[CheckState]) -> None:
        """Count a check from the first reply of one of its targets on; what was lost before it does not count."""
        for one in checks if self._names else ():
            name = one.check.describe()
            if name in self._names and any(target.good_since_s is not None for target in one.targets):
                self._names.discard(name)
                for target in one.targets:
                    target.forgive()

    def counts(self, check: Check) -> bool:
        """Whether this check decides about its gateway."""
        return not self._names or check.describe() not in self._names
