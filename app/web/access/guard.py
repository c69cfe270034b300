"""Request guard: checks of Host, Origin and size, and the headers of every response.

Pure ASGI, so that it holds for pages, API, static files and errors alike, and a new route cannot forget it.
"""

import json
import re
from collections.abc import Iterable, Sequence
from html import escape
from http import HTTPStatus
from typing import Final, NamedTuple

from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import FieldError
from app.service.document import LONGEST
from app.web.transport.addresses import parsed
from app.web.transport.headers import mark
from app.web.transport.served_certificate import ServedCertificate

PROBLEM_TYPE: Final = "application/problem+json"
LARGEST_BODY: Final = 64 * 1024
# A whole configuration, and what UTF-8 and the form around it add. Who sends it is known before it is read.
LARGEST_DOCUMENT: Final = 2 * LONGEST
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

# Where htmx puts a refusal: frame.html has a place for it, so that it never takes that of a form with its content.
BESIDE: Final = {"HX-Retarget": "#refused", "HX-Reswap": "innerHTML"}


class _LargerBody(NamedTuple):
    path: re.Pattern[str]
    methods: frozenset[str]
    largest: int


class Guard:
    """Rejects cross-origin requests and unknown host names, and sets the headers of every response."""

    def __init__(
        self, app: ASGIApp, names: Iterable[str], certificate: ServedCertificate, routes: Sequence[BaseRoute]
    ) -> None:
        self._app = app
        self._larger_bodies = _larger_bodies(routes)
        self._names = frozenset(name.lower().rstrip(".") for name in names)
        self._certificate = certificate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or reject it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._largest_body(scope)
        body = _Bounded(receive, largest)
        answer = _Marked(send, self._certificate.strict_transport)
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers, largest)
        if refusal is not None:
            await _refuse(answer, scope["path"], *refusal, beside=headers.get("hx-request") == "true")
            return
        await self._app(scope, body, answer)

    def _refusal(self, scope: Scope, headers: Headers, largest: int) -> tuple[int, str] | None:
        if not self._is_ours(headers.get("host", "")):
            return 421, "Unknown host name. Use the router's IP address."
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:12]) > largest:
            return 413, _too_large(largest)
        if scope["method"] not in SAFE_METHODS and not _is_same_origin(headers):
            return 403, "Rejected: the request did not come from this panel."
        return None

    def _largest_body(self, scope: Scope) -> int:
        """The body limit of the route, known before the body is read."""
        found = (one for one in self._larger_bodies if scope["method"] in one.methods and one.path.match(scope["path"]))
        return next((one.largest for one in found), LARGEST_BODY)

    def _is_ours(self, host: str) -> bool:
        """Whether the Host is an address or a name of ours. DNS rebinding needs a name, so any address will do:
        a page that was loaded from an address came from the owner of that address. What the installed certificate
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


def _larger_bodies(routes: Sequence[BaseRoute]) -> tuple[_LargerBody, ...]:
    """The routes that declare a larger body, matched here before routing."""
    return tuple(
        _LargerBody(compile_path(one.path or "")[0], frozenset(one.methods or ()), one.max_body_size)
        for one in iter_route_contexts(routes)
        if getattr(one, "max_body_size", None) not in {None, LARGEST_BODY}
    )


def _too_large(largest: int) -> str:
    return f"Request too large: at most {largest} bytes."


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
    """The response, with the headers that all responses have."""

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


def problem_document(status: int, detail: str, errors: Sequence[FieldError] = ()) -> dict[str, object]:
    """A problem document (RFC 9457); `errors` name the fields."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _text(detail),
        "errors": [_error(one) for one in errors],
    }


def _error(error: FieldError) -> dict[str, object]:
    said: dict[str, object] = {"field": _text(error.field), "message": _text(error.message)}
    return {**said, "forcible": True} if error.forcible else said


def _text(said: str) -> str:
    """Text that can be encoded: JSON may hold lone surrogates, and an error may quote them."""
    return said.encode(errors="replace").decode()
