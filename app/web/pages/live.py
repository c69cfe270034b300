"""The live parts of the pages: as a stream, and all at once for pages that poll."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from app.model.events.event import Topic
from app.web.access.visitors import TheVisitor
from app.web.live.board import Board, Scene, View
from app.web.live.page_news import PageNews, partials
from app.web.live.streams import POLL, Streams, TooManyStreams
from app.web.pages.answers import viewer_of
from app.web.panel import ThePanel

router = APIRouter()


def scene_of(view: View = View.OTHER, topic: Topic | None = None) -> Scene:
    """What the page shows, as it says itself."""
    return Scene(view, topic if view is View.EVENTS else None)


TheScene = Annotated[Scene, Depends(scene_of)]


@router.get("/live")
async def stream(request: Request, panel: ThePanel, visitor: TheVisitor, scene: TheScene) -> Response:
    """What changes on a page, as it changes."""
    token = request.cookies.get(panel.cookie, "")
    streams: Streams = request.app.state.streams
    news = PageNews(request.app.state.board, scene, viewer_of(visitor))
    try:
        messages = streams.messages(
            f"session {visitor.session.id}", news, is_over=lambda: panel.sessions.find(token) is None
        )
    except TooManyStreams:
        return Response(POLL, media_type="text/event-stream")
    return StreamingResponse(messages, media_type="text/event-stream")


@router.get("/live/now")
async def now(request: Request, visitor: TheVisitor, scene: TheScene) -> HTMLResponse:
    """The same, once."""
    board: Board = request.app.state.board
    return HTMLResponse(partials(await board.fragments(scene, viewer_of(visitor))))
