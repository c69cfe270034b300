"""The colours: light, dark, or the system's. A cookie, because they belong to a screen and not to a person."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from app.web.access.authentication import EVERYBODY
from app.web.forms.typed import TheForm
from app.web.pages.answers import THEME_COOKIE, local_path
from app.web.rendering.templating import THEMES

router = APIRouter(**EVERYBODY)

_YEAR_S = 365 * 24 * 3600


@router.post("/theme")
def choose(form: TheForm) -> Response:
    """Keep the choice and go back."""
    answer = RedirectResponse(local_path(form["back"]), 303)
    theme = form["theme"] if form["theme"] in THEMES else "auto"
    answer.set_cookie(THEME_COOKIE, theme, max_age=_YEAR_S, secure=True, httponly=True, samesite="strict")
    return answer
