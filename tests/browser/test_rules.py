"""The page of traffic rules in a browser: by mouse, by keyboard, without a script, for those who do not see it."""

from functools import partial

import pytest
from playwright.sync_api import Page, expect

from app.service.configuration import Configuration
from app.service.edits.rules import add_rule
from app.store.people import User
from tests.browser.conftest import NewPage, connected
from tests.browser.test_quality import findings
from tests.screenshots import THEMES, WIDTHS
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FACTS
from tests.web.waiting import until


@pytest.fixture
def ruled(two_isps: Configuration) -> Configuration:
    """The router with the rules Bank, Voice and Rest."""
    for name in ("Bank", "Voice", "Rest"):
        edit = partial(add_rule, fields={"name": name, "gateway": 1})
        two_isps.change(edit, facts=FACTS, author=AUTHOR, note="a rule")
    return two_isps


def names(configuration: Configuration) -> list[str]:
    return [one.name for one in configuration.head().config.rules]


def headings(page: Page) -> list[str]:
    return page.locator("#rules h2").all_inner_texts()


def test_a_rule_moves_by_keyboard_and_the_focus_goes_with_it(ruled: Configuration, page: Page) -> None:
    page.goto("/rules")
    connected(page)
    page.get_by_role("button", name="Up Rest").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#outcome")).to_have_text("Rest is now rule 2 of 3.")
    assert headings(page) == names(ruled) == ["Bank", "Rest", "Voice"]
    until(lambda: page.evaluate("document.activeElement.id") == "up-3")
    page.keyboard.press("Space")
    expect(page.locator("#outcome")).to_have_text("Rest is now rule 1 of 3.")
    until(lambda: page.evaluate("document.activeElement.id") == "up-3")
    page.get_by_role("button", name="Disable Rest").press("Enter")
    expect(page.locator("#outcome")).to_have_text("Rest is disabled.")
    until(lambda: page.evaluate("document.activeElement.id") == "switch-3")
    assert page.locator("#outcome").get_attribute("role") == "status"


def test_a_rule_is_dragged_to_its_place(ruled: Configuration, page: Page) -> None:
    page.goto("/rules")
    connected(page)
    grip, first = page.locator("#rule-3 .grip"), page.locator("#rule-1")
    grip.hover()
    page.mouse.down()
    at = first.bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + 40, at["y"] + 5, steps=4)
    expect(first).to_have_class("row rule drop-before")
    page.keyboard.press("Escape")
    page.mouse.up()
    assert names(ruled) == ["Bank", "Voice", "Rest"]
    grip.hover()
    page.mouse.down()
    page.mouse.move(at["x"] + 40, at["y"] + 5, steps=4)
    page.mouse.up()
    expect(page.locator("#outcome")).to_have_text("Rest is now rule 1 of 3.")
    assert headings(page) == names(ruled) == ["Rest", "Bank", "Voice"]


def test_all_of_it_works_without_a_script(ruled: Configuration, admin: User, new_page: NewPage) -> None:
    page = new_page(user=admin, javascript=False, width=360)
    page.goto("/rules")
    expect(page.locator(".grip").first).to_be_hidden()
    page.get_by_role("button", name="Down Bank").click()
    assert page.url.endswith("#rule-1")
    assert headings(page) == names(ruled) == ["Voice", "Bank", "Rest"]
    page.get_by_label("From", exact=True).fill("62.231.110.70")
    page.get_by_label("To", exact=True).fill("198.51.100.7")
    page.get_by_role("button", name="Check route").click()
    expect(page.locator("#way")).to_contain_text("It is not sent through any ISP.")
    page.goto("/rules/new")
    page.get_by_label("Name").fill("Backups")
    page.get_by_label("Send via").select_option("DIGI")
    page.get_by_role("button", name="Add rule").click()
    assert names(ruled)[-1] == "Backups"


def test_a_way_is_asked_and_answered_in_place(ruled: Configuration, page: Page) -> None:
    page.goto("/rules")
    connected(page)
    page.get_by_label("From", exact=True).fill("nowhere")
    page.get_by_label("To", exact=True).fill("198.51.100.7")
    page.get_by_role("button", name="Check route").click()
    expect(page.locator("#field-source-error")).to_contain_text("nowhere is not known")
    page.get_by_label("From", exact=True).fill("62.231.110.70")
    page.get_by_role("button", name="Check route").click()
    expect(page.locator("#way")).to_contain_text("It is not sent through any ISP.")
    assert page.url.endswith("/rules")


def test_a_backup_is_made_and_its_share_is_of_its_tier(two_isps: Configuration, page: Page) -> None:
    page.goto("/isps/2")
    connected(page)
    expect(page.get_by_text("When a better tier is back")).to_be_hidden()
    page.get_by_label("Tier", exact=True).select_option("2 · only while no ISP in tier 1 works")
    expect(page.get_by_text("When a better tier is back")).to_be_visible()
    expect(page.locator("output")).to_have_text("100\u00a0% of new connections while this tier is in use")
    page.get_by_label("They move back").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/isps?saved=2")
    expect(page.locator("#row-2 .badge")).to_have_text("standby")
    expect(page.locator("#row-2")).to_contain_text("takes over if Orange fails")
    for theme, width in zip(THEMES, WIDTHS, strict=True):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("/", "/isps", "/isps/2"):
            page.goto(path)
            assert findings(page) == [], (path, theme, width)


def test_axe_finds_nothing_on_the_pages_of_rules(ruled: Configuration, page: Page) -> None:
    way = "/rules/way?source=nowhere&destination=198.51.100.7"
    for path in ("/rules", "/rules/1", "/rules/1/remove", way, "/isps/1/remove"):
        page.goto(path)
        for theme, width in zip(THEMES, WIDTHS, strict=True):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 800})
            assert findings(page) == [], (path, theme, width)
            spill = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert spill <= 0, f"{path} is {spill} px wider than {width}"
