"""A real browser in the office: what it saves cannot lock it out, and a good change stays by itself."""

from collections.abc import Iterator
from ipaddress import IPv4Interface

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from app.model.verdict import State
from app.service.contact import WINDOW_AFTER_MOVE_S
from lab.lab import Lab
from lab.measures import pairs
from lab.topology import BALANCER_LAN
from lab.waiting import wait_until
from tests.lab import browsing, routed
from tests.lab.by_hand import lab_name
from tests.lab.countdown import GRACE_S, WINDOW_S, in_force_s, is_reached, observed, uptime_s, wait_for_return

CHANGES = 5
# A browser that lost its connection notices after 20 s without a word, and tries again every 3 s at least.
SAYS_SO_WITHIN_MS = 40_000


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.up(lab_name("safe"), quiet=True, port=0) as lab:
        routed.wait_for_members(lab, 1, 2)
        yield lab


@pytest.fixture(scope="module")
def page(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    directory = tmp_path_factory.mktemp("office")
    with (
        sync_playwright() as playwright,
        browsing.office(playwright, lab, directory) as browser,
        browsing.set_up(browser, lab) as page,
    ):
        yield page


def test_a_good_change_keeps_itself_every_time(lab: Lab, page: Page) -> None:
    for count in range(CHANGES):
        before = browsing.newest(lab).number
        page.goto("/isps/1")
        page.get_by_label("Weight", exact=True).fill(str(20 + count))
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text(f"Saved as revision {before + 1}.")).to_be_visible()
        wait_until(lambda: browsing.newest(lab).confirmed, "the page has kept it", routed.LIMIT_S)
        assert browsing.newest(lab).number == before + 1
    status = routed.status(lab)
    assert (status.in_force, status.on_trial, status.returned) == (browsing.newest(lab).number, None, None)


def test_an_address_that_cuts_the_browser_off_comes_back_and_the_page_says_so(lab: Lab, page: Page) -> None:
    before, revision = observed(lab), routed.status(lab).in_force
    page.goto("/interfaces/eth0")
    expect(page.get_by_text("You are connected through this interface.")).to_be_visible()
    page.get_by_label("Addresses to set").fill("10.77.0.1/24")
    page.get_by_label("Roll back after").fill(str(WINDOW_S))
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text(f"you are connected to {BALANCER_LAN.ip}, which this removes from eth0")).to_be_visible()
    number = browsing.saved(page, lab)
    since_s = in_force_s(lab, number)
    assert not is_reached(lab)
    wait_for_return(lab, number, since_s)
    wait_until(lambda: observed(lab) == before, "all is as before", GRACE_S)
    assert routed.status(lab).in_force == revision
    assert [one.error for one in lab.connections(pairs(50)) if one.error] == []
    told = [event.text for event in routed.events(lab) if "rolled back" in event.text]
    why = f"not confirmed within {WINDOW_S} s"
    assert told == [f"revision {number} rolled back, revision {revision} restored: {why}"]
    expect(page.get_by_text(f"Revision {number} was rolled back:")).to_be_visible(timeout=SAYS_SO_WITHIN_MS)
    print(f"the page says so {uptime_s() - since_s - WINDOW_S:.1f} s after the window")
    expect(page.get_by_text(why)).to_be_visible()


def test_a_browser_that_follows_the_router_to_its_new_address_keeps_the_change_there(lab: Lab, page: Page) -> None:
    """The new address is another place to a browser: a certificate never seen, no cookie, so a login."""
    home, moved = BALANCER_LAN, IPv4Interface((BALANCER_LAN.ip + 60, BALANCER_LAN.network.prefixlen))
    for there in (moved, home):
        page.goto("/interfaces/eth0" if there is moved else f"https://{moved.ip}/interfaces/eth0")
        page.get_by_label("Addresses to set").fill(str(there))
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text(f"remaining addresses: {there.ip}")).to_be_visible()
        number = browsing.saved(page, lab)
        in_force_s(lab, number)
        assert browsing.newest(lab).window_s == WINDOW_AFTER_MOVE_S
        page.context.clear_cookies()
        browsing.log_in(page, f"https://{there.ip}")
        expect(page.get_by_text(f"Revision {number} is rolled back in")).to_be_visible()
        page.get_by_role("button", name="Keep changes").click()
        wait_until(lambda: browsing.newest(lab).confirmed, "it is kept at the new address", routed.LIMIT_S)
    assert is_reached(lab)


def test_test_now_shows_the_layer_that_fails(lab: Lab, page: Page) -> None:
    page.goto("/isps/1")
    page.get_by_label("Its own checks").check()
    page.get_by_label("Kind").first.select_option("icmp")
    page.get_by_label("Targets").first.fill("10.0.0.3")
    button, answer = page.get_by_role("button", name="Test now check 1"), page.locator("#check-result-0")
    button.click()
    expect(answer.locator(".badge")).to_have_text("passes")
    lab.silence("balancer-isp1")
    button.click()
    expect(answer.locator(".badge")).to_have_text("fails")
    expect(answer.locator("li.down")).to_contain_text(["icmp 10.0.0.3: no reply within 2 s"])
    expect(answer.locator("li.up").first).to_contain_text("carrier")
    routed.wait_for_state(lab, 1, State.DOWN)
    page.goto("/")
    expect(page.locator("#isp-1 details[open] li.down")).to_contain_text(["icmp"])
    lab.restore("balancer-isp1")
