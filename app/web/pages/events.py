"""The timeline."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.service.timeline import Topic
from app.web.pages.answers import TheInside
from app.web.views.events import TOPIC_WORDS, timeline_page

router = APIRouter(prefix="/events")


@router.get("")
def show(inside: TheInside, topic: str = "", cursor: str = "") -> Response:
    """One page of it, of one topic or of all; the newest one goes on by itself while somebody looks at it."""
    chosen = next((one for one in Topic if one.value == topic), None)
    config = inside.panel.configuration.head().config
    return inside.page(
        "events.html",
        timeline=timeline_page(inside.panel.home, config, chosen, cursor[:100]),
        topics=tuple((one.value, words) for one, words in TOPIC_WORDS.items()),
    )
