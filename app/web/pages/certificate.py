"""Installing a TLS certificate, and going back to the self-signed one."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException

from app.errors import InvalidConfig
from app.service.certificate import LARGEST
from app.web.access.authentication import SIGNED_IN
from app.web.pages.responses import ThePage
from app.web.pages.settings import settings_page

router = APIRouter(prefix="/settings/certificate", **SIGNED_IN)


@dataclass(frozen=True, slots=True)
class Upload:
    """The uploaded certificate and key as text; empty without a file."""

    chain: str
    key: str


async def upload(request: Request) -> Upload:
    """Read the two uploads."""
    try:
        async with request.form(max_files=2, max_fields=4, max_part_size=LARGEST) as form:
            return Upload(await _text(form, "chain"), await _text(form, "key"))
    except (MultiPartException, ValueError) as error:
        raise HTTPException(400, "Cannot read this file.") from error


async def _text(form: FormData, name: str) -> str:
    given = form.get(name, "")
    return (await given.read()).decode("latin-1") if isinstance(given, UploadFile) else given


@router.post("")
def install(context: ThePage, given: Annotated[Upload, Depends(upload)]) -> Response:
    """Install a certificate for new connections; open connections keep theirs."""
    served = context.panel.certificate
    try:
        served.brought.install(given.chain, given.key, context.visitor.author)
    except InvalidConfig as error:
        return settings_page(context, certificate_error=error)
    served.load()
    return context.elsewhere("/settings?changed=certificate#certificate")


@router.get("/remove")
def ask(context: ThePage) -> Response:
    """Ask for confirmation before the certificate is removed."""
    return context.page("certificate_confirm.html", trusted=bool(context.panel.certificate.strict_transport))


@router.post("/remove")
def remove(context: ThePage) -> Response:
    """Remove the certificate and serve the self-signed one."""
    served = context.panel.certificate
    promised = bool(served.strict_transport)
    served.brought.remove(context.visitor.author)
    served.load()
    answer = context.elsewhere("/settings#certificate")
    if promised:
        # This browser still hears it over the connection that it trusts; others keep the promise until it ends.
        answer.headers["Strict-Transport-Security"] = "max-age=0"
    return answer
