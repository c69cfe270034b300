"""What should be in the kernel, what is, and who changed it."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.errors import WorkerSilent
from app.service.worker_client import kernel_view
from app.web.access.authentication import SIGNED_IN
from app.web.pages.answers import TheInside
from app.web.views.kernel import kernel_page

router = APIRouter(prefix="/kernel", **SIGNED_IN)


@router.get("")
def show(inside: TheInside) -> Response:
    """The page; asked for again by htmx every few seconds while somebody looks at it."""
    try:
        page, silence = kernel_page(kernel_view(inside.panel.home.worker_sock)), ""
    except WorkerSilent as error:
        page, silence = None, str(error)
    return inside.block("kernel.html", "kernel", page=page, silence=silence)
