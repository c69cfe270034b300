"""The initial health of a gateway. A restart of the worker moves no flow, so earlier verdicts count."""

from dataclasses import dataclass

from app.model.probing import Moment
from app.model.verdict import State, Verdict

NOT_ASKED = "not probed yet"
WAS_IN_USE = "in use before, not probed yet"

# Verdicts older than this are not used. It is longer than the worker's interval between two writes (worker/history.py).
# The first replies correct a stale verdict: a gateway that has recovered since waits for its hold-down, one that has
# died since is detected like any other.
BELIEVED_S = 360.0


@dataclass(frozen=True, slots=True)
class Remembered:
    """A verdict that was published `age_s` seconds ago in the boot `boot_id`."""

    verdict: Verdict
    boot_id: str
    age_s: float


def first_verdict(remembered: Remembered | None, boot_id: str, *, in_use: bool, now: Moment) -> Verdict:
    """The verdict to start from: a fresh one of this boot is kept; otherwise `unknown`, and a gateway in use stays in
    use.

    Checks that were unproven remain so. `in_use`: the balanced table already has the gateway. If not, the gateway gets
    no traffic until its first reply.
    """
    if remembered and is_believed(remembered, boot_id):
        return remembered.verdict
    reason = WAS_IN_USE if in_use else NOT_ASKED
    unproven = remembered.verdict.unproven if remembered else ()
    return Verdict(state=State.UNKNOWN, reason=reason, since=now.wall, carries=in_use, unproven=unproven)


def is_believed(remembered: Remembered, boot_id: str) -> bool:
    """Whether the verdict still counts: it is recent enough and of this boot."""
    return remembered.boot_id == boot_id and 0 <= remembered.age_s < BELIEVED_S
