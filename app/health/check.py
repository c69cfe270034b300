"""One check of a gateway: its targets, its quorum, and the sentence that says what is wrong with it."""

import math

from app.health.target import Target
from app.model.check import Check
from app.model.status import LayerStatus
from app.model.timing import Timing
from app.model.words import counted, joined


class CheckState:
    """A check with what its targets have answered; `quorum` of them must be good for the check to pass."""

    def __init__(self, check: Check, targets: tuple[Target, ...], timing: Timing) -> None:
        self.check = check
        self.targets = targets
        self.layer = check.layer
        self.quorum = check.needed
        self._timing = timing

    @property
    def passes(self) -> bool:
        """Enough targets are good."""
        return sum(target.ok is True for target in self.targets) >= self.quorum

    @property
    def fallen(self) -> tuple[Target, ...]:
        """The targets that have fallen and not risen again."""
        return tuple(target for target in self.targets if target.ok is False)

    @property
    def fails(self) -> bool:
        """So many targets have fallen that the rest cannot reach the quorum."""
        return self._too_many(len(self.fallen))

    @property
    def silent(self) -> bool:
        """It fails, and too few of its fallen targets have begun to answer again."""
        return self._too_many(sum(target.run == 0 for target in self.fallen))

    def _too_many(self, bad: int) -> bool:
        return bad > len(self.targets) - self.quorum

    def good_since_s(self) -> float:
        """Since when enough targets have answered without a miss; infinity while they do not."""
        since = sorted(math.inf if one.good_since_s is None else one.good_since_s for one in self.targets)
        return since[self.quorum - 1]

    def rises_in_s(self, now_s: float) -> float:
        """Seconds until enough targets have answered `rise` times in a row, should all go well; 0: they have.

        A target that is overdue right now owes one more answer: a gateway does not return on the word of a line that
        may have died since.
        """
        owed = sorted(max(self._timing.rise - one.run, int(one.suspect(now_s))) for one in self.targets)
        return max(0, owed[self.quorum - 1]) * self._timing.interval_s

    def complaint(self) -> str:
        """What is wrong, as a sentence: who does not answer, or what it says instead, and how often it was asked."""
        note = next((target.miss_note for target in self.fallen if target.miss_note), "")
        probes = counted(self._timing.fall, "probe")
        return self.check.complaint(joined(target.host for target in self.fallen), note, probes)

    def status(self) -> LayerStatus:
        """This check as one layer of its gateway: None before enough of it is known."""
        if self.fails:
            return LayerStatus(layer=self.layer, text=self.complaint(), ok=False)
        silent = f" (no reply from {joined(target.host for target in self.fallen)})" if self.fallen else ""
        return LayerStatus(layer=self.layer, text=self.check.describe() + silent, ok=True if self.passes else None)
