"""The pages that only show: status, event log, kernel state and diagnostics."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import WorkerSilent
from app.model.events.event import Topic
from app.model.finding import Finding
from app.service.worker_client import examination, kernel_view
from app.web.access.authentication import SIGNED_IN
from app.web.live.fragments import snapshot_now
from app.web.pages.responses import ThePage
from app.web.views.events import event_filter, events_page
from app.web.views.kernel import kernel_page
from app.web.views.overview import overview

router = APIRouter(**SIGNED_IN)


@router.get("/")
def status(context: ThePage) -> Response:
    """The status page: whether the Internet works, which ISP does not, why and since when."""
    known = snapshot_now(context.panel)
    return context.page("status.html", known=known, overview=overview(known))


@router.get("/events")
def events(context: ThePage, cursor: str = "") -> Response:
    """One page of the event log, of one topic, ISP or time, or of all; the newest page is live."""
    chosen = event_filter(context.request.query_params)
    config = context.panel.configuration.head().config
    log = events_page(context.panel.home, config, chosen, cursor[:100])
    return context.page("events.html", log=log, topics=tuple(Topic), gateways=config.gateways)


@router.get("/kernel")
def kernel(context: ThePage) -> Response:
    """Kernel state: desired, observed, and changed by other programs. htmx fetches it again every few seconds."""
    try:
        page, silence = kernel_page(kernel_view(context.panel.home.worker_sock)), ""
    except WorkerSilent as error:
        page, silence = None, str(error)
    return context.block("kernel.html", "kernel", page=page, silence=silence)


@router.get("/settings/doctor")
def diagnostics(context: ThePage) -> Response:
    """The findings about this machine, examined by the worker: a page, and a part that the settings page fetches."""
    found: tuple[Finding, ...] = ()
    silence = ""
    try:
        found = examination(context.panel.home.worker_sock)
    except WorkerSilent as error:
        silence = f"Diagnostics failed: {error}."
    return context.block("doctor.html", "findings", findings=found, silence=silence)
