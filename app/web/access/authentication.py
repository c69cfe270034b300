"""Authentication and authorization: who may call a route, and how large a body it accepts.

`APIRouter(prefix="/events", **SIGNED_IN)` admits every logged-in user; a route that takes more than other routes has
a `max_body_size` of its own. A mark among the route's dependencies declares what else is special about it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypedDict

from fastapi import Depends, HTTPException, Request
from fastapi.params import Depends as Dependency
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from app.errors import MultihomeError
from app.service.configuration import Author, Origin
from app.store.people import Session
from app.web.access.guard import LARGEST_BODY, SAFE_METHODS
from app.web.panel import Panel, ThePanel
from app.web.transport.addresses import parsed
from app.web.transport.connections import arrival


async def changes_nothing() -> None:
    """Marker: a POST that changes nothing, because its query is a document. Read-only tokens may call it."""


async def polls() -> None:
    """Marker: a request that the page sends by itself, so the session does not count as used."""


async def loses_nothing() -> None:
    """Marker: a POST without typed input, so an expired session is redirected to the login page."""


CHANGES_NOTHING: Final = Depends(changes_nothing)
POLLS: Final = Depends(polls)
LOSES_NOTHING: Final = Depends(loses_nothing)


def declares(request: Request, mark: Dependency) -> bool:
    """Whether the route of this request, or its router, has this marker."""
    return mark in getattr(request.scope.get("route"), "dependencies", ())


class LoginNeeded(MultihomeError):
    """Not logged in: pages redirect to the login page, the API returns 401."""


class ReadOnly(MultihomeError):
    """A read-only token was used for a change."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A logged-in user of the panel."""

    session: Session
    author: Author


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of the API. `session` None: a program with a token."""

    author: Author
    session: Session | None = None


def client_address(request: Request) -> str:
    """The client's address as text."""
    address = parsed(request.client.host if request.client else None)
    return "" if address is None else str(address)


def session_of(request: Request, panel: Panel) -> Session | None:
    """The session of this request's cookie, marked as used unless the page sent the request by itself."""
    token = request.cookies.get(panel.cookie)
    session = None if token is None else panel.sessions.find(token)
    if session is not None and not _only_watches(request):
        panel.sessions.use(session)
    return session


def _only_watches(request: Request) -> bool:
    """Whether the page sends the request by itself: a stream, or a fragment that it polls."""
    return declares(request, POLLS) or (request.method == "GET" and request.headers.get("hx-request") == "true")


async def everybody() -> None:
    """Declaration of a public route: no login, only secrets protect what it does."""


def before_setup(request: Request, panel: ThePanel) -> None:
    """Raise 404 once there is an administrator, and always for WAN connections."""
    if panel.users.exist() or panel.exposure.is_outside(arrival(request)):
        raise HTTPException(404)


def visitor(request: Request, panel: ThePanel) -> Visitor:
    """The logged-in user. Raises LoginNeeded."""
    session = session_of(request, panel)
    if session is None:
        raise LoginNeeded("Log in first.")
    return Visitor(session, Author(session.user, Origin.PANEL, client_address(request)))


def caller(request: Request, panel: ThePanel) -> Caller:
    """The caller of the API, by token or else by session cookie. Raises LoginNeeded or ReadOnly."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        person = visitor(request, panel)
        return Caller(Author(person.author.name, Origin.API, person.author.address), person.session)
    token = panel.tokens.find(secret.strip())
    if token is None:
        raise LoginNeeded("Unknown or revoked API token.")
    if token.read_only and request.method not in SAFE_METHODS and not declares(request, CHANGES_NOTHING):
        raise ReadOnly(f"API token {token.name} is read only.")
    return Caller(Author(token.name, Origin.API, client_address(request)))


TheVisitor = Annotated[Visitor, Depends(visitor)]
TheCaller = Annotated[Caller, Depends(caller)]


class Declaration(TypedDict):
    """The access declaration of a router, for all of its routes."""

    dependencies: list[Dependency]
    max_body_size: int


EVERYBODY: Final = Declaration(dependencies=[Depends(everybody)], max_body_size=LARGEST_BODY)
BEFORE_SETUP: Final = Declaration(dependencies=[Depends(before_setup)], max_body_size=LARGEST_BODY)
SIGNED_IN: Final = Declaration(dependencies=[Depends(visitor)], max_body_size=LARGEST_BODY)
API: Final = Declaration(dependencies=[Depends(caller)], max_body_size=LARGEST_BODY)
# One of these is declared on every route.
WHO: Final = frozenset({everybody, before_setup, visitor, caller})


def declared(route: RouteContext) -> list[Callable[..., object]]:
    """Who may call this route; exactly one of WHO where it is declared as it should be."""
    return [one.dependency for one in getattr(route, "dependencies", ()) if one.dependency in WHO]


def require_declared(routes: Sequence[BaseRoute]) -> None:
    """Raise LookupError for a route that does not declare who may call it and how large its body may be."""
    for route in iter_route_contexts(routes):
        if len(declared(route)) != 1 or getattr(route, "max_body_size", None) is None:
            raise LookupError(f"{route.path} does not declare who may call it and how large its body may be")
