"""The history of the configuration as lines: author, time, origin and outcome of each revision."""

from dataclasses import dataclass
from datetime import datetime

from app.model.status import Status
from app.store.revisions import SavedRevision
from app.web.views.gateways import Mood

_PLACES = {"console": "on the console", "panel": "on the panel", "api": "by a program", "worker": "automatically"}


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One revision. `fate`: confirmed, rolled back or replaced; `in_force`: installed in the kernel."""

    number: int
    at: datetime
    note: str
    by: str
    mood: Mood
    fate: str
    in_force: bool


def revision_lines(found: tuple[SavedRevision, ...], status: Status | None) -> tuple[RevisionLine, ...]:
    """The lines of these revisions, in their order."""
    return tuple(_line(one, status) for one in found)


def _line(saved: SavedRevision, status: Status | None) -> RevisionLine:
    mood, fate = _fate(saved, status)
    return RevisionLine(
        number=saved.number,
        at=saved.at,
        note=saved.note,
        by=_by(saved),
        mood=mood,
        fate=fate,
        in_force=status is not None and status.in_force == saved.number,
    )


def _fate(saved: SavedRevision, status: Status | None) -> tuple[Mood, str]:
    if saved.returned:
        return Mood.DOWN, "rolled back"
    if not saved.confirmed:
        waits = status is not None and status.on_trial == saved.number
        return (Mood.UNKNOWN, "not confirmed yet") if waits else (Mood.OFF, "replaced")
    return Mood.UP, "confirmed"


def _by(saved: SavedRevision) -> str:
    words = [saved.author, _PLACES.get(saved.origin, saved.origin)]
    return " ".join([*words, f"from {saved.address}"] if saved.address else words)
