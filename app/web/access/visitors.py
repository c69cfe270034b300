"""Who is asking: a session's cookie for pages, a token or a session for the API. Dependencies of the routes."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from app.errors import MultihomeError
from app.service.configuration import Author, Origin
from app.store.people import Session
from app.web.access.addresses import parsed
from app.web.access.guard import SAFE_METHODS
from app.web.panel import Panel, ThePanel

# Asked with POST because the question is a document; it changes nothing, so that who may read may ask.
_QUESTIONS: Final = frozenset({"/api/v1/way", "/api/v1/plan"})
_STREAM: Final = "/api/v1/stream"


class LoginNeeded(MultihomeError):
    """Nobody is logged in; pages lead to the login page, the API answers 401."""


class ReadOnly(MultihomeError):
    """The token may read and not change anything."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is logged in."""

    session: Session
    author: Author


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever uses the API. `session` None: a program with a token."""

    author: Author
    session: Session | None = None


def client_address(request: Request) -> str:
    """The other end's address as people write it."""
    address = parsed(request.client.host if request.client else None)
    return "" if address is None else str(address)


def session_of(request: Request, panel: Panel) -> Session | None:
    """The session of this request's cookie, noted as used; a request that only watches does not use it."""
    token = request.cookies.get(panel.cookie)
    session = None if token is None else panel.sessions.find(token)
    if session is not None and not _only_watches(request):
        panel.sessions.use(session)
    return session


def _only_watches(request: Request) -> bool:
    """Whether the page asks by itself and not the person: a stream, or a part that is asked for every few seconds."""
    return request.url.path.startswith(("/live", _STREAM)) or (
        request.method == "GET" and request.headers.get("hx-request") == "true"
    )


def visitor(request: Request, panel: ThePanel) -> Visitor:
    """Whoever is logged in. Raises LoginNeeded."""
    session = session_of(request, panel)
    if session is None:
        raise LoginNeeded("Log in first.")
    return Visitor(session, Author(session.user, Origin.PANEL, client_address(request)))


def caller(request: Request, panel: ThePanel) -> Caller:
    """Whoever uses the API: by token, else by the cookie of a session. Raises LoginNeeded or ReadOnly."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        person = visitor(request, panel)
        return Caller(Author(person.author.name, Origin.API, person.author.address), person.session)
    token = panel.tokens.find(secret.strip())
    if token is None:
        raise LoginNeeded("This token is not known, or was revoked.")
    if token.read_only and request.method not in SAFE_METHODS and request.url.path not in _QUESTIONS:
        raise ReadOnly(f"The token {token.name} may read only.")
    return Caller(Author(token.name, Origin.API, client_address(request)))


TheVisitor = Annotated[Visitor, Depends(visitor)]
TheCaller = Annotated[Caller, Depends(caller)]
