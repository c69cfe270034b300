"""The setup pages after the first login: assign the network ports, then the first health checks.

Without a health check only the link is watched, and a failure behind it goes unnoticed.
"""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig
from app.model.config import Config, Gateway
from app.web.access.authentication import SIGNED_IN
from app.web.forms.fields import with_errors, with_notes
from app.web.forms.typed import Row, TheForm
from app.web.forms.welcome import (
    first_check_form,
    first_check_texts,
    guesses,
    placed,
    set_up,
    welcome_form,
    with_checks,
)
from app.web.pages.changes import facts_of, facts_or_none, save, stale_form, warnings_about
from app.web.pages.guard import ask, asked
from app.web.pages.responses import PageContext, ThePage, is_htmx
from app.web.pages.run_check import run_check
from app.web.views.check_result import CheckResult

router = APIRouter(prefix="/welcome", **SIGNED_IN)


@router.get("")
def show(context: ThePage) -> Response:
    """The form of the network ports, filled in from what the machine shows."""
    return _show(context, guesses(context.panel.configuration.head().config, facts_or_none(context)))


@router.post("")
def finish(context: ThePage, form: TheForm) -> Response:
    """Save all ports as one revision."""
    facts, made = facts_of(context), Config()

    def edit(config: Config) -> Config:
        nonlocal made
        made = set_up(config, facts, form.values)
        ask(context, config, made, form["sure"])
        return made

    try:
        saved = save(context, edit, "first setup", form.number("revision"))
    except InvalidConfig as error:
        return _show(context, form.values, placed(error, made))
    except Conflict:
        return _show(context, form.values, stale_form(context.panel.configuration.head()), status=409)
    return context.saved("/welcome/checks", saved)


def _show(
    context: PageContext, texts: Mapping[str, str], error: InvalidConfig | None = None, *, status: int = 422
) -> Response:
    head = context.panel.configuration.head()
    shown = welcome_form(texts, head.config, facts_or_none(context), head.number)
    form = shown.form if error is None else with_errors(shown.form, error.errors)
    return context.block(
        "welcome.html", "form", status=200 if error is None else status, form=form, rows=shown.rows, sure=asked(error)
    )


@router.get("/checks")
def show_checks(context: ThePage) -> Response:
    """The form of the first health checks; without an ISP there is nothing to check yet."""
    config = context.panel.configuration.head().config
    return _show_checks(context, first_check_texts(config)) if config.gateways else context.elsewhere("/welcome")


@router.post("/checks")
def finish_checks(context: ThePage, form: TheForm) -> Response:
    """Save the first health checks."""
    texts = form.values
    if "more" in form:
        return _show_checks(context, texts, blank=1)
    try:
        saved = save(
            context,
            lambda config: with_checks(config, texts),
            "first checks",
            form.number("revision"),
            force="force" in form,
        )
    except InvalidConfig as error:
        return _show_checks(context, texts, error)
    except Conflict:
        return _show_checks(context, texts, stale_form(context.panel.configuration.head()), status=409)
    return context.saved("/", saved)


@router.post("/checks/test")
def test_check(context: ThePage, form: TheForm, row: Row) -> Response:
    """Run the check of one row once through every ISP."""
    found = run_check(context, form.values, row, _enabled(context.panel.configuration.head().config))
    if is_htmx(context.request):
        return context.fragment("parts/check_result.html", result=found)
    return _show_checks(context, form.values, result=found)


def _enabled(config: Config) -> list[Gateway]:
    return [one for one in config.gateways if one.enabled]


def _show_checks(
    context: PageContext,
    texts: Mapping[str, str],
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    blank: int = 0,
    result: CheckResult | None = None,
) -> Response:
    head = context.panel.configuration.head()
    form = first_check_form(texts, revision=head.number, blank=blank)
    about = "settings.failover.checks"
    form = with_notes(
        form, warnings_about(head.config, lambda one: with_checks(one, texts), facts_or_none(context), about)
    )
    if error is not None:
        form = with_errors(form, error.errors)
    names = [one.name for one in _enabled(head.config)]
    code = 200 if error is None else status
    return context.block("welcome_checks.html", "form", status=code, form=form, result=result, names=names)
