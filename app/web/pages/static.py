"""The static files: open to everybody, as the login page needs them."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.web.access.authentication import EVERYBODY
from app.web.panel import ThePanel

router = APIRouter(**EVERYBODY)


@router.api_route("/static/{path:path}", methods=["GET", "HEAD"])
async def static(request: Request, panel: ThePanel) -> Response:
    """One file; its address changes with its content."""
    return panel.templates.assets.answer(request.url.path, request.headers)
