"""Login and logout."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from app.model.events.kinds import LoginFailed
from app.service import passwords
from app.service.audit import record
from app.service.configuration import Author, Origin
from app.service.sessions import LONGEST
from app.store.people import User
from app.web.access.authentication import EVERYBODY, LOSES_NOTHING, SIGNED_IN, TheVisitor, client_address, session_of
from app.web.forms.fields import Field, Form, form
from app.web.forms.typed import TheForm, Typed
from app.web.pages.responses import local_path, public_page
from app.web.panel import Panel, ThePanel
from app.web.protection.password_queue import TooBusy
from app.web.views import format as fmt

router = APIRouter(**EVERYBODY)
signed_in = APIRouter(**SIGNED_IN)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A refused login. `wait_s`: the time until the next attempt."""

    text: str
    status: int
    wait_s: int = 0


@router.get("/login")
def show(request: Request, panel: ThePanel) -> Response:
    """The login page. Redirects to the home page with a session, to the setup without any user."""
    if not panel.users.exist():
        return RedirectResponse("/setup", 303)
    if session_of(request, panel) is not None:
        return RedirectResponse("/", 303)
    return _page(request, panel, request.query_params.get("next", "/"))


@router.post("/login")
async def login(request: Request, panel: ThePanel, typed: TheForm) -> Response:
    """Check user name and password, one login at a time, and start a session."""
    author = Author(typed["name"][:64], Origin.PANEL, client_address(request))
    origin = panel.login_backoff.source_of(author.address)
    wait_s = math.ceil(panel.login_backoff.wait_s(origin, panel.monotonic()))
    if wait_s > 0:
        wait = fmt.duration(timedelta(seconds=wait_s))
        text = f"Too many failed logins from your address. Try again in {wait}."
        return _page(request, panel, typed["next"], typed, _Refusal(text, 429, wait_s))
    user = await run_in_threadpool(panel.users.find, typed["name"])
    try:
        good = await panel.password_queue.run(origin, _check(user, typed), known=panel.login_backoff.knows(origin))
    except TooBusy as error:
        return _page(request, panel, typed["next"], typed, _Refusal(str(error), 503, 5))
    if user is None or not good:
        panel.login_backoff.failed(origin, panel.monotonic())
        await run_in_threadpool(record, panel.home, author, LoginFailed(typed["name"][:64]))
        return _page(request, panel, typed["next"], typed, _Refusal("Wrong user name or password.", 422))
    panel.login_backoff.remember(author.address)
    token = await run_in_threadpool(_open, request, panel, user, author)
    return logged_in(panel, token, local_path(typed["next"]))


def _check(user: User | None, typed: Typed) -> Callable[[], bool]:
    """Whether the password is right; takes as long for a name that does not exist."""
    stored = passwords.NOBODY if user is None else user.password_hash
    return lambda: passwords.matches(stored, typed.exactly("password"))


def _open(request: Request, panel: Panel, user: User, author: Author) -> str:
    """Start a session, and end the earlier one of this browser."""
    before = session_of(request, panel)
    if before is not None:
        panel.sessions.end(before.id, before.user, author)
    return panel.sessions.open(user, author, request.headers.get("user-agent", ""))


def logged_in(panel: Panel, token: str, path: str) -> Response:
    """Set the session cookie and redirect."""
    answer = RedirectResponse(path, 303)
    seconds = int(LONGEST.total_seconds())
    answer.set_cookie(panel.cookie, token, max_age=seconds, secure=True, httponly=True, samesite="strict", path="/")
    return answer


@signed_in.post("/logout", dependencies=[LOSES_NOTHING])
def logout(panel: ThePanel, visitor: TheVisitor) -> Response:
    """End this session."""
    panel.sessions.end(visitor.session.id, visitor.session.user, visitor.author)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(panel.cookie, secure=True, httponly=True, samesite="strict", path="/")
    return answer


def _page(
    request: Request, panel: Panel, path: str, typed: Typed | None = None, refusal: _Refusal | None = None
) -> Response:
    context = {
        "form": _form("" if typed is None else typed["name"]),
        "next": local_path(path),
        "trouble": "" if refusal is None else refusal.text,
    }
    answer = public_page(request, panel, "login.html", status=200 if refusal is None else refusal.status, **context)
    if refusal is not None and refusal.wait_s:
        answer.headers["Retry-After"] = str(refusal.wait_s)
    return answer


def _form(name: str) -> Form:
    return form(
        (
            Field("name", "User name", name, autocomplete="username", required=True),
            Field("password", "Password", kind="password", autocomplete="current-password", required=True),
        )
    )
