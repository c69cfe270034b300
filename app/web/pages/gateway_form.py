"""Adding and editing an ISP."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import Conflict, FieldError, InvalidConfig
from app.model.config import Config
from app.service.configuration import Edit
from app.service.edits.gateways import add_gateway, added_gateway, change_gateway
from app.service.fields import Fields
from app.service.preview import Preview
from app.web.access.authentication import SIGNED_IN
from app.web.forms.fields import with_errors, with_notes
from app.web.forms.gateway import (
    ADVANCED,
    GatewayForm,
    gateway_form,
    gateway_texts,
    gateway_values,
    weight_part,
)
from app.web.forms.typed import Row, TheForm, Typed
from app.web.pages.changes import facts_of, facts_or_none, planned, save, warnings_about
from app.web.pages.edit_conflict import (
    EditConflict,
    RemovedIsp,
    clash_labels,
    edit_conflict,
    merged,
    removed_isp,
    started_from,
)
from app.web.pages.gateways import configured
from app.web.pages.responses import PageContext, ThePage, is_htmx
from app.web.pages.run_check import run_check
from app.web.views import format as fmt
from app.web.views.check_result import CheckResult

router = APIRouter(prefix="/isps", **SIGNED_IN)


@router.get("/new")
def new(context: ThePage) -> Response:
    """The empty form."""
    return _show(context, gateway_texts(None), None)


@router.post("/new")
def add(context: ThePage, form: TheForm) -> Response:
    """Add an ISP."""
    facts = facts_of(context)
    return _save(context, form, None, lambda config, fields: add_gateway(config, facts, fields))


@router.get("/{number}")
def edit(context: ThePage, number: int) -> Response:
    """The form of one ISP."""
    return _show(context, gateway_texts(configured(context, number)), number)


@router.post("/{number}")
def change(context: ThePage, number: int, form: TheForm) -> Response:
    """Save the form of one ISP."""
    if context.panel.configuration.head().config.gateway(number) is None:
        gone = removed_isp(context, form.number("revision"), number)
        if gone is not None:
            return _show(context, form.values, None, removed=gone, status=409)
        configured(context, number)  # answers 404
    return _save(context, form, number, lambda config, fields: change_gateway(config, number, fields))


@router.post("/{number}/test")
def test_check(context: ThePage, number: int, form: TheForm, row: Row) -> Response:
    """Run the check of one row once through this ISP."""
    found = run_check(context, form.values, row, (configured(context, number),))
    if is_htmx(context.request):
        return context.fragment("parts/check_result.html", result=found)
    return _show(context, form.values, number, result=found)


def _save(context: PageContext, form: Typed, number: int | None, edit: Callable[[Config, Fields], Config]) -> Response:
    texts = form.values
    if "more" in form:
        return _show(context, texts, number, blank=2)
    fields = gateway_values(texts)
    if "preview" in form:
        return _preview(context, texts, number, lambda config: edit(config, fields))
    note = _added if number is None else f"{fmt.called('ISP', form['name'] or str(number))} changed"
    try:
        saved = save(context, lambda config: edit(config, fields), note, form.number("revision"), force="force" in form)
    except InvalidConfig as error:
        return _show(context, texts, number, error)
    except Conflict:
        return _conflict(context, form, number, edit)
    return context.saved("/isps", saved)


def _added(before: Config, after: Config) -> str:
    return f"{fmt.called('ISP', added_gateway(before, after).name)} added"


def _preview(context: PageContext, texts: Mapping[str, str], number: int | None, edit: Edit) -> Response:
    head = context.panel.configuration.head().config
    try:
        return _show(context, texts, number, plan=planned(context, head, edit(head)))
    except InvalidConfig as error:
        return _show(context, texts, number, error)


def _conflict(
    context: PageContext, form: Typed, number: int | None, edit: Callable[[Config, Fields], Config]
) -> Response:
    head = context.panel.configuration.head()
    base = started_from(context, form.number("revision"), head)
    before, after = (gateway_texts(None if number is None else one.gateway(number)) for one in (base, head.config))
    both = merged(before, form.values, after)
    fields = gateway_values(both.texts)
    shown = gateway_form(both.texts, head.config, facts_or_none(context), number=number, revision=head.number)
    found = edit_conflict(context, base, head, lambda config: edit(config, fields), clash_labels(both.clashes, shown))
    return _show(context, both.texts, number, conflict=found, status=409)


def _show(
    context: PageContext,
    texts: Mapping[str, str],
    number: int | None,
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    blank: int = 1,
    plan: Preview | None = None,
    conflict: EditConflict | None = None,
    removed: RemovedIsp | None = None,
    result: CheckResult | None = None,
) -> Response:
    head = context.panel.configuration.head()
    config = head.config
    form = gateway_form(texts, config, facts_or_none(context), number=number, revision=head.number, blank=blank)
    form = with_notes(form, _warnings(context, config, texts, number))
    if error is not None:
        form = with_errors(form, error.errors)
    others, part = weight_part(texts, config, number)
    shown = GatewayForm(
        form=form,
        number=number,
        others_weight=others,
        part=part,
        checks_for_all=tuple(one.describe() for one in config.settings.failover.checks),
        advanced_open=form.has_error_in(*ADVANCED),
    )
    code = 200 if error is None and conflict is None and removed is None else status
    return context.block(
        "gateway_form.html", "form", status=code, page=shown, plan=plan, conflict=conflict, removed=removed,
        result=result,
    )  # fmt: skip


def _warnings(
    context: PageContext, config: Config, texts: Mapping[str, str], number: int | None
) -> tuple[FieldError, ...]:
    """Warnings about the health checks of an existing ISP."""
    if number is None:
        return ()
    fields = gateway_values(texts)
    return warnings_about(
        config, lambda one: change_gateway(one, number, fields), facts_or_none(context), f"gateways.{number}"
    )
