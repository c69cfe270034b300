"""Appearance of the panel: its static files, and the choice of light or dark. Open to everybody: the login page
needs both.
"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.web.access.authentication import EVERYBODY
from app.web.forms.typed import TheForm
from app.web.pages.responses import THEME_COOKIE, local_path
from app.web.panel import ThePanel
from app.web.rendering.templating import THEMES

router = APIRouter(**EVERYBODY)

_YEAR_S = 365 * 24 * 3600


@router.api_route("/static/{path:path}", methods=["GET", "HEAD"])
async def static(request: Request, panel: ThePanel) -> Response:
    """Serve one static file; its address changes with its content."""
    return panel.templates.assets.answer(request.url.path, request.headers)


@router.post("/theme")
def choose_theme(form: TheForm) -> Response:
    """Store the theme and go back. A cookie holds it, because it belongs to a screen and not to a user."""
    answer = RedirectResponse(local_path(form["back"]), 303)
    theme = form["theme"] if form["theme"] in THEMES else "auto"
    answer.set_cookie(THEME_COOKIE, theme, max_age=_YEAR_S, secure=True, httponly=True, samesite="strict")
    return answer
