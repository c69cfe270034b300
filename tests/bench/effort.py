"""How often each thing is done: in full, or just enough to see that the bench works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """`part` of the full number of runs (1: all of them)."""

    part: float = 1.0

    def runs(self, full: int) -> int:
        """How many of `full` runs are to be made; two at least."""
        return max(2, round(full * self.part))
