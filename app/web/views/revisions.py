"""The history of the configuration as lines: author, time, origin and outcome of each revision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.model.status import Status
from app.paths import StateDirectory
from app.service.revisions import revisions
from app.store.revisions import SavedRevision
from app.web.views.gateways import Mood

_PAGE_SIZE: Final = 50
_PLACES: Final = {
    "console": "on the console",
    "panel": "on the panel",
    "api": "by a program",
    "worker": "automatically",
}


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One revision. `fate`: confirmed, rolled back or replaced; `in_force`: installed in the kernel.

    `undo`: the revision that is restored to undo this one; None where there is nothing to undo.
    """

    number: int
    at: datetime
    note: str
    by: str
    mood: Mood
    fate: str
    in_force: bool
    undo: int | None = None


@dataclass(frozen=True, slots=True)
class RevisionsPage:
    """One page of the list, newest first. `older`: the number before which the next page begins, if there is one."""

    lines: tuple[RevisionLine, ...]
    older: int | None
    is_newest: bool


def revisions_page(home: StateDirectory, head: int, status: Status | None, before: int | None = None) -> RevisionsPage:
    """The newest revisions, or those before the revision `before`. Raises StoreUnavailable."""
    found = revisions(home, before=before, limit=_PAGE_SIZE + 1)
    lines = tuple(revision_line(one, head, status, undo=_before(one, found)) for one in found[:_PAGE_SIZE])
    return RevisionsPage(lines, found[_PAGE_SIZE - 1].number if len(found) > _PAGE_SIZE else None, before is None)


def revision_line(saved: SavedRevision, head: int, status: Status | None, *, undo: int | None) -> RevisionLine:
    """The line of one revision. `head`: the revision that a change starts from. `undo`: what undoes `saved`."""
    mood, fate = _fate(saved, head)
    return RevisionLine(
        number=saved.number,
        at=saved.at,
        note=saved.note,
        by=_by(saved),
        mood=mood,
        fate=fate,
        in_force=status is not None and status.in_force == saved.number,
        undo=undo if saved.number == head else None,
    )


def _before(saved: SavedRevision, found: tuple[SavedRevision, ...]) -> int | None:
    """The revision before this one, if it is still stored."""
    return next((one.number for one in found if one.number == saved.number - 1), None)


def _fate(saved: SavedRevision, head: int) -> tuple[Mood, str]:
    if saved.returned:
        return Mood.DOWN, "rolled back"
    if not saved.confirmed:
        # Not what the worker reports: it hears of a revision a moment later.
        return (Mood.UNKNOWN, "not confirmed yet") if saved.number == head else (Mood.OFF, "replaced")
    return Mood.UP, "confirmed"


def _by(saved: SavedRevision) -> str:
    words = [saved.author, _PLACES.get(saved.origin, saved.origin)]
    return " ".join([*words, f"from {saved.address}"] if saved.address else words)
