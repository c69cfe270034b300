"""The history of the configuration: changes of each revision, confirmation, restore."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig, TooEarly
from app.service import revisions as history
from app.service.check_trials import ChecksFail
from app.service.preview import Preview
from app.store.reader import Revision
from app.web.access.authentication import SIGNED_IN
from app.web.forms.typed import TheForm
from app.web.live.fragments import snapshot_of_head
from app.web.pages.changes import facts_of, facts_or_none, keeping, planned
from app.web.pages.responses import PageContext, ThePage, is_htmx
from app.web.transport.connections import opened_s
from app.web.views.revisions import revision_line, revisions_page

router = APIRouter(prefix="/revisions", **SIGNED_IN)

_MOST_DIGITS = 10**9


@router.get("")
def show(context: ThePage, before: int | None = None) -> Response:
    """One page of the list, newest first."""
    known = snapshot_of_head(context.panel)
    wanted = None if before is None or not 0 < before < _MOST_DIGITS else before
    page = revisions_page(context.panel.home, known.head.number, known.status, wanted)
    return context.page("revisions.html", known=known, revisions=page)


@router.get("/{number}")
def show_one(context: ThePage, number: int) -> Response:
    """The changes of one revision."""
    return _show(context, number)


@router.post("/{number}/confirm")
def confirm(context: ThePage, request: Request, number: int) -> Response:
    """Confirm the newest revision; the connection must be newer than the change."""
    panel, visitor = context.panel, context.visitor
    try:
        panel.configuration.confirm(
            number,
            author=visitor.author,
            session=visitor.session.id,
            key=request.cookies.get(panel.keep_cookie(number)),
            opened_s=opened_s(request),
        )
    except TooEarly as error:
        answer = (
            # For a script, which tries again; a 4xx would be an error in the browser's console.
            Response(status_code=202, headers={"Retry-After": "1"})
            if is_htmx(request)
            else context.page("keep.html", status=409, why=str(error), number=number)
        )
        # The next try has to come over a new connection, so this one ends here.
        answer.headers["Connection"] = "close"
        return answer
    except Conflict as error:
        if not is_htmx(request) or error.newest is None:
            raise
        # Saved again meanwhile: the newer revision is confirmed by itself. Nothing that belongs in a browser's console.
        return Response(status_code=202)
    return Response(status_code=204) if is_htmx(request) else context.elsewhere(f"/?kept={number}")


@router.post("/{number}/restore")
def restore(context: ThePage, number: int, form: TheForm) -> Response:
    """Save a new revision equal to this one, or show its preview."""
    old = _known(context, number).config
    if "preview" in form:
        head = context.panel.configuration.head()
        return _show(context, number, planned(context, head.config, old))
    facts = facts_of(context)
    expected = form.number("revision") or None
    try:
        saved = context.panel.configuration.restore(
            number,
            facts=facts,
            author=context.visitor.author,
            expected=expected,
            confirm=keeping(context, facts),
            force="force" in form,
        )
    except ChecksFail:
        return _show(context, number, planned(context, context.panel.configuration.head().config, old), status=422)
    except InvalidConfig as error:
        return _show(context, number, trouble=str(error), status=422)
    except Conflict as error:
        return _show(context, number, trouble=f"{str(error)[:1].upper()}{str(error)[1:]}. Look again.", status=409)
    return context.saved("/revisions", saved)


def _known(context: PageContext, number: int) -> Revision:
    try:
        return context.panel.configuration.revision(number if 0 < number < _MOST_DIGITS else -1)
    except InvalidConfig as error:
        raise HTTPException(404, f"No revision {number}; the last {history.MOST} are stored.") from error


def _show(
    context: PageContext, number: int, plan: Preview | None = None, *, trouble: str = "", status: int = 200
) -> Response:
    known = snapshot_of_head(context.panel)
    verdicts = {} if known.status is None else known.status.verdicts()
    old = _known(context, number)
    change = history.change(context.panel.home, number, facts_or_none(context), verdicts)
    return context.page(
        "revision.html",
        known=known,
        status=status,
        line=revision_line(change.saved, known.head.number, known.status, undo=change.before or None),
        change=change,
        plan=plan,
        trouble=trouble,
        head=known.head.number,
        is_head=old.config == known.config,
    )
