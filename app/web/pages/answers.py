"""The ways in which a page answers: whole, in part, elsewhere, or with what is wrong."""

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
# Tells the script of a page what it saved and has to keep; and where to go on once that is done.
SAVED_HEADER, NEXT_HEADER = "Multihome-Saved", "Multihome-Next"


def is_htmx(request: Request) -> bool:
    """Whether a part of the page is asked for, and not a whole one."""
    return request.headers.get("hx-request") == "true"


def theme_of(request: Request) -> str:
    """The colours that this browser chose."""
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"


def frame(request: Request, visitor: Visitor | None = None, warning: str = "") -> Frame:
    """What the frame around the page shows; `warning` beside what there is to say about the certificate."""
    panel: Panel = request.app.state.panel
    extension = panel.extension
    return Frame(
        here=request.url.path,
        theme=theme_of(request),
        added=None if extension is None else (extension.path, extension.title, extension.icon),
        warning=" ".join(filter(None, [warning, panel.certificate.warning(panel.now())])),
        user="" if visitor is None else visitor.session.user,
        saved=_number(request, "saved"),
        kept=_number(request, "kept"),
    )


def _number(request: Request, name: str) -> int | None:
    """The number of a revision in the page's address, or None for whatever else stands there."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def viewer_of(visitor: Visitor) -> Viewer:
    """Who looks."""
    return Viewer(visitor.session.id, visitor.session.user)


def local_path(text: str) -> str:
    """A path on this panel, or the home page: where a person came from is not for others to choose."""
    good = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if good else "/"


def elsewhere(request: Request, path: str) -> Response:
    """Go to another page: by 303 for a form, by a header for htmx, which would follow a redirect inside the page."""
    if is_htmx(request):
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def public_page(request: Request, panel: Panel, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page for somebody who is not logged in."""
    return HTMLResponse(panel.templates.page(template, frame=frame(request), **context), status)


@dataclass(frozen=True, slots=True)
class Inside:
    """What every page needs that is shown to somebody who is logged in."""

    request: Request
    panel: Panel
    visitor: Visitor

    @property
    def key(self) -> str:
        """What keeps the change that this request saves.

        Made of the session's secret and of what was sent: whoever presses the button twice, and so never sees the
        first answer, gets the same key with the second.
        """
        token = self.request.cookies.get(self.panel.cookie, "")
        sent = f"{self.request.url.path}\n{getattr(self.request.state, 'sent', '')}"
        return hmac.new(token.encode(), sent.encode(), sha256).hexdigest()

    def page(self, template: str, *, known: Snapshot | None = None, status: int = 200, **context: Any) -> Response:
        """A whole page; with `known` where the page has it already."""
        known = known or snapshot_of_head(self.panel)
        shown = news(known, viewer_of(self.visitor))
        around = frame(self.request, self.visitor, port_warning(known.config, self.panel.ports))
        answer = HTMLResponse(self.panel.templates.page(template, frame=around, news=shown, **context), status)
        if shown.trial is not None and shown.trial.mine:
            # The button on this page has to come over a connection that is newer than the change.
            answer.headers["Connection"] = "close"
        return answer

    def block(self, template: str, block: str, *, status: int = 200, **context: Any) -> Response:
        """The block that changed for htmx, the whole page for everybody else."""
        if not is_htmx(self.request):
            return self.page(template, status=status, **context)
        around = frame(self.request, self.visitor)
        return HTMLResponse(self.panel.templates.block(template, block, frame=around, **context), status)

    def fragment(self, template: str, **context: Any) -> Response:
        """A part of a page that was asked for by itself."""
        return HTMLResponse(self.panel.templates.page(template, **context))

    def part(self, template: str, saved: Saved, **context: Any) -> Response:
        """A part of a page that says what is new after something was saved."""
        shown = news(snapshot_of_head(self.panel), viewer_of(self.visitor))
        return self._with_key(HTMLResponse(self.panel.templates.page(template, news=shown, **context)), saved)

    def elsewhere(self, path: str) -> Response:
        """Go to another page."""
        return elsewhere(self.request, path)

    def saved(self, path: str, saved: Saved, *, at: str = "") -> Response:
        """Go to a page that says what was saved, to its element `at`; a script first proves that the router is still
        reached."""
        place = f"#{at}" if at else ""
        if not saved.changed:
            return self.elsewhere(f"{path}{place}")
        target = f"{path}?saved={saved.after.number}{place}"
        if saved.window_s is None or not is_htmx(self.request):
            return self._with_key(self.elsewhere(target), saved)
        return self._with_key(Response(status_code=204, headers={NEXT_HEADER: target}), saved)

    def _with_key(self, answer: Response, saved: Saved) -> Response:
        """Give this browser the key that keeps what it saved; the keys of older revisions are of no use any more."""
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
        """The cookies with keys of revisions before this one, which nobody can confirm any more."""
        prefix = self.panel.keep_prefix
        numbers = ((name, name.removeprefix(prefix)) for name in self.request.cookies if name.startswith(prefix))
        return [name for name, text in numbers if text.isascii() and text.isdigit() and int(text[:10]) < revision]


def inside(request: Request, panel: ThePanel, visitor: TheVisitor) -> Inside:
    """The page's surroundings. Raises LoginNeeded."""
    return Inside(request, panel, visitor)


TheInside = Annotated[Inside, Depends(inside)]


def login_path(request: Request) -> str:
    """The login page, which leads back here."""
    if request.method != "GET" or request.url.path == "/" or declares(request, POLLS):
        return "/login"
    return f"/login?next={quote(request.url.path)}"
