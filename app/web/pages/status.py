"""The home page: is the Internet working, which ISP is not, why, since when."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.web.live.board import known_now
from app.web.pages.answers import TheInside
from app.web.views.overview import overview

router = APIRouter()


@router.get("/")
def status(inside: TheInside) -> Response:
    """The status page."""
    known = known_now(inside.panel)
    return inside.page("status.html", known=known, overview=overview(known))
