"""The last step of the first run: what every ISP is asked, tried at once through each of them.

Without a check only the cable is watched, and an ISP that is dead behind it would never be noticed.
"""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig
from app.model.config import Config, Gateway
from app.web.access.authentication import SIGNED_IN
from app.web.forms.doubts import doubts
from app.web.forms.fields import with_errors, with_notes
from app.web.forms.first_checks import first_check_form, first_check_texts, with_checks
from app.web.forms.typed import Row, TheForm
from app.web.pages.answers import Inside, TheInside, is_htmx
from app.web.pages.asking import asked
from app.web.pages.changes import changed_meanwhile, facts_or_none, save
from app.web.views.asked import Asked

router = APIRouter(prefix="/welcome/checks", **SIGNED_IN)


@router.get("")
def show(inside: TheInside) -> Response:
    """The form, filled in; without an ISP there is nothing to ask yet."""
    config = inside.panel.configuration.head().config
    return _show(inside, first_check_texts(config)) if config.gateways else inside.elsewhere("/welcome")


@router.post("")
def finish(inside: TheInside, form: TheForm) -> Response:
    """Save the checks."""
    texts = form.values
    if "more" in form:
        return _show(inside, texts, blank=1)
    try:
        saved = save(inside, lambda config: with_checks(config, texts), "first checks", form.number("revision"))
    except InvalidConfig as error:
        return _show(inside, texts, error)
    except Conflict:
        return _show(inside, texts, changed_meanwhile(inside.panel.configuration.head()), status=409)
    return inside.saved("/", saved)


@router.post("/test")
def ask_now(inside: TheInside, form: TheForm, row: Row) -> Response:
    """Run the check of one row once through every ISP."""
    found = asked(inside, form.values, row, _enabled(inside.panel.configuration.head().config))
    if is_htmx(inside.request):
        return inside.fragment("parts/asked.html", asked=found)
    return _show(inside, form.values, asked=found)


def _enabled(config: Config) -> list[Gateway]:
    return [one for one in config.gateways if one.enabled]


def _show(
    inside: Inside,
    texts: Mapping[str, str],
    error: InvalidConfig | None = None,
    *,
    status: int = 422,
    blank: int = 0,
    asked: Asked | None = None,
) -> Response:
    head = inside.panel.configuration.head()
    form = first_check_form(texts, revision=head.number, blank=blank)
    about = "settings.failover.checks"
    form = with_notes(form, doubts(head.config, lambda one: with_checks(one, texts), facts_or_none(inside), about))
    if error is not None:
        form = with_errors(form, error.errors)
    names = [one.name for one in _enabled(head.config)]
    code = 200 if error is None else status
    return inside.block("welcome_checks.html", "form", status=code, form=form, asked=asked, names=names)
