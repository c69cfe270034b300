"""The Simulation page as people meet it, with a lab that says what it is told to."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.paths import StateDirectory
from app.web.rendering.templating import Templates
from lab.page.simulation import Simulation
from tests.browser.conftest import connected
from tests.browser.test_keyboard import open_page, tab_to
from tests.browser.test_quality import COLORS, findings, spill
from tests.screenshots import THEMES, WIDTHS
from tests.web.fake_lab import FakeLab, arrival, fake_lab
from tests.web.fake_worker import FakeWorker
from tests.web.pages.test_simulation import templates
from tests.web.running import Running, running_panel
from tests.web.waiting import until

__all__ = ["templates"]


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeLab]:
    with fake_lab(Path(tmp_path_factory.mktemp("lab"))) as lab:
        lab.talks = True
        yield lab


@pytest.fixture
def running(home: StateDirectory, worker: FakeWorker, templates: Templates, lab: FakeLab) -> Iterator[Running]:
    with running_panel(home, templates, extension=Simulation(lab.path)) as running:
        until(lambda: running.panel.link.status is not None)
        yield running


def test_axe_finds_nothing_on_a_network_full_of_faults(page: Page, lab: FakeLab) -> None:
    page.goto("/simulation")
    connected(page)
    lab.say({"trace": arrival(1)})
    lab.change("balancer-isp1", plugged=False)
    lab.change("isp2-vmnet8", fault="silenced")
    lab.change("vmnet8-internet", fault="5 % lost, at most 2000 kbit/s")
    expect(page.locator(".lab-cables .degraded")).to_be_visible()
    for theme, width in product(THEMES, WIDTHS):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        assert findings(page, COLORS if theme == "dark" else ()) == [], (theme, width)
        assert spill(page) <= 0, (theme, width)


def test_a_cable_is_cut_and_plugged_in_by_keyboard_alone(page: Page, lab: FakeLab) -> None:
    open_page(page, "/simulation")
    connected(page)
    row = page.locator("#cable-balancer-isp1")
    tab_to(page, row.get_by_role("button", name="Cut"))
    page.keyboard.press("Enter")
    until(lambda: lab.asked)
    lab.change("balancer-isp1", plugged=False)
    expect(row).to_contain_text("cut")
    expect(row.get_by_role("button", name="Plug in")).to_be_focused()
    page.keyboard.press("Enter")
    until(lambda: len(lab.asked) == 2)
    assert [one["command"] for one in lab.asked] == ["cut", "plug"]
