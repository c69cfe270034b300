"""One check of a gateway: its targets, its quorum, and the sentence that says why it fails."""

import math

from app.health.target import Target
from app.model.check import Check
from app.model.status import LayerStatus
from app.model.timing import Timing
from app.model.words import counted, joined


class CheckState:
    """A check with the state of its targets; at least `quorum` of them must be good for the check to pass."""

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
        """The targets that are down: `fall` losses in a row, and not yet `rise` replies since."""
        return tuple(target for target in self.targets if target.ok is False)

    @property
    def fails(self) -> bool:
        """Whether so many targets are down that the others cannot reach the quorum."""
        return self._too_many(len(self.fallen))

    @property
    def silent(self) -> bool:
        """Whether the check fails and too few of the targets that are down have begun to reply again."""
        return self._too_many(sum(target.run == 0 for target in self.fallen))

    def _too_many(self, bad: int) -> bool:
        return bad > len(self.targets) - self.quorum

    def good_since_s(self) -> float:
        """Since when `quorum` targets have replied without a loss; infinity while they do not."""
        since = sorted(math.inf if one.good_since_s is None else one.good_since_s for one in self.targets)
        return since[self.quorum - 1]

    def rises_in_s(self, now_s: float) -> float:
        """Seconds until `quorum` targets have `rise` replies in a row, if none is lost; 0: they have them.

        A target whose reply is overdue needs one more: the line may have died again since its last reply.
        """
        owed = sorted(max(self._timing.rise - one.run, int(one.suspect(now_s))) for one in self.targets)
        return max(0, owed[self.quorum - 1]) * self._timing.interval_s

    def complaint(self) -> str:
        """Why the check fails, as a sentence: which targets do not reply, or their ICMP error, and the number of
        probes.
        """
        note = next((target.miss_note for target in self.fallen if target.miss_note), "")
        probes = counted(self._timing.fall, "probe")
        return self.check.complaint(joined(target.host for target in self.fallen), note, probes)

    def status(self, *, counts: bool = True) -> LayerStatus:
        """This check as one layer of its gateway; its `ok` is None until the result is known.

        Not `counts`: it is unproven (see app/health/unproven.py).
        """
        if not counts:
            text = f"{self.check.describe()}: no reply so far; not counted before the first one"
            return LayerStatus(layer=self.layer, text=text, ok=None)
        if self.fails:
            return LayerStatus(layer=self.layer, text=self.complaint(), ok=False)
        silent = f" (no reply from {joined(target.host for target in self.fallen)})" if self.fallen else ""
        return LayerStatus(layer=self.layer, text=self.check.describe() + silent, ok=True if self.passes else None)
