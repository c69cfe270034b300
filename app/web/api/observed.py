"""/status, /kernel, /events, /stream: observed state."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import AwareDatetime, TypeAdapter

from app.model.events.event import LOGGED, Topic, Wanted
from app.model.status import Status
from app.service.event_log import event_log
from app.service.worker_client import KernelView, kernel_view
from app.web.access.authentication import API, POLLS, LoginNeeded, TheCaller, caller
from app.web.api.bodies import EventPage, StatusDocument
from app.web.links.worker_link import WorkerLink
from app.web.live.streams import POLL, Streams, TooManyStreams
from app.web.panel import ThePanel
from app.web.views.summary import summary, unheard

router = APIRouter(tags=["observed"], **API)

_STATUS: Final = TypeAdapter(Status)


@router.get("/status")
def status(panel: ThePanel) -> StatusDocument:
    """The status of the router, with everything that the worker observed."""
    link = panel.link
    head = panel.configuration.head()
    all_down = head.config.settings.failover.all_down
    said = unheard(link.silent_for_s) if link.is_silent else summary(link.status, panel.now(), all_down)
    return StatusDocument(
        level=said.level,
        summary=said.sentence,
        worker_silent=link.is_silent,
        last_word_age_s=round(link.silent_for_s, 1),
        revision=head.number,
        status=link.status,
    )


@router.get("/kernel")
def kernel(panel: ThePanel) -> KernelView:
    """Desired and observed kernel state, and the differences."""
    return kernel_view(panel.home.worker_sock)


@router.get("/events")
def events(
    panel: ThePanel,
    *,
    cursor: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    topic: Topic | None = None,
    gateway: Annotated[int | None, Query(ge=1, le=127)] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> EventPage:
    """The event log: observations of the worker and actions of users; those of one gateway, from `since` on, before
    `until`.
    """
    topics = frozenset(Topic) if topic is None else frozenset({topic})
    found = event_log(panel.home, cursor=cursor, limit=limit, wanted=Wanted(topics, gateway, since, until))
    return EventPage(items=found.events, next=found.older)


class _ApiNews:
    """The worker's reports since the last message of a stream."""

    def __init__(self, link: WorkerLink) -> None:
        self._link = link
        self._status: Status | None = None
        self._newest = link.events[0] if link.events else None

    async def __call__(self) -> bytes:
        """The new status and the new events, oldest first."""
        said = b""
        if self._link.status is not None and self._link.status is not self._status:
            self._status = self._link.status
            said += b"event: status\ndata: %s\n\n" % _STATUS.dump_json(self._status)
        fresh = []
        for event in self._link.events:
            if event is self._newest:
                break
            fresh.append(event)
        if fresh:
            self._newest = fresh[0]
        return said + b"".join(b"event: event\ndata: %s\n\n" % LOGGED.dump_json(one) for one in reversed(fresh))


@router.get("/stream", dependencies=[POLLS], response_class=StreamingResponse)
async def stream(request: Request, panel: ThePanel, who: TheCaller) -> Response:
    """Server-sent events: `status` at every change and at least once a second, `event` as it happens.

    `poll` ends a stream when there are too many, `signed-out` when the token was revoked.
    """
    streams: Streams = request.app.state.streams

    def is_over() -> bool:
        try:
            caller(request, panel)
        except LoginNeeded:
            return True
        return False

    name = f"api {who.author.name}" if who.session is None else f"session {who.session.id}"
    try:
        messages = streams.messages(name, _ApiNews(panel.link), is_over)
    except TooManyStreams:
        return Response(POLL, media_type="text/event-stream")
    return StreamingResponse(messages, media_type="text/event-stream")
