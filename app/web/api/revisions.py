"""/revisions: the history of the configuration, confirming the newest, restoring an old one."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request

from app.errors import InvalidConfig
from app.model.config import Config
from app.service import revisions as history
from app.store.revisions import SavedRevision
from app.web.access.authentication import API, TheCaller
from app.web.api.bodies import ChangeDocument, ConfirmBody, PlanDocument, RevisionPage
from app.web.api.saving import TheChange
from app.web.panel import Panel, ThePanel
from app.web.transport.connections import opened_s

router = APIRouter(prefix="/revisions", tags=["revisions"], **API)

Number = Annotated[int, Path(ge=1, le=10**9)]


@router.get("")
def revisions(
    panel: ThePanel,
    before: Annotated[int | None, Query(ge=1, le=10**9)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RevisionPage:
    """The newest revisions, or those before the revision `before`."""
    found = history.revisions(panel.home, before=before, limit=limit)
    older = found[-1].number if len(found) == limit and found[-1].number > 1 else None
    return RevisionPage(items=found, next=older)


@router.get("/{number}")
def revision(this: TheChange, number: Number) -> ChangeDocument:
    """The changes of one revision, field by field and in the kernel."""
    _require(this.panel, number)
    status = this.panel.link.status
    found = history.change(this.panel.home, number, this.facts, {} if status is None else status.verdicts())
    meant = None if found.meant is None else PlanDocument.of(found.meant)
    return ChangeDocument(revision=found.saved, before=found.before, meant=meant)


@router.post("/{number}/confirm", status_code=204)
def confirm(request: Request, panel: ThePanel, caller: TheCaller, number: Number, body: ConfirmBody) -> None:
    """Confirm the newest revision, with the key from the response to its save.

    The connection must be newer than the moment that the revision came into force: 409 with `Retry-After` says that it
    is not, and closes it.
    """
    panel.configuration.confirm(number, author=caller.author, key=body.key, opened_s=opened_s(request))


@router.post("/{number}/restore")
def restore(this: TheChange, number: Number) -> SavedRevision:
    """Save a new revision that is equal to this one."""
    old = _require(this.panel, number)
    saved = this.save(lambda _: old, f"revision {number} restored")
    newest = history.revisions(this.panel.home, before=saved.after.number + 1, limit=1)
    return newest[0]


def _require(panel: Panel, number: int) -> Config:
    try:
        return panel.configuration.revision(number).config
    except InvalidConfig as error:
        raise HTTPException(404, f"there is no revision {number}") from error
