"""The failover page: health checks, balancing and failover of all ISPs."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig
from app.service.preview import Preview
from app.web.access.authentication import SIGNED_IN
from app.web.forms.failover import changed, failover_form, failover_texts
from app.web.forms.fields import with_errors, with_notes
from app.web.forms.merging import merged
from app.web.forms.typed import Row, TheForm, Typed
from app.web.pages.changes import facts_or_none, planned, save, warnings_about
from app.web.pages.edit_conflict import EditConflict, clash_labels, edit_conflict, started_from
from app.web.pages.responses import PageContext, ThePage, is_htmx
from app.web.pages.run_check import run_check
from app.web.views.check_result import CheckResult

router = APIRouter(prefix="/failover", **SIGNED_IN)


@router.get("")
def show(context: ThePage) -> Response:
    """Show the form."""
    return _show(context, failover_texts(context.panel.configuration.head().config.settings))


@router.post("")
def change(context: ThePage, form: TheForm) -> Response:
    """Save the form."""
    texts = form.values
    if "more" in form:
        return _show(context, texts, blank=2)
    try:
        if "preview" in form:
            head = context.panel.configuration.head().config
            return _show(context, texts, plan=planned(context, head, changed(head, texts)))
        saved = save(
            context,
            lambda config: changed(config, texts),
            "failover changed",
            form.number("revision"),
            force="force" in form,
        )
    except InvalidConfig as error:
        return _show(context, texts, error)
    except Conflict:
        return _conflict(context, form)
    return context.saved("/failover", saved)


@router.post("/test")
def test_check(context: ThePage, form: TheForm, row: Row) -> Response:
    """Run the check of one row once through every ISP."""
    gateways = [one for one in context.panel.configuration.head().config.gateways if one.enabled]
    found = run_check(context, form.values, row, gateways)
    if is_htmx(context.request):
        return context.fragment("parts/check_result.html", result=found)
    return _show(context, form.values, result=found)


def _conflict(context: PageContext, form: Typed) -> Response:
    head = context.panel.configuration.head()
    base = started_from(context, form.number("revision"), head)
    both = merged(failover_texts(base.settings), form.values, failover_texts(head.config.settings))
    shown = failover_form(both.texts, revision=head.number)
    found = edit_conflict(
        context, base, head, lambda config: changed(config, both.texts), clash_labels(both.clashes, shown)
    )
    return _show(context, both.texts, conflict=found, status=409)


def _show(
    context: PageContext,
    texts: Mapping[str, str],
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    blank: int = 1,
    plan: Preview | None = None,
    conflict: EditConflict | None = None,
    result: CheckResult | None = None,
) -> Response:
    head = context.panel.configuration.head()
    form = failover_form(texts, revision=head.number, blank=blank)
    found = warnings_about(
        head.config, lambda config: changed(config, texts), facts_or_none(context), "settings.failover"
    )
    form = with_notes(form, found)
    if error is not None:
        form = with_errors(form, error.errors)
    code = 200 if error is None and conflict is None else status
    return context.block("failover.html", "form", status=code, form=form, plan=plan, conflict=conflict, result=result)
