"""The initial health of a gateway. A restart of the worker moves no flow, so earlier verdicts count."""

from dataclasses import dataclass

from app.model.probing import Moment
from app.model.verdict import State, Verdict

NOT_ASKED = "not probed yet"
WAS_IN_USE = "in use before, not probed yet"

# Older than this, a verdict says nothing about now. It is more than the worker lets pass before it writes them again
# (worker/history.py). What is wrong about an old one comes out with the first answers: a gateway that was up meanwhile
# waits for its hold, one that has died since is found dead as any other.
BELIEVED_S = 360.0


@dataclass(frozen=True, slots=True)
class Remembered:
    """A verdict that was published `age_s` seconds ago in the boot `boot_id`."""

    verdict: Verdict
    boot_id: str
    age_s: float


def first_verdict(remembered: Remembered | None, boot_id: str, *, in_use: bool, now: Moment) -> Verdict:
    """The verdict to start from: a fresh one of this boot as it was; else `unknown`, and what is in use stays so.

    `in_use`: the balanced table holds the gateway already. Without that it takes no traffic until its first answer.
    """
    if remembered and is_believed(remembered, boot_id):
        return remembered.verdict
    reason = WAS_IN_USE if in_use else NOT_ASKED
    return Verdict(state=State.UNKNOWN, reason=reason, since=now.wall, carries=in_use)


def is_believed(remembered: Remembered, boot_id: str) -> bool:
    """Whether such a verdict still says something: it is fresh, and of this boot."""
    return remembered.boot_id == boot_id and 0 <= remembered.age_s < BELIEVED_S
