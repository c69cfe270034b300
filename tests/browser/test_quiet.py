"""A page on which nothing happens: it says nothing, and nothing on it moves. One whose panel is frozen says so."""

import threading
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from app.service.configuration import Configuration
from app.store.people import User
from app.web.live.fragments import FragmentCache, Fragments
from app.web.live.streams import KEEP_ALIVE_S, MOST_EACH
from tests.browser.conftest import NOWHERE, NewPage, connected
from tests.browser.test_quality import EVERY_PAGE

# Longer than four keep-alives, and than three times the patience of a page.
QUIET_S: Final = 70
FROZEN_S: Final = 26.0
WATCH: Final = """() => {
    window.shift = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shift += entry.value; })
        .observe({type: 'layout-shift'});
    const notice = document.getElementById('connection');
    window.shown = Number(!notice.hidden);
    new MutationObserver(() => { window.shown += Number(!notice.hidden); }).observe(notice, {attributes: true});
}"""


@pytest.mark.patient
def test_a_quiet_page_neither_cries_wolf_nor_moves(two_isps: Configuration, admin: User, new_page: NewPage) -> None:
    assert QUIET_S > 4 * KEEP_ALIVE_S
    paths = [path for path in EVERY_PAGE if path != NOWHERE]
    # As many pages of one session as have a stream each; all sessions first, since each is an event.
    sessions = [new_page(user=admin) for _ in paths[::MOST_EACH]]
    pages: dict[str, Page] = {}
    for number, path in enumerate(paths):
        session = sessions[number // MOST_EACH]
        page = pages[path] = session if number % MOST_EACH == 0 else session.context.new_page()
        page.goto(path)
        connected(page)
        page.evaluate(WATCH)
    sessions[0].wait_for_timeout(1000 * QUIET_S)
    for path, page in pages.items():
        shown, shift = page.evaluate("[window.shown, window.shift]")
        assert shown == 0, f"{path}: the page said {shown} times that the panel does not answer"
        assert shift <= 0.02, f"{path}: moved by {shift:.3f}"


@pytest.mark.patient
def test_a_frozen_panel_is_told_and_forgotten_once_it_answers(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.goto("/settings")
    connected(page)
    whole = FragmentCache.fragments

    async def frozen(*args: object) -> Fragments:
        # The event loop stands still, and with it every connection; once.
        monkeypatch.setattr(FragmentCache, "fragments", whole)
        threading.Event().wait(FROZEN_S)
        return await whole(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(FragmentCache, "fragments", frozen)
    notice = page.locator("#connection")
    expect(notice).to_be_visible()
    expect(notice).to_be_hidden()
