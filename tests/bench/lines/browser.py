"""From the worker's verdict to the word on an open page in Chromium."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from app.model.verdict import State
from lab.lab import Lab
from lab.waiting import wait_until
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.bench.panel import paneled
from tests.lab import browsing, routed
from tests.lab.test_panel import NOTE_WHEN
from tests.screenshots import chromium

RUNS = 20
CARRIER_REST_S = 1.2


def figures(effort: Effort) -> Iterator[Figure]:
    """A cable is cut; the card's badge says so without a reload. Then the page's own measures of a cold start."""
    with paneled("b-browser") as lab, chromium() as browser, browsing.page_of(browser, lab) as (page, _):
        browsing.log_in(page)
        browsing.connected(page)
        took_ms = tuple(_seen_ms(lab, page) for _ in range(effort.runs(RUNS)))
        yield Figure("verdict → visible in an open browser", "ms", took_ms, Budget(150, Statistic.P95))


def _seen_ms(lab: Lab, page: Page) -> float:
    badge = browsing.card(page, 1).locator(".badge")
    expect(badge).to_contain_text("up")
    page.evaluate(NOTE_WHEN, [1, "down"])
    lab.cut("balancer-isp1")
    seen_ms: float = wait_until(lambda: page.evaluate("window.seenMs"), "the card says so", 15)
    down = routed.wait_for_state(lab, 1, State.DOWN)
    plugged_ns = lab.plug("balancer-isp1")
    routed.wait_for_members(lab, 1, 2, limit_s=30)
    routed.wait_for_beat(plugged_ns / 1e9 + CARRIER_REST_S)
    return seen_ms - down.since.timestamp() * 1000
