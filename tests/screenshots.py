"""Takes real screenshots of the panel's pages: both themes, phone and desk.

    python -m tests.screenshots DIRECTORY [--url URL] [--user NAME] [--password PASSWORD] [--page PATH …]

The panel must be running and set up; the password may come from MULTIHOME_PASSWORD. Files are called
`status-light-1280.png`.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# For what a browser test waits for and does not measure: generous, as the machine may be busy.
LIMIT_MS = 45_000
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PAGES = {
    "status": "/",
    "isps": "/isps",
    "isp": "/isps/1",
    "isp-new": "/isps/new",
    "rules": "/rules",
    "rule-new": "/rules/new",
    "interfaces": "/interfaces",
    "failover": "/failover",
    "kernel": "/kernel",
    "events": "/events",
    "revisions": "/revisions",
    "revision": "/revisions/1",
    "settings": "/settings",
    "simulation": "/simulation",
}
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTHS = (360, 1280)


@dataclass(frozen=True)
class Login:
    """Where the panel is and how to get in."""

    url: str
    user: str
    password: str


def close(context: BrowserContext) -> None:
    """End a context. Chromium never ends one of which a page is just going elsewhere, so none of them does."""
    for page in context.pages:
        with suppress(Error):
            page.goto("about:blank")
    context.close()


expect.set_options(timeout=LIMIT_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless and quiet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def logged_in(browser: Browser, login: Login, theme: Theme, width: int) -> Iterator[Page]:
    """A page of somebody who is logged in."""
    size = ViewportSize(width=width, height=800 if width > 500 else 740)
    context = browser.new_context(
        base_url=login.url,
        ignore_https_errors=True,
        color_scheme=theme,
        viewport=size,
        device_scale_factor=1,
        # A phone's scroll bar lies over the page and takes no room.
        is_mobile=width < 500,
    )
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("User name").fill(login.user)
    page.get_by_label("Password").fill(login.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    yield page
    context.close()


def shoot(page: Page, target: Path, most_high: int = 10_000) -> None:
    """The whole page, or its first `most_high` pixels, in one window: fixed bars stay at its edges."""
    before = page.viewport_size
    assert before is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": before["width"], "height": max(before["height"], min(height, most_high))})
    page.screenshot(path=target)
    page.set_viewport_size(before)


def take(login: Login, directory: Path, pages: dict[str, str]) -> list[Path]:
    """Every page in both themes and widths."""
    directory.mkdir(parents=True, exist_ok=True)
    made = []
    with chromium() as browser:
        for theme in THEMES:
            for width in WIDTHS:
                with logged_in(browser, login, theme, width) as page:
                    for name, path in pages.items():
                        page.goto(path)
                        page.wait_for_load_state("load")
                        target = directory / f"{name}-{theme}-{width}.png"
                        shoot(page, target)
                        made.append(target)
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description="screenshots of the panel")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--url", default="https://localhost:8443")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default=os.environ.get("MULTIHOME_PASSWORD", ""))
    parser.add_argument("--page", action="append", default=[], choices=sorted(PAGES), help="only this page")
    chosen = parser.parse_args(arguments)
    pages = {name: path for name, path in PAGES.items() if not chosen.page or name in chosen.page}
    for path in take(Login(chosen.url, chosen.user, chosen.password), chosen.directory, pages):
        print(path)


if __name__ == "__main__":
    main()
