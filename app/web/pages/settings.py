"""The settings page: people, access, certificate, backup, and the system."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from app.errors import FieldError, InvalidConfig
from app.model import config as model
from app.model.config import LONGEST_WINDOW_S, SHORTEST_WINDOW_S
from app.model.events.kinds import PasswordRefused
from app.service import passwords
from app.service.audit import record
from app.service.edits.settings import change_panel
from app.web.access.authentication import SIGNED_IN
from app.web.forms import derived
from app.web.forms.fields import Choice, Field, Form, form, with_errors
from app.web.forms.typed import TheForm, Typed
from app.web.pages.changes import save
from app.web.pages.login import logged_in
from app.web.pages.responses import PageContext, ThePage
from app.web.panel import Panel
from app.web.views import format as fmt

router = APIRouter(prefix="/settings", **SIGNED_IN)

Number = Annotated[int, Path(ge=1, le=10**9)]

# The settings of the panel that forms show: the time of commit-confirm.
_PANEL: Final = derived.shown(model.Panel)
_ACCESS = (
    Choice("read", "Read only", "For monitoring."),
    Choice("write", "Read and change", "Everything an administrator can do, except managing users and API tokens."),
)


@router.get("")
def show(context: ThePage) -> Response:
    """The page."""
    return settings_page(context)


@router.post("/password")
async def change_password(request: Request, context: ThePage, typed: TheForm) -> Response:
    """Change the password of this user: all sessions end, this browser gets a new one."""
    panel, name, author = context.panel, context.visitor.session.user, context.visitor.author
    origin = panel.login_backoff.source_of(author.address)
    known = panel.login_backoff.knows(origin)
    try:
        _require_patience(panel, origin)
        passwords.require_good(typed.exactly("password"), name, again=typed.exactly("again"))
        user = await run_in_threadpool(panel.users.find, name)
        stored = passwords.NOBODY if user is None else user.password_hash
        current = typed.exactly("current")
        if not await panel.password_queue.run(origin, lambda: passwords.matches(stored, current), known=known):
            panel.login_backoff.failed(origin, panel.monotonic())
            await run_in_threadpool(record, panel.home, author, PasswordRefused(name))
            raise InvalidConfig(FieldError("current", "wrong password"))
    except InvalidConfig as error:
        return await run_in_threadpool(settings_page, context, password_error=error)
    hashed = await panel.password_queue.run(origin, lambda: passwords.hashed(typed.exactly("password")), known=known)
    await run_in_threadpool(panel.users.set_password, name, hashed, author)
    assert user is not None  # noqa: S101 - its password was right
    agent = request.headers.get("user-agent", "")
    token = await run_in_threadpool(panel.sessions.open, user, author, agent)
    return logged_in(panel, token, "/settings?changed=password")


@router.post("/sessions/{session_id}/end")
def end_session(context: ThePage, session_id: Number) -> Response:
    """End a session of this user."""
    context.panel.sessions.end(session_id, context.visitor.session.user, context.visitor.author)
    return context.elsewhere("/settings")


@router.post("/tokens")
def make_token(context: ThePage, typed: TheForm) -> Response:
    """Create an API token and show it once."""
    try:
        secret = context.panel.tokens.create(
            typed["name"], context.visitor.author, read_only=typed["access"] != "write"
        )
    except InvalidConfig as error:
        return settings_page(context, token_error=error, typed=typed)
    return settings_page(context, secret=secret)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(context: ThePage, token_id: Number) -> Response:
    """Revoke an API token."""
    context.panel.tokens.revoke(token_id, context.visitor.author)
    return context.elsewhere("/settings")


@router.post("/window")
def set_window(context: ThePage, typed: TheForm) -> Response:
    """Set the confirm window."""
    text = typed["confirm_window_s"]
    try:
        saved = save(
            context, lambda config: change_panel(config, {"confirm_window_s": text}), "commit-confirm time set"
        )
    except InvalidConfig as error:
        return settings_page(context, window_error=error, typed=typed)
    return context.saved("/settings", saved)


@router.post("/outside")
def set_outside(context: ThePage, typed: TheForm) -> Response:
    """Allow or block the panel on WAN ports."""
    answers = typed["outside"] == "on"
    note = "panel allowed on WAN ports" if answers else "panel blocked on WAN ports"
    saved = save(context, lambda config: change_panel(config, {"reachable_from_outside": answers}), note)
    return context.saved("/settings", saved)


def _require_patience(panel: Panel, origin: str) -> None:
    """Apply the login back-off: an open session must not allow password guessing."""
    wait_s = math.ceil(panel.login_backoff.wait_s(origin, panel.monotonic()))
    if wait_s > 0:
        wait = fmt.duration(timedelta(seconds=wait_s))
        raise InvalidConfig(FieldError("current", f"too many wrong passwords from your address: try again in {wait}"))


def settings_page(
    context: PageContext,
    *,
    password_error: InvalidConfig | None = None,
    token_error: InvalidConfig | None = None,
    window_error: InvalidConfig | None = None,
    certificate_error: InvalidConfig | None = None,
    typed: Typed | None = None,
    secret: str = "",
) -> Response:
    """The settings page, with the errors of one of its forms."""
    password_form, token_form = _password_form(), _token_form(typed)
    if password_error is not None:
        password_form = with_errors(password_form, password_error.errors)
    if token_error is not None:
        token_form = with_errors(token_form, token_error.errors)
    window_form = _window_form(context, typed)
    if window_error is not None:
        window_form = with_errors(window_form, window_error.errors)
    certificate_form = _certificate_form()
    if certificate_error is not None:
        certificate_form = with_errors(certificate_form, certificate_error.errors)
    certificate = context.panel.certificate
    session, errors = context.visitor.session, (password_error, token_error, window_error, certificate_error)
    changed = context.request.query_params.get("changed")
    return context.page(
        "settings.html",
        status=422 if any(errors) else 200,
        password_form=password_form,
        token_form=token_form,
        window_form=window_form,
        sessions=context.panel.sessions.of(session.user),
        own=session.id,
        tokens=context.panel.tokens.all(),
        secret=secret,
        answers_outside=context.panel.configuration.head().config.settings.panel.reachable_from_outside,
        guard=context.panel.configuration.head().config.settings.guard.mode,
        certificate=certificate.facts,
        self_signed=certificate.own,
        is_installed=certificate.brought.is_there(),
        certificate_form=certificate_form,
        changed=changed == "password",
        installed=changed == "certificate",
    )


def _window_form(context: PageContext, typed: Typed | None) -> Form:
    head = context.panel.configuration.head()
    texts = derived.texts(_PANEL, head.config.settings.panel)
    if typed is not None:
        texts |= {name: typed.exactly(name) for name in texts if name in typed}
    fields = derived.fields(_PANEL, texts)
    ranged = (replace(field, hint=f"{SHORTEST_WINDOW_S} to {LONGEST_WINDOW_S}. {field.hint}") for field in fields)
    return form(ranged, about=r"settings\.panel\.", revision=head.number)


def _password_form() -> Form:
    hint = f"At least {passwords.SHORTEST} characters. All other sessions end."
    return form(
        (
            Field("current", "Current password", kind="password", autocomplete="current-password", required=True),
            Field("password", "New password", "", hint, kind="password", autocomplete="new-password", required=True),
            Field("again", "Repeat new password", kind="password", autocomplete="new-password", required=True),
        )
    )


def _certificate_form() -> Form:
    chain_hint = "PEM: the router's certificate first, then the intermediate certificates."
    return form(
        (
            Field("chain", "Certificates", "", chain_hint, required=True),
            Field("key", "Private key", "", "PEM, unencrypted. Not needed if the chain file contains the key."),
        )
    )


def _token_form(typed: Typed | None) -> Form:
    name = "" if typed is None else typed["name"]
    access = "read" if typed is None else typed["access"]
    return form(
        (
            Field("name", "Name", name, "The program that uses the token.", placeholder="monitoring", required=True),
            Field("access", "Access", access or "read", choices=_ACCESS),
        )
    )
