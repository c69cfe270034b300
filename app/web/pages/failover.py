"""What holds for all ISPs: how they are watched, how connections are dealt out, what happens when they fail."""

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
from app.web.pages.answers import Inside, TheInside, is_htmx
from app.web.pages.changes import facts_or_none, planned, save, warnings_about
from app.web.pages.edit_conflict import EditConflict, clash_labels, edit_conflict, started_from
from app.web.pages.run_check import run_check
from app.web.views.check_result import CheckResult

router = APIRouter(prefix="/failover", **SIGNED_IN)


@router.get("")
def show(inside: TheInside) -> Response:
    """The form."""
    return _show(inside, failover_texts(inside.panel.configuration.head().config.settings))


@router.post("")
def change(inside: TheInside, form: TheForm) -> Response:
    """Save the form."""
    texts = form.values
    if "more" in form:
        return _show(inside, texts, blank=2)
    try:
        if "preview" in form:
            head = inside.panel.configuration.head().config
            return _show(inside, texts, plan=planned(inside, head, changed(head, texts)))
        saved = save(inside, lambda config: changed(config, texts), "failover changed", form.number("revision"))
    except InvalidConfig as error:
        return _show(inside, texts, error)
    except Conflict:
        return _changed_meanwhile(inside, form)
    return inside.saved("/failover", saved)


@router.post("/test")
def test_check(inside: TheInside, form: TheForm, row: Row) -> Response:
    """Run the check of one row once through every ISP."""
    gateways = [one for one in inside.panel.configuration.head().config.gateways if one.enabled]
    found = run_check(inside, form.values, row, gateways)
    if is_htmx(inside.request):
        return inside.fragment("parts/check_result.html", result=found)
    return _show(inside, form.values, result=found)


def _changed_meanwhile(inside: Inside, form: Typed) -> Response:
    head = inside.panel.configuration.head()
    base = started_from(inside, form.number("revision"), head)
    both = merged(failover_texts(base.settings), form.values, failover_texts(head.config.settings))
    shown = failover_form(both.texts, revision=head.number)
    found = edit_conflict(
        inside, base, head, lambda config: changed(config, both.texts), clash_labels(both.clashes, shown)
    )
    return _show(inside, both.texts, conflict=found, status=409)


def _show(
    inside: Inside,
    texts: Mapping[str, str],
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    blank: int = 1,
    plan: Preview | None = None,
    conflict: EditConflict | None = None,
    result: CheckResult | None = None,
) -> Response:
    head = inside.panel.configuration.head()
    form = failover_form(texts, revision=head.number, blank=blank)
    found = warnings_about(
        head.config, lambda config: changed(config, texts), facts_or_none(inside), "settings.failover"
    )
    form = with_notes(form, found)
    if error is not None:
        form = with_errors(form, error.errors)
    code = 200 if error is None and conflict is None else status
    return inside.block("failover.html", "form", status=code, form=form, plan=plan, conflict=conflict, result=result)
