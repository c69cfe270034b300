"""The event log."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.model.events.event import Topic
from app.web.access.authentication import SIGNED_IN
from app.web.pages.answers import TheInside
from app.web.views.events import events_page

router = APIRouter(prefix="/events", **SIGNED_IN)


@router.get("")
def show(inside: TheInside, topic: str = "", cursor: str = "") -> Response:
    """One page of it, of one topic or of all; the newest one goes on by itself while somebody looks at it."""
    chosen = next((one for one in Topic if one.value == topic), None)
    config = inside.panel.configuration.head().config
    return inside.page(
        "events.html",
        log=events_page(inside.panel.home, config, chosen, cursor[:100]),
        topics=tuple(Topic),
    )
