"""What holds for every page: nobody is shut out, nothing is heavy, nothing spills over the edge."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from app.service.configuration import Configuration
from app.store.people import User
from tests.browser.conftest import NOWHERE, NewPage, connected
from tests.pace import Pace
from tests.screenshots import PAGES, THEMES, WIDTHS
from tests.web.fake_worker import FakeWorker
from tests.web.pages.test_doctor import FINDING
from tests.web.running import Running
from tests.web.waiting import until

AXE = (Path(__file__).parent / "vendor" / "axe.js").read_text(encoding="utf-8")
# The Simulation page has tests of its own: only a lab has it. So have previews and two people editing (test_forms).
EVERY_PAGE = (
    *(path for path in PAGES.values() if path != "/simulation"),
    "/isps/1/disable",
    "/isps/1/remove",
    "/interfaces/eth1",
    "/guard",
    "/isps/1/status",
    "/docs",
    "/docs/settings",
    "/welcome",
    "/welcome/checks",
    "/settings/backup",
    "/settings/doctor",
    NOWHERE,
)


# What a theme can change; everything else is the same in both.
COLORS = ("color-contrast", "link-in-text-block")


def findings(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds on a page as it is now, of WCAG 2.2 AA and its own best practices, or of these rules alone."""
    # Put in through the debugger, which no content security policy binds.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("options => axe.run(document, options)", options)
    first = [(one["id"], one["nodes"][0]) for one in found["violations"]]
    return [f"{rule}: {node['html']} {node['failureSummary']}" for rule, node in first]


def spill(page: Page) -> int:
    """By how many pixels a page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def test_axe_finds_nothing_on_any_page_in_any_theme_and_width(page: Page, worker: FakeWorker) -> None:
    worker.break_gateway(2)
    worker.findings = (FINDING,)
    for path in EVERY_PAGE:
        page.goto(path)
        for theme, width in product(THEMES, WIDTHS):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 800})
            assert findings(page, COLORS if theme == "dark" else ()) == [], (path, theme, width)
            assert spill(page) <= 0, f"{path} is {spill(page)} px wider than {width}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_before_the_login(new_page: NewPage, running: Running, theme: str) -> None:
    page = new_page(theme=theme, width=360)
    token = running.panel.setup_token.issue()
    page.goto("/setup")
    assert findings(page) == []
    page.get_by_label("Setup token").fill(token)
    page.get_by_role("button", name="Continue").click()
    assert findings(page) == []


def test_axe_finds_nothing_on_the_login_page_with_an_error(admin: User, new_page: NewPage) -> None:
    page = new_page(width=360)
    page.goto("/login?next=/isps")
    assert findings(page) == []


def test_axe_finds_nothing_on_a_form_full_of_errors(page: Page) -> None:
    page.goto("/isps/1")
    page.get_by_label("Weight", exact=True).fill("0")
    page.get_by_label("Next hop", exact=True).fill("nowhere")
    page.get_by_label("Its own checks").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#field-weight-error")
    page.get_by_text("Advanced").click()
    assert findings(page) == []


def test_the_dashboard_is_light(page: Page) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks its handlers
    page.goto("/")
    connected(page)
    sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers if "/live" not in answer.url}
    assert len(answers) <= 6, [answer.url for answer in answers]
    assert sum(sizes.values()) <= 70_000, sizes


def test_nothing_comes_from_elsewhere(page: Page, running: Running) -> None:
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    for path in EVERY_PAGE:
        page.goto(path, wait_until="load")
    assert all(url.startswith((running.url, "data:")) for url in urls)


@pytest.mark.exact
def test_the_page_paints_soon_and_nothing_jumps(page: Page) -> None:
    pace = Pace()
    page.goto("/")
    page.evaluate(
        """() => { window.shift = 0; window.painted = 0;
            new PerformanceObserver(list => {
                for (const entry of list.getEntries()) window.shift += entry.value;
            }).observe({type: 'layout-shift', buffered: true});
            new PerformanceObserver(list => { window.painted = list.getEntries().at(-1).startTime; })
                .observe({type: 'largest-contentful-paint', buffered: true}); }"""
    )
    painted_ms = until(lambda: page.evaluate("window.painted"))
    connected(page)
    shift = page.evaluate("window.shift")
    print(f"largest contentful paint {painted_ms:.0f} ms, layout shift {shift:.4f}")
    assert painted_ms <= pace.allows(1200)
    assert shift <= 0.02


@pytest.mark.parametrize("path", sorted(set(PAGES.values()) - {"/simulation"}))
def test_every_page_is_light(page: Page, path: str) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks its handlers
    page.goto(path)
    connected(page)
    sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers if "/live" not in answer.url}
    assert len(answers) <= 7, [answer.url for answer in answers]
    assert sum(sizes.values()) <= 75_000, sizes


def test_new_figures_move_nothing(page: Page, worker: FakeWorker) -> None:
    page.goto("/")
    connected(page)
    page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver(list => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({type: 'layout-shift'}); }"""
    )
    for rtt_ms, share_percent in ((0.2, 3.0), (1234.5, 97.0), (None, 50.4)):
        first, second = worker.status.gateways
        first = replace(first, rtt_ms=rtt_ms, share_percent=share_percent, rx_bits_per_s=4e9 * (share_percent / 100))
        worker.say(replace(worker.status, gateways=(first, second)))
        expect(page.locator("#isp-1 .share")).to_contain_text(f"{share_percent:.0f}\u00a0% of new connections")
    assert page.evaluate("window.shift") <= 0.02


def test_the_printed_status_is_one_sheet_with_words_and_without_buttons(page: Page, worker: FakeWorker) -> None:
    worker.break_gateway(2)
    page.goto("/")
    expect(page.locator("#isp-2 .badge")).to_have_text("down")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_text("Status as of ")).to_be_visible()
    expect(page.locator("#isp-2").get_by_text("no reply from 10.0.0.3").first).to_be_visible()
    assert page.locator("button:visible, .button:visible, nav:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


def test_sixteen_isps_fit_beside_each_other_and_on_a_phone(
    two_isps: Configuration, admin: User, new_page: NewPage, worker: FakeWorker
) -> None:
    first, second = worker.status.gateways
    others = tuple(replace(second, number=number, name=f"Provider {number}") for number in range(3, 17))
    worker.say(replace(worker.status, gateways=(first, second, *others)))
    page = new_page(user=admin)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("All 16 ISPs are up")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert spill(page) <= 0
        # Some lines each, where a card took most of a screen.
        assert page.locator("#cards").bounding_box()["height"] <= 16 * 80  # type: ignore[index]
        assert page.locator("#picture svg").count() == 0
