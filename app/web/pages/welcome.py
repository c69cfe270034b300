"""A step of the first run: what the machine's interfaces lead to. What the ISPs are asked comes after it."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import Conflict, InvalidConfig
from app.model.config import Config
from app.web.access.authentication import SIGNED_IN
from app.web.forms.fields import with_errors
from app.web.forms.typed import TheForm
from app.web.forms.welcome import guesses, placed, set_up, welcome_form
from app.web.pages.answers import Inside, TheInside
from app.web.pages.changes import changed_meanwhile, facts_of, facts_or_none, save

router = APIRouter(prefix="/welcome", **SIGNED_IN)


@router.get("")
def show(inside: TheInside) -> Response:
    """The form, filled in as far as the machine tells."""
    return _show(inside, guesses(inside.panel.configuration.head().config, facts_or_none(inside)))


@router.post("")
def finish(inside: TheInside, form: TheForm) -> Response:
    """Save what was chosen as one revision."""
    facts, made = facts_of(inside), Config()

    def edit(config: Config) -> Config:
        nonlocal made
        made = set_up(config, facts, form.values)
        return made

    try:
        saved = save(inside, edit, "first set-up", form.number("revision"))
    except InvalidConfig as error:
        return _show(inside, form.values, placed(error, made))
    except Conflict:
        return _show(inside, form.values, changed_meanwhile(inside.panel.configuration.head()), status=409)
    return inside.saved("/welcome/checks", saved)


def _show(
    inside: Inside, texts: Mapping[str, str], error: InvalidConfig | None = None, *, status: int = 422
) -> Response:
    head = inside.panel.configuration.head()
    shown = welcome_form(texts, head.config, facts_or_none(inside), head.number)
    form = shown.form if error is None else with_errors(shown.form, error.errors)
    return inside.block("welcome.html", "form", status=200 if error is None else status, form=form, rows=shown.rows)
