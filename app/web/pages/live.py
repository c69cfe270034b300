"""Live updates of pages: a stream of server-sent events, and one response for pages that poll."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from app.web.access.authentication import POLLS, SIGNED_IN, TheVisitor
from app.web.live.fragments import FragmentCache, Fragments, Scene, View
from app.web.live.streams import ALIVE_EVENT, POLL, Streams, TooManyStreams
from app.web.pages.responses import viewer_of
from app.web.panel import ThePanel
from app.web.rendering.compression import compressed, takes_gzip
from app.web.views.events import ALL_EVENTS, event_filter
from app.web.views.trial import Viewer

router = APIRouter(**SIGNED_IN)


def scene_of(request: Request, view: View = View.OTHER) -> Scene:
    """The scene that the page names in its query string."""
    has_events = view in {View.EVENTS, View.GATEWAY}
    return Scene(view, event_filter(request.query_params) if has_events else ALL_EVENTS)


TheScene = Annotated[Scene, Depends(scene_of)]


@router.get("/live", dependencies=[POLLS])
async def stream(request: Request, panel: ThePanel, visitor: TheVisitor, scene: TheScene) -> Response:
    """The stream of changed fragments of a page."""
    token = request.cookies.get(panel.cookie, "")
    streams: Streams = request.app.state.streams
    news = PageNews(request.app.state.fragments, scene, viewer_of(visitor))
    try:
        messages = streams.messages(
            f"session {visitor.session.id}",
            news,
            is_over=lambda: panel.sessions.find(token) is None,
            alive=ALIVE_EVENT,
        )
    except TooManyStreams:
        return Response(POLL, media_type="text/event-stream")
    headers = {"Vary": "Accept-Encoding"}
    if takes_gzip(request.headers):
        messages, headers = compressed(messages), headers | {"Content-Encoding": "gzip"}
    return StreamingResponse(messages, media_type="text/event-stream", headers=headers)


@router.get("/live/now", dependencies=[POLLS])
async def now(request: Request, visitor: TheVisitor, scene: TheScene) -> HTMLResponse:
    """All live fragments of a page, once."""
    cache: FragmentCache = request.app.state.fragments
    return HTMLResponse(partials(await cache.fragments(scene, viewer_of(visitor))))


class PageNews:
    """The parts of one page that changed since its stream spoke last; at first all of them."""

    def __init__(self, cache: FragmentCache, scene: Scene, viewer: Viewer) -> None:
        self._cache = cache
        self._scene = scene
        self._viewer = viewer
        self._sent: Fragments = {}

    async def __call__(self) -> bytes:
        """The event, or nothing."""
        now = await self._cache.fragments(self._scene, self._viewer)
        changed = {name: html for name, html in now.items() if self._sent.get(name) != html}
        self._sent = now
        return message(changed) if changed else b""


def message(fragments: Fragments) -> bytes:
    """One server-sent event that replaces these parts of a page."""
    lines = "".join(f"data: {line}\n" for line in partials(fragments).splitlines())
    return f"{lines}\n".encode()


def partials(fragments: Fragments) -> str:
    """These parts as htmx takes them in, each by morphing, wherever they come from."""
    found = (
        f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">{html}</hx-partial>\n'
        for name, html in fragments.items()
    )
    return "".join(found)
