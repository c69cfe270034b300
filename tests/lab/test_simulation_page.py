"""The Simulation page on the real lab: a cable is cut by clicking, and what happens is on the page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from lab.lab import Lab
from lab.waiting import wait_until
from tests.lab import browsing, routed
from tests.lab.by_hand import lab_name
from tests.screenshots import chromium

# Shorter than the default, and long enough to tell "it answers again" from "it is used again".
HOLD_S = 2
BACK_WITHIN_MS = 20_000
CABLE = "balancer-isp1"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def lab(browser: Browser) -> Iterator[Lab]:
    """The paper's router with traffic, after its first run."""
    with Lab.up(lab_name("sim"), port=0) as lab:
        assert lab.setup_token is not None
        with browsing.page_of(browser, lab) as (page, _):
            browsing.first_run(page, lab.setup_token)
        routed.hold(lab, HOLD_S)
        yield lab


def figure(page: Page, name: str) -> str:
    """What the page says of one thing that the office notices."""
    return page.locator("#lab-figures div", has_text=name).inner_text()


def is_plugged(lab: Lab) -> bool:
    (cable,) = (one for one in lab.cables() if one.name == CABLE)
    return cable.plugged


def test_the_papers_experiment_by_clicking(lab: Lab, browser: Browser) -> None:
    with browsing.page_of(browser, lab) as (page, complaints):
        browsing.log_in(page)
        page.get_by_role("link", name="Simulation").click()
        trace = page.locator("#lab-trace")
        expect(trace).to_contain_text("ISP 1")
        expect(trace).to_contain_text("ISP 2")
        page.evaluate("window.notReloaded = true")

        page.get_by_role("button", name="Cut ISP 1's cable").click()
        expect(page.locator("#outcome")).to_contain_text(f"{CABLE} is now cut")
        expect(page.locator(f"a.cable.cut[aria-label^='Cable {CABLE}: cut']")).to_be_visible()
        expect(page.locator("#lab-picture .box.down")).to_contain_text("ISP 1")
        assert not is_plugged(lab)
        expect(page.locator("#lab-tour li.now")).to_contain_text("through ISP 2")
        expect(page.locator("#lab-tour li.now")).to_contain_text("the call")
        expect(page.locator("#lab-figures")).to_contain_text("through ISP 2")
        # Forty flows later the list holds no packet that came through ISP 1.
        expect(trace).not_to_contain_text("ISP 1")

        page.get_by_role("button", name="Plug it back in").click()
        expect(page.locator("#outcome")).to_contain_text(f"{CABLE} is now healthy")
        assert is_plugged(lab)
        expect(page.locator("#lab-tour")).to_contain_text("back after", timeout=BACK_WITHIN_MS)
        assert routed.gateway(lab, 1).in_use, "its check asks through it long before, and that is not what is meant"
        expect(trace).to_contain_text("ISP 1")
        assert page.evaluate("window.notReloaded") is True
        assert complaints.said == []


def test_a_silent_isp_leaves_a_gap_in_the_call(lab: Lab, browser: Browser) -> None:
    routed.wait_for_members(lab, 1, 2)
    with browsing.page_of(browser, lab) as (page, complaints):
        browsing.log_in(page)
        page.goto("/simulation")
        expect(page.locator("#lab-figures")).to_contain_text("The call")
        wait_until(lambda: "through ISP" in figure(page, "The call"), "the call is answered", 10)
        carrier = figure(page, "The call").partition("through ISP ")[2][:1]
        other = {"1": "2", "2": "1"}[carrier]
        row = page.locator(f"#cable-isp{carrier}-vmnet8")
        row.get_by_role("button", name="Silence").click()
        expect(row).to_contain_text("silent")
        call = page.locator("#lab-figures div", has_text="The call")
        expect(call).to_contain_text(f"through ISP {other}")
        gap = page.locator("#lab-figures div", has_text="Its last gap")
        expect(gap).to_contain_text("ms")
        expect(gap).not_to_contain_text("under")
        row.get_by_role("button", name="Restore").click()
        expect(row).to_contain_text("healthy")
        assert complaints.said == []


def test_by_keyboard_and_without_javascript(lab: Lab, browser: Browser) -> None:
    with browsing.page_of(browser, lab, javascript=False) as (page, _):
        browsing.log_in(page)
        page.goto("/simulation")
        page.locator(f"a.cable[aria-label^='Cable {CABLE}:']").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/simulation#cable-{CABLE}")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text(f"Cut {CABLE}")
        page.keyboard.press("Enter")
        expect(page.locator(f"#cable-{CABLE}")).to_contain_text("cut")
        assert not is_plugged(lab)
        page.locator(f"#cable-{CABLE}").get_by_role("button", name="Plug in").press("Enter")
        expect(page.locator(f"#cable-{CABLE}")).to_contain_text("healthy")
        assert is_plugged(lab)
