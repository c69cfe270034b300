"""What on this machine stops or disturbs Multihome. The panel may see little of it, so the worker is asked to look."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import WorkerSilent
from app.model.finding import Finding
from app.service.worker_client import examination
from app.web.access.authentication import SIGNED_IN
from app.web.pages.answers import TheInside

router = APIRouter(prefix="/settings", **SIGNED_IN)


@router.get("/doctor")
def show(inside: TheInside) -> Response:
    """The findings: a page, and a part of the settings that comes by itself once they are shown."""
    found: tuple[Finding, ...] = ()
    silence = ""
    try:
        found = examination(inside.panel.home.worker_sock)
    except WorkerSilent as error:
        silence = f"This machine could not be examined: {error}."
    return inside.block("doctor.html", "findings", findings=found, silence=silence)
