"""How the targets of an ISP's checks reply, as lines."""

from dataclasses import dataclass

from app.model.status import TargetStatus
from app.web.views import format as fmt
from app.web.views.gateways import Mood

_MOODS = {True: (Mood.UP, "replies"), False: (Mood.DOWN, "no reply"), None: (Mood.UNKNOWN, "unknown")}


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target of one check."""

    host: str
    check: str
    mood: Mood
    word: str
    note: str
    rtt: str
    loss: str


def target_lines(found: tuple[TargetStatus, ...]) -> tuple[TargetLine, ...]:
    """The lines of these targets, in their order."""
    return tuple(
        TargetLine(
            one.host, one.check, *_MOODS[one.ok], one.note, fmt.milliseconds(one.rtt_ms), fmt.percent(one.loss_percent)
        )
        for one in found
    )
