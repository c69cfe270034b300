"""Adding and editing a traffic rule."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import Conflict, FieldError, InvalidConfig
from app.model.config import Config
from app.service.configuration import Edit
from app.service.edits.rules import added_rule, free_number
from app.service.preview import Preview
from app.web.access.authentication import SIGNED_IN
from app.web.forms.fields import Form, with_errors, with_notes
from app.web.forms.rule import ADVANCED, rule_added, rule_changed, rule_form, rule_texts, under_their_fields
from app.web.forms.typed import TheForm, Typed
from app.web.pages.changes import facts_or_none, planned, save, warnings_about
from app.web.pages.edit_conflict import EditConflict, clash_labels, edit_conflict, merged, started_from
from app.web.pages.responses import PageContext, ThePage
from app.web.pages.rules import configured
from app.web.views import format as fmt

router = APIRouter(prefix="/rules", **SIGNED_IN)

_REMOVED = FieldError(
    "",
    "This rule was removed in the meantime. What you typed is still in the form: Add rule creates a new rule from it.",
)


@router.get("/new")
def new(context: ThePage) -> Response:
    """The empty form."""
    return _show(context, rule_texts(None, context.panel.configuration.head().config), None)


@router.post("/new")
def add(context: ThePage, form: TheForm) -> Response:
    """Add a rule."""
    return _save(context, form, None)


@router.get("/{number}")
def edit(context: ThePage, number: int) -> Response:
    """The form of one rule."""
    return _show(context, rule_texts(configured(context, number), context.panel.configuration.head().config), number)


@router.post("/{number}")
def change(context: ThePage, number: int, form: TheForm) -> Response:
    """Save the form of one rule."""
    head = context.panel.configuration.head()
    if head.config.rule(number) is None:
        base = started_from(context, form.number("revision"), head)
        if base.rule(number) is not None:
            return _show(context, {**form.values, "place": ""}, None, InvalidConfig(_REMOVED), status=409)
        configured(context, number)  # answers 404
    return _save(context, form, number)


def _edit(texts: Mapping[str, str], number: int | None) -> Edit:
    if number is None:
        return lambda config: rule_added(config, texts)
    return lambda config: rule_changed(config, number, texts)


def _save(context: PageContext, form: Typed, number: int | None) -> Response:
    texts, edit = form.values, _edit(form.values, number)
    note = _added if number is None else f"{fmt.called('rule', form['name'] or str(number))} changed"
    try:
        if "preview" in form:
            head = context.panel.configuration.head().config
            return _show(context, texts, number, plan=planned(context, head, edit(head)))
        saved = save(context, edit, note, form.number("revision"))
    except InvalidConfig as error:
        return _show(context, texts, number, error)
    except Conflict:
        return _conflict(context, form, number)
    return context.saved("/rules", saved)


def _added(before: Config, after: Config) -> str:
    return f"{fmt.called('rule', added_rule(before, after).name)} added"


def _conflict(context: PageContext, form: Typed, number: int | None) -> Response:
    head = context.panel.configuration.head()
    base = started_from(context, form.number("revision"), head)
    before, after = (rule_texts(None if number is None else one.rule(number), one) for one in (base, head.config))
    both = merged(before, form.values, after)
    shown = rule_form(both.texts, head.config, facts_or_none(context), revision=head.number)
    found = edit_conflict(context, base, head, _edit(both.texts, number), clash_labels(both.clashes, shown))
    return _show(context, both.texts, number, conflict=found, status=409)


def _show(
    context: PageContext,
    texts: Mapping[str, str],
    number: int | None,
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    plan: Preview | None = None,
    conflict: EditConflict | None = None,
) -> Response:
    head = context.panel.configuration.head()
    facts = facts_or_none(context)
    form = rule_form(texts, head.config, facts, revision=head.number)
    about = f"rules.{free_number(head.config) if number is None else number}"
    form = with_notes(form, under_their_fields(warnings_about(head.config, _edit(texts, number), facts, about)))
    if error is not None:
        form = with_errors(form, under_their_fields(error.errors))
    return context.block(
        "rule_form.html", "form", status=200 if error is None and conflict is None else status,
        form=form, number=number, advanced_open=_is_advanced(form) or form.has_error_in(ADVANCED),
        has_isps=bool(head.config.gateways), plan=plan, conflict=conflict,
    )  # fmt: skip


def _is_advanced(form: Form) -> bool:
    """Whether a field of the collapsed part is set."""
    return any(one.value.strip() for one in form.group(ADVANCED) if one.name != "place")
