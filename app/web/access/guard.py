"""What every request passes first, and what every answer carries: Host, Origin, size and headers.

Pure ASGI, so that it holds for pages, API, static files and errors alike, and a new route cannot forget it.
"""

import json
from collections.abc import Iterable
from html import escape
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.service.document import LONGEST
from app.web.access.addresses import parsed
from app.web.problem_document import PROBLEM_TYPE, problem_document
from app.web.served_certificate import ServedCertificate

LARGEST_BODY: Final = 64 * 1024
# A whole configuration, and what UTF-8 and the form around it add. Who sends it is known before it is read.
LARGEST_DOCUMENT: Final = 2 * LONGEST
DOCUMENT_PATHS: Final = frozenset({"/settings/import", "/settings/restore", "/api/v1/configuration", "/api/v1/plan"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Where htmx puts a refusal: frame.html has a place for it, so that it never takes that of a form with its content.
BESIDE: Final = {"HX-Retarget": "#refused", "HX-Reswap": "innerHTML"}
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # As silent to others as no-referrer, with which browsers say "Origin: null" of our own forms too (Fetch standard,
    # "append a request Origin header"): one that sends no Sec-Fetch-Site, Safari before 16.4, could never log in.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def mark(headers: MutableHeaders, strict_transport: str) -> None:
    """Put on an answer what all answers carry."""
    headers.update(HEADERS)
    if strict_transport:
        headers.setdefault("Strict-Transport-Security", strict_transport)
    headers.setdefault("Cache-Control", "no-store")


class Guard:
    """Refuses what did not come from our own pages, or not to a name of ours, and marks every answer."""

    def __init__(self, app: ASGIApp, names: Iterable[str], certificate: ServedCertificate) -> None:
        self._app = app
        self._names = frozenset(name.lower().rstrip(".") for name in names)
        self._certificate = certificate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Bounded(receive, _largest(scope))
        answer = _Marked(send, self._certificate.strict_transport)
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _refuse(answer, scope["path"], *refusal, beside=headers.get("hx-request") == "true")
            return
        await self._app(scope, body, answer)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        if not self._is_ours(headers.get("host", "")):
            return 421, "This is not a name of this router. Use its address."
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:12]) > _largest(scope):
            return 413, _too_large(_largest(scope))
        if scope["method"] not in SAFE_METHODS and not _is_same_origin(headers):
            return 403, "This request did not come from a page of this panel."
        return None

    def _is_ours(self, host: str) -> bool:
        """Whether the Host is an address or a name of ours. DNS rebinding needs a name, so any address will do:
        a page that was loaded from an address came from whoever has that address. What the installed certificate
        names is ours too.
        """
        name = host.rsplit(":", 1)[0] if host.rsplit(":", 1)[-1].isdecimal() else host
        plain = name.lower().rstrip(".")
        return parsed(name) is not None or plain in self._names or self._certificate.is_for(plain)


def _is_same_origin(headers: Headers) -> bool:
    """Whether a request that changes something comes from our own page, or from a program with a token.

    Browsers say it in Sec-Fetch-Site. Where that is missing Origin must name this very host; where both are missing
    it is no browser, and only a bearer token, which no browser sends by itself, will do.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site == "same-origin"
    if origin is not None:
        return origin == f"https://{headers.get('host', '')}"
    return headers.get("authorization", "").lower().startswith("bearer ") and "cookie" not in headers


def _largest(scope: Scope) -> int:
    return LARGEST_DOCUMENT if scope["path"] in DOCUMENT_PATHS else LARGEST_BODY


def _too_large(largest: int) -> str:
    return f"This request has {largest} bytes at most."


class _Bounded:
    """The request's body, up to its limit."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive = receive
        self._largest = self._left = largest

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, _too_large(self._largest))
        return message


class _Marked:
    """The answer, with the headers that all answers have."""

    def __init__(self, send: Send, strict_transport: str) -> None:
        self._send = send
        self._strict_transport = strict_transport

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            mark(MutableHeaders(scope=message), self._strict_transport)
        await self._send(message)


async def _refuse(send: Send, path: str, status: int, text: str, *, beside: bool) -> None:
    kind, body = "text/plain; charset=utf-8", f"{text}\n"
    if path.startswith("/api/"):
        kind, body = PROBLEM_TYPE, json.dumps(problem_document(status, text))
    elif beside:
        kind, body = "text/html; charset=utf-8", f'<div class="notice bad" role="alert"><p>{escape(text)}</p></div>'
    headers = [(b"content-type", kind.encode()), (b"connection", b"close")]
    if beside:
        headers += [(name.lower().encode(), value.encode()) for name, value in BESIDE.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
