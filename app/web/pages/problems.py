"""Error handlers: a page for browsers, a problem document (RFC 9457) for programs."""

import logging
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.errors import Conflict, FieldError, InvalidConfig, MultihomeError, StoreUnavailable, TooEarly, WorkerSilent
from app.web.access.authentication import LOSES_NOTHING, POLLS, LoginNeeded, ReadOnly, declares
from app.web.access.guard import BESIDE, PROBLEM_TYPE, SAFE_METHODS, problem_document
from app.web.pages.responses import elsewhere, is_htmx, login_path, public_page
from app.web.protection.password_queue import TooBusy
from app.web.transport.headers import mark

log = logging.getLogger(__name__)

_STATUS: dict[type[MultihomeError], int] = {
    LoginNeeded: 401,
    ReadOnly: 403,
    InvalidConfig: 422,
    Conflict: 409,
    StoreUnavailable: 503,
    WorkerSilent: 503,
    TooBusy: 503,
}


def add_handlers(app: FastAPI) -> None:
    """Register the error handlers of this module."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(MultihomeError, _ours)
    app.add_exception_handler(UnicodeEncodeError, _no_text)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unforeseen)


def problem(status: int, detail: str, errors: tuple[FieldError, ...] = ()) -> Response:
    """A problem document; `errors` name the fields."""
    headers = {"WWW-Authenticate": 'Bearer realm="multihome"'} if status == 401 else None
    return JSONResponse(problem_document(status, detail, errors), status, headers, media_type=PROBLEM_TYPE)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    answer = _answer(request, error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    found = tuple(
        FieldError(".".join(str(part) for part in one["loc"] if part not in {"body", "query", "path"}), str(one["msg"]))
        for one in error.errors()
    )
    return _answer(request, 422, "; ".join(map(str, found)), found)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, MultihomeError)  # noqa: S101 - registered for nothing else
    if isinstance(error, TooEarly):
        # The next try has to come over a new connection, so this one ends here.
        answer = problem(409, str(error))
        answer.headers.update({"Connection": "close", "Retry-After": "1"})
        return answer
    if isinstance(error, LoginNeeded) and not _is_program(request):
        return _unauthorized(request)
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    return _answer(request, status, str(error), error.errors if isinstance(error, InvalidConfig) else ())


async def _no_text(request: Request, _error: Exception) -> Response:
    """A lone surrogate (`"\\ud800"` in JSON), which cannot be encoded in a file or a response."""
    return _answer(request, 422, "contains an incomplete character")


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # not read: the client disconnected during its request


async def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    answer = _answer(request, 500, "Internal error in the panel; see its log. Routing is not affected.")
    # Starlette handles unexpected exceptions outside of all middleware, so Guard never sees this response.
    mark(answer.headers, request.app.state.panel.certificate.strict_transport)
    return answer


def _unauthorized(request: Request) -> Response:
    """Redirect to the login page, except from a form: its input would be lost."""
    path, sends = login_path(request), _may_lose_what_was_typed(request)
    if not is_htmx(request):
        return (
            public_page(request, request.app.state.panel, "signed_out.html", status=401)
            if sends
            else elsewhere(request, path)
        )
    if sends or declares(request, POLLS):
        return Response(status_code=401, headers={"HX-Reswap": "none"})
    return Response(status_code=401, headers={"HX-Redirect": path})


def _may_lose_what_was_typed(request: Request) -> bool:
    return request.method not in SAFE_METHODS and not declares(request, LOSES_NOTHING)


def _is_program(request: Request) -> bool:
    return request.url.path.startswith("/api/")


# For people, where the answer itself says no more than its number.
_IN_WORDS: Final = {
    404: "Page not found. The address is mistyped, or the page's object was removed.",
    405: "This address does not accept that request. Nothing was changed.",
    413: "Request too large. Nothing was changed.",
}


def _answer(request: Request, status: int, detail: str, errors: tuple[FieldError, ...] = ()) -> Response:
    if _is_program(request):
        return problem(status, detail, errors)
    phrase = HTTPStatus(status).phrase
    text = _IN_WORDS.get(status, "") if detail == phrase else detail
    if is_htmx(request):
        # Beside the form, so that its content stays.
        notice = request.app.state.panel.templates.page("parts/refused.html", phrase=phrase, text=text)
        return HTMLResponse(notice, status, BESIDE)
    return public_page(request, request.app.state.panel, "error.html", status=status, phrase=phrase, text=text)
