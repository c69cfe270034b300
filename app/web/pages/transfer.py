"""Export of the configuration as a document, and its import after a preview."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.errors import Conflict, InvalidConfig
from app.service.document import exported, imported
from app.service.preview import Preview
from app.web.access.authentication import SIGNED_IN
from app.web.access.guard import LARGEST_DOCUMENT
from app.web.pages.changes import planned, save
from app.web.pages.responses import PageContext, ThePage

router = APIRouter(prefix="/settings", **SIGNED_IN)


@dataclass(frozen=True, slots=True)
class Incoming:
    """An uploaded document. `revision`: the base of the preview, 0 before it."""

    text: str
    revision: int


async def incoming(request: Request) -> Incoming:
    """Read an upload, or the same document from its preview page."""
    try:
        async with request.form(max_files=1, max_fields=10, max_part_size=LARGEST_DOCUMENT) as form:
            given, number = form.get("document", ""), str(form.get("revision", ""))
            text = (await given.read()).decode() if isinstance(given, UploadFile) else given
    except (MultiPartException, ValueError) as error:
        raise HTTPException(400, "Cannot read this file.") from error
    # A browser ends the lines of what it sends back from a page in its own way.
    text = text.replace("\r\n", "\n")
    return Incoming(text, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0)


TheIncoming = Annotated[Incoming, Depends(incoming)]


@router.get("/export")
def take_away(context: ThePage) -> Response:
    """Export the newest revision as a file."""
    head = context.panel.configuration.head()
    name = f"multihome-revision-{head.number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(exported(head.config), media_type="application/json", headers=headers)


@router.post("/import", max_body_size=LARGEST_DOCUMENT)
def import_document(context: ThePage, document: TheIncoming) -> Response:
    """Preview the import of a document; from the preview page, which said what its health checks answer, save it."""
    head = context.panel.configuration.head()
    try:
        config = imported(document.text)
        plan = planned(context, head.config, config)
        if not document.revision:
            return _show(context, document, plan, head.number)
        saved = save(context, lambda _: config, "configuration imported", document.revision, force=True)
    except InvalidConfig as error:
        return context.page(
            "import.html", status=422, plan=None, document="", revision=0, errors=error.errors, changed=False
        )
    except Conflict:
        return _show(context, document, plan, head.number, status=409)
    return context.saved("/revisions", saved)


def _show(context: PageContext, document: Incoming, plan: Preview, revision: int, *, status: int = 200) -> Response:
    return context.page(
        "import.html", status=status, plan=plan, document=document.text, revision=revision, errors=(),
        changed=status == 409,
    )  # fmt: skip
