"""A person with a browser: what they see, and forms filled in as a browser without JavaScript would."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from app.service.configuration import Author, Origin
from app.service.confirming import uptime_s
from app.service.passwords import hashed
from app.store.people import User
from app.web.panel import Panel
from app.web.transport.connections import OPENED_S
from tests.web.client import TestClient

ADMIN = "admin"
PASSWORD = "correct horse battery staple"
PASSWORD_HASH = hashed(PASSWORD)
# What every browser says of a request that its own page made.
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**OWN_PAGE, "HX-Request": "true"}


@dataclass
class Form:
    """A form of a page: where it goes and what is in it."""

    action: str = ""
    method: str = "get"
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Collects forms with the values that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get"))
            self.found.append(self._open)
        elif self._open is not None and tag == "select":
            self._select = given["name"]
        elif self._open is not None and tag == "option":
            if "selected" in given or self._select not in self._open.values:
                self._open.values[self._select] = given["value"]
        elif self._open is not None and tag == "input" and given.get("name") and _is_sent(given):
            self._open.values[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def _is_sent(given: dict[str, str]) -> bool:
    return given.get("type") not in {"radio", "checkbox"} or "checked" in given


class Browser:
    """One browser with its cookies."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def with_session_of(self, panel: Panel, user: User) -> "Browser":
        """Be logged in without the slow way through the password."""
        token = panel.sessions.open(user, Author(user.name, Origin.PANEL, "192.168.1.50"), "a test")
        self.client.cookies.set(panel.cookie, token, domain="localhost.local")
        return self

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page, over a connection of its own."""
        self._connect()
        answer: httpx.Response = self.client.get(path, headers=headers)
        return answer

    def post(
        self, path: str, values: dict[str, str] | None = None, headers: dict[str, str] = OWN_PAGE
    ) -> httpx.Response:
        """Send a form from our own page, over a connection of its own."""
        self._connect()
        answer: httpx.Response = self.client.post(path, data=values or {}, headers=headers)
        return answer

    def _connect(self) -> None:
        """What the server's protocol notes of a connection, for a client that has none."""
        self.client.app_state[OPENED_S] = uptime_s()

    def form(self, path: str, action: str | None = None) -> Form:
        """The form of a page that goes to `action`, or to the page itself."""
        page = self.get(path)
        assert page.status_code == 200, page.text
        return form_in(page.text, action or path)

    def fill_in(self, path: str, action: str | None = None, **values: str) -> httpx.Response:
        """Open a page, fill in its form (underscores stand for dots) and send it."""
        form = self.form(path, action)
        typed = {name.replace("__", "."): value for name, value in values.items()}
        return self.post(form.action, {**form.values, **typed})

    def login(self, name: str = ADMIN, password: str = PASSWORD, **values: str) -> httpx.Response:
        """Log in the slow way."""
        return self.post("/login", {"name": name, "password": password, **values})


def form_in(page: str, action: str) -> Form:
    """The form that goes to `action`."""
    parser = _Forms()
    parser.feed(page)
    found = [form for form in parser.found if form.action == action]
    assert found, f"no form for {action} among {[form.action for form in parser.found]}"
    return found[0]


def text_of(page: str) -> str:
    """A page as a person reads it: without tags, one space between words."""
    page = re.sub(r"</?(bdi|strong|time|code|a)\b[^>]*>", "", page)
    bare = re.sub(r"<(script|style|title)\b.*?</\1>|<[^>]+>", " ", page, flags=re.S)
    return " ".join(html.unescape(bare).split())


def error_beside(page: str, name: str) -> str:
    """What is said below the field of this name; empty when nothing is."""
    found = re.search(rf'id="field-{re.escape(name.replace(".", "-"))}-error">(.*?)</p>', page, flags=re.S)
    return "" if found is None else text_of(found[1])
