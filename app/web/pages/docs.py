"""The documentation, served by the panel itself."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from app.web.access.authentication import SIGNED_IN
from app.web.pages.responses import ThePage
from app.web.rendering.handbook import chapter, chapters

router = APIRouter(prefix="/docs", **SIGNED_IN)


@router.get("")
def show_all(context: ThePage) -> Response:
    """The list of chapters."""
    return context.page("docs.html", chapters=chapters())


@router.get("/{name}")
def show(context: ThePage, name: str) -> Response:
    """One chapter."""
    found = chapter(name)
    if found is None:
        raise HTTPException(404)
    return context.page("chapter.html", chapter=found)
