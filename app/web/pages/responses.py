"""Responses of the pages: a whole page, a fragment for htmx, a redirect."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.model.config import LONGEST_WINDOW_S
from app.service.configuration import Saved
from app.service.listening import warning as port_warning
from app.web.access.authentication import POLLS, TheVisitor, Visitor, declares
from app.web.live.fragments import snapshot_of_head
from app.web.panel import Panel, ThePanel
from app.web.rendering.templating import THEMES, Frame
from app.web.views.overview import Snapshot, news
from app.web.views.trial import Viewer

THEME_COOKIE = "multihome-theme"
# For the script of a page: the revision that it saved and has to confirm, and the page to open afterwards.
SAVED_HEADER, NEXT_HEADER = "Multihome-Saved", "Multihome-Next"


def is_htmx(request: Request) -> bool:
    """Whether htmx sent the request, which replaces a part of the page."""
    return request.headers.get("hx-request") == "true"


def theme_of(request: Request) -> str:
    """The theme that this browser chose."""
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"


def frame(request: Request, visitor: Visitor | None = None, warning: str = "", head: int | None = None) -> Frame:
    """The frame around the page. `warning` is shown next to the one about the certificate, if there is one.

    `head`: the newest revision, which can be undone where it was just saved.
    """
    panel: Panel = request.app.state.panel
    extension, saved = panel.extension, _number(request, "saved")
    return Frame(
        here=request.url.path,
        theme=theme_of(request),
        added=None if extension is None else (extension.path, extension.title, extension.icon),
        warning=" ".join(filter(None, [warning, panel.certificate.warning(panel.now())])),
        user="" if visitor is None else visitor.session.user,
        saved=saved,
        undo=saved - 1 if saved is not None and saved == head and saved > 1 else None,
        answers=() if saved is None else panel.check_answers.get(saved, ()),
        kept=_number(request, "kept"),
    )


def _number(request: Request, name: str) -> int | None:
    """A revision number from the query string, or None for any other text."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def viewer_of(visitor: Visitor) -> Viewer:
    """The user and session that the page is rendered for."""
    return Viewer(visitor.session.id, visitor.session.user)


def local_path(text: str) -> str:
    """A path on this panel, or the home page for anything else: no open redirect."""
    good = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if good else "/"


def elsewhere(request: Request, path: str) -> Response:
    """Redirect to another page: 303 for a form, a header for htmx, which would follow a 303 inside the page."""
    if is_htmx(request):
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def public_page(request: Request, panel: Panel, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page that needs no login."""
    return HTMLResponse(panel.templates.page(template, frame=frame(request), **context), status)


@dataclass(frozen=True, slots=True)
class PageContext:
    """The context of one request to a page behind the login, and its responses."""

    request: Request
    panel: Panel
    visitor: Visitor

    @property
    def key(self) -> str:
        """The key that confirms the change which this request saves.

        An HMAC of the request under the session token: a button pressed twice, whose first response the browser
        drops, gets the same key again.
        """
        token = self.request.cookies.get(self.panel.cookie, "")
        sent = f"{self.request.url.path}\n{getattr(self.request.state, 'sent', '')}"
        return hmac.new(token.encode(), sent.encode(), sha256).hexdigest()

    def page(self, template: str, *, known: Snapshot | None = None, status: int = 200, **context: Any) -> Response:
        """A whole page. `known`: the snapshot, if the page has read it already."""
        known = known or snapshot_of_head(self.panel)
        shown = news(known, viewer_of(self.visitor))
        around = frame(self.request, self.visitor, port_warning(known.config, self.panel.ports), known.head.number)
        answer = HTMLResponse(self.panel.templates.page(template, frame=around, news=shown, **context), status)
        if shown.trial is not None and shown.trial.mine:
            # The button on this page has to come over a connection that is newer than the change.
            answer.headers["Connection"] = "close"
        return answer

    def block(self, template: str, block: str, *, status: int = 200, **context: Any) -> Response:
        """One block of the page for htmx, else the whole page."""
        if not is_htmx(self.request):
            return self.page(template, status=status, **context)
        around = frame(self.request, self.visitor)
        return HTMLResponse(self.panel.templates.block(template, block, frame=around, **context), status)

    def fragment(self, template: str, **context: Any) -> Response:
        """A fragment of a page, without the frame."""
        return HTMLResponse(self.panel.templates.page(template, **context))

    def part(self, template: str, saved: Saved, **context: Any) -> Response:
        """A fragment that shows the state after a save."""
        shown = news(snapshot_of_head(self.panel), viewer_of(self.visitor))
        return self._with_key(HTMLResponse(self.panel.templates.page(template, news=shown, **context)), saved)

    def elsewhere(self, path: str) -> Response:
        """Redirect to another page."""
        return elsewhere(self.request, path)

    def saved(self, path: str, saved: Saved, *, at: str = "") -> Response:
        """Redirect to a page that names the saved revision, at its element `at`.

        A script first proves that it still reaches the router.
        """
        self.panel.keep_answers(saved)
        place = f"#{at}" if at else ""
        if not saved.changed:
            return self.elsewhere(f"{path}{place}")
        target = f"{path}?saved={saved.after.number}{place}"
        if saved.window_s is None or not is_htmx(self.request):
            return self._with_key(self.elsewhere(target), saved)
        return self._with_key(Response(status_code=204, headers={NEXT_HEADER: target}), saved)

    def _with_key(self, answer: Response, saved: Saved) -> Response:
        """Set the cookie with the key that confirms the saved revision, and delete the keys of older ones."""
        if saved.changed and saved.window_s is not None:
            if is_htmx(self.request):
                # The script comes back at once, and has to come over a newer connection.
                answer.headers["Connection"] = "close"
            answer.headers[SAVED_HEADER] = str(saved.after.number)
            name = self.panel.keep_cookie(saved.after.number)
            answer.set_cookie(name, self.key, 2 * LONGEST_WINDOW_S, secure=True, httponly=True, samesite="strict")
            for old in self._older_keys(saved.after.number):
                answer.delete_cookie(old, secure=True, httponly=True, samesite="strict")
        return answer

    def _older_keys(self, revision: int) -> list[str]:
        """The cookies with keys of earlier revisions, which cannot be confirmed any more."""
        prefix = self.panel.keep_prefix
        numbers = ((name, name.removeprefix(prefix)) for name in self.request.cookies if name.startswith(prefix))
        return [name for name, text in numbers if text.isascii() and text.isdigit() and int(text[:10]) < revision]


def page_context(request: Request, panel: ThePanel, visitor: TheVisitor) -> PageContext:
    """The page context of a request. Raises LoginNeeded."""
    return PageContext(request, panel, visitor)


ThePage = Annotated[PageContext, Depends(page_context)]


def login_path(request: Request) -> str:
    """The path of the login page, which returns to this page afterwards."""
    if request.method != "GET" or request.url.path == "/" or declares(request, POLLS):
        return "/login"
    return f"/login?next={quote(request.url.path)}"
