"""The Failover page: health checks, balancing and open connections, each in a form of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig
from app.service.preview import Preview
from app.web.access.authentication import SIGNED_IN
from app.web.forms.failover import CHECKS, SECTIONS, Section, changed, failover_form, failover_texts
from app.web.forms.fields import Form, with_errors, with_notes
from app.web.forms.typed import Row, TheForm, Typed
from app.web.pages.changes import facts_or_none, planned, save, warnings_about
from app.web.pages.edit_conflict import EditConflict, clash_labels, edit_conflict, merged, started_from
from app.web.pages.responses import PageContext, ThePage, is_htmx
from app.web.pages.run_check import run_check
from app.web.views.check_result import CheckResult

router = APIRouter(prefix="/failover", **SIGNED_IN)


def section_of(section: str) -> Section:
    """The section in a path. Raises HTTPException 404."""
    if section not in SECTIONS:
        raise HTTPException(404)
    return SECTIONS[section]


TheSection = Annotated[Section, Depends(section_of)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as the page shows it, and what was found out about what was typed."""

    section: Section
    form: Form
    plan: Preview | None = None
    conflict: EditConflict | None = None
    result: CheckResult | None = None


@router.get("")
def show(context: ThePage) -> Response:
    """Show all forms."""
    return _page(context, [_unchanged(context, one) for one in SECTIONS.values()])


@router.post("/test")
def test_check(context: ThePage, form: TheForm, row: Row) -> Response:
    """Run the check of one row once through every ISP."""
    gateways = [one for one in context.panel.configuration.head().config.gateways if one.enabled]
    found = run_check(context, form.values, row, gateways)
    if is_htmx(context.request):
        return context.fragment("parts/check_result.html", result=found)
    return _show(context, CHECKS, form.values, result=found)


@router.post("/{section}")
def change(context: ThePage, form: TheForm, section: TheSection) -> Response:
    """Save the form of one section."""
    texts = form.values
    if "more" in form:
        return _show(context, section, texts, blank=2)
    try:
        if "preview" in form:
            head = context.panel.configuration.head().config
            return _show(context, section, texts, plan=planned(context, head, changed(section, head, texts)))
        saved = save(
            context,
            lambda config: changed(section, config, texts),
            f"{section.title.lower()} changed",
            form.number("revision"),
            force="force" in form,
        )
    except InvalidConfig as error:
        return _show(context, section, texts, error)
    except Conflict:
        return _conflict(context, section, form)
    return context.saved("/failover", saved, at=section.name)


def _conflict(context: PageContext, section: Section, form: Typed) -> Response:
    head = context.panel.configuration.head()
    base = started_from(context, form.number("revision"), head)
    theirs = failover_texts(section, head.config.settings)
    both = merged(failover_texts(section, base.settings), form.values, theirs)
    shown = failover_form(section, both.texts, revision=head.number)
    found = edit_conflict(
        context, base, head, lambda config: changed(section, config, both.texts), clash_labels(both.clashes, shown)
    )
    return _show(context, section, both.texts, conflict=found, status=409)


def _unchanged(context: PageContext, section: Section) -> Shown:
    """A section as it is in force."""
    settings = context.panel.configuration.head().config.settings
    return Shown(section, _form(context, section, failover_texts(section, settings), blank=1))


def _form(context: PageContext, section: Section, texts: Mapping[str, str], *, blank: int) -> Form:
    head = context.panel.configuration.head()
    form = failover_form(section, texts, revision=head.number, blank=blank)
    # All warnings are about health checks.
    if not section.has_checks:
        return form
    facts = facts_or_none(context)
    return with_notes(
        form, warnings_about(head.config, lambda config: changed(section, config, texts), facts, "settings.failover")
    )


def _show(
    context: PageContext,
    section: Section,
    texts: Mapping[str, str],
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    blank: int = 1,
    plan: Preview | None = None,
    conflict: EditConflict | None = None,
    result: CheckResult | None = None,
) -> Response:
    """The form of a section as it was typed; without htmx the whole page."""
    form = _form(context, section, texts, blank=blank)
    if error is not None:
        form = with_errors(form, error.errors)
    shown = Shown(section, form, plan, conflict, result)
    code = 200 if error is None and conflict is None else status
    if is_htmx(context.request):
        return context.block("failover.html", "section", status=code, shown=shown)
    others = (shown if one is section else _unchanged(context, one) for one in SECTIONS.values())
    return _page(context, list(others), status=code)


def _page(context: PageContext, sections: Sequence[Shown], *, status: int = 200) -> Response:
    places = [(one.name, one.title) for one in SECTIONS.values()]
    return context.page("failover.html", status=status, places=places, sections=sections)
