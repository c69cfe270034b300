"""The page of one ISP: its state, checks, settings, events and outages."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import WorkerSilent
from app.model.status import TargetStatus
from app.service.worker_client import targets
from app.web.access.authentication import SIGNED_IN
from app.web.forms.gateway import gateway_lines
from app.web.live.fragments import snapshot_now
from app.web.pages.changes import facts_or_none
from app.web.pages.gateways import configured
from app.web.pages.responses import ThePage, is_htmx
from app.web.views.events import EventFilter, events_page
from app.web.views.gateways import cards
from app.web.views.isp import target_lines

router = APIRouter(prefix="/isps", **SIGNED_IN)


@router.get("/{number}/status")
def show(context: ThePage, number: int) -> Response:
    """The page; htmx fetches its list of targets again every few seconds."""
    gateway = configured(context, number)
    found: tuple[TargetStatus, ...] = ()
    silence = ""
    try:
        found = targets(context.panel.home.worker_sock, number)
    except WorkerSilent:
        silence = "The routing service does not reply: the last replies of the targets are not known."
    checks: dict[str, Any] = {"number": number, "targets": target_lines(found), "silence": silence}
    if is_htmx(context.request):
        return context.block("isp.html", "targets", **checks)
    known = snapshot_now(context.panel)
    return context.page(
        "isp.html",
        known=known,
        **checks,
        title=gateway.name,
        card=next(one for one in cards(known.status, known.config, known.samples, known.now) if one.number == number),
        settings=gateway_lines(gateway, known.config, facts_or_none(context)),
        log=events_page(context.panel.home, known.config, EventFilter(gateway=number)),
    )
