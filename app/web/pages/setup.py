"""Setup pages: the setup token from the console, then the administrator account. Afterwards 404."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from app.errors import FieldError, InvalidConfig
from app.model.events.kinds import SetupRefused
from app.service import passwords
from app.service.audit import record
from app.service.configuration import Author, Origin
from app.web.access.authentication import BEFORE_SETUP, client_address
from app.web.forms.fields import Field, Form, form, with_errors
from app.web.forms.typed import TheForm, Typed
from app.web.pages.login import logged_in
from app.web.pages.responses import public_page
from app.web.panel import Panel, ThePanel

_TOKEN_HINT = (
    "Valid for 30 minutes. Also printed on the router's console and in the file setup-token of its state directory."  # noqa: S105
)


router = APIRouter(prefix="/setup", **BEFORE_SETUP)


@router.get("")
def show(request: Request, panel: ThePanel) -> Response:
    """Show the form of the setup token."""
    return _ask_token(request, panel)


@router.post("/token")
def check_token(request: Request, panel: ThePanel, typed: TheForm) -> Response:
    """Check the setup token and show the administrator form."""
    if not panel.setup_token.accepts(typed.exactly("token")):
        return _wrong_token(request, panel)
    return _ask_password(request, panel, typed)


@router.post("/administrator")
async def make_administrator(request: Request, panel: ThePanel, typed: TheForm) -> Response:
    """Create the administrator account and log in; the setup token is then invalid."""
    author = Author(typed["name"][:64], Origin.PANEL, client_address(request))
    if not panel.setup_token.accepts(typed.exactly("token")):
        return await run_in_threadpool(_wrong_token, request, panel)
    try:
        passwords.require_good(typed.exactly("password"), typed["name"], again=typed.exactly("again"))
        origin = panel.login_backoff.source_of(author.address)
        hashed = await panel.password_queue.run(origin, lambda: passwords.hashed(typed.exactly("password")), known=True)
        user = await run_in_threadpool(panel.users.create_first, typed["name"], hashed, author)
    except InvalidConfig as error:
        return _ask_password(request, panel, typed, error)
    panel.setup_token.spend()
    panel.login_backoff.remember(author.address)
    agent = request.headers.get("user-agent", "")
    token = await run_in_threadpool(panel.sessions.open, user, author, agent)
    return logged_in(panel, token, "/welcome")


def _wrong_token(request: Request, panel: Panel) -> Response:
    record(panel.home, Author("", Origin.PANEL, client_address(request)), SetupRefused())
    text = "wrong or expired token; `multihome user setup-token` creates a new one"
    return _ask_token(request, panel, InvalidConfig(FieldError("token", text)))


def _ask_token(request: Request, panel: Panel, error: InvalidConfig | None = None) -> Response:
    shown = form((Field("token", "Setup token", "", _TOKEN_HINT, required=True),))
    if error is not None:
        shown = with_errors(shown, error.errors)
    return public_page(request, panel, "setup_token.html", status=422 if error else 200, form=shown)


def _ask_password(request: Request, panel: Panel, typed: Typed, error: InvalidConfig | None = None) -> Response:
    shown = _administrator_form(typed)
    if error is not None:
        shown = with_errors(shown, error.errors)
    token = typed.exactly("token")
    return public_page(request, panel, "setup_password.html", status=422 if error else 200, form=shown, token=token)


def _administrator_form(typed: Typed) -> Form:
    hint = f"At least {passwords.SHORTEST} characters; a few random words work well."
    return form(
        (
            Field("name", "User name", typed["name"] or "admin", autocomplete="username", required=True),
            Field("password", "Password", "", hint, kind="password", autocomplete="new-password", required=True),
            Field("again", "Repeat password", kind="password", autocomplete="new-password", required=True),
        )
    )
