"""The home page: is the Internet working, which ISP is not, why, since when."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.web.access.authentication import SIGNED_IN
from app.web.live.fragments import snapshot_now
from app.web.pages.answers import TheInside
from app.web.views.overview import overview

router = APIRouter(**SIGNED_IN)


@router.get("/")
def status(inside: TheInside) -> Response:
    """The status page."""
    known = snapshot_now(inside.panel)
    return inside.page("status.html", known=known, overview=overview(known))
