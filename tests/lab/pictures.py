"""Takes the pictures of the panel in docs/screenshots against a lab of its own, so that they can be taken again.

    sudo .venv/bin/python -m tests.lab.pictures docs/screenshots

First with both ISPs up, then with ISP 1's cable cut.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from lab.lab import Lab
from lab.waiting import wait_until
from tests.lab import browsing
from tests.screenshots import Login, Theme, chromium, logged_in, shoot

# Name, path, theme, width. A phone where it adds something.
Shot = tuple[str, str, Theme, int]
ALL_UP: tuple[Shot, ...] = (
    ("isps", "/isps", "light", 1280),
    ("isp-new", "/isps/new", "dark", 360),
    ("settings", "/settings", "light", 1280),
    ("docs", "/docs/panel", "light", 1280),
    ("interfaces", "/interfaces", "light", 1280),
    ("failover", "/failover", "dark", 1280),
    ("kernel", "/kernel", "light", 1280),
    ("revision", "/revisions/1", "dark", 1280),
)
ISP_1_CUT: tuple[Shot, ...] = (
    ("status", "/", "light", 1280),
    ("status", "/", "dark", 1280),
    ("status", "/", "dark", 360),
    ("isps", "/isps", "dark", 360),
    ("isp", "/isps/1/status", "light", 1280),
    ("isp", "/isps/1/status", "dark", 360),
    ("events", "/events", "light", 1280),
    ("simulation", "/simulation", "light", 1280),
    ("simulation", "/simulation", "dark", 1280),
    ("simulation", "/simulation", "light", 360),
)
# So that all of them together stay a small part of the tree.
MOST_HIGH = 1000
# A line in the sparkline, and connections enough for a share that means something.
SEEN_FOR_S = 45


def take(directory: Path) -> list[Path]:
    """All pictures; those that are there are replaced."""
    directory.mkdir(parents=True, exist_ok=True)
    with Lab.up("pictures", port=0) as lab, chromium() as browser:
        assert lab.setup_token is not None
        with browsing.page_of(browser, lab) as (page, _):
            browsing.first_run(page, lab.setup_token)
            page.goto("/")
            wait_until(lambda: _seen_for_s(page) > SEEN_FOR_S, "there is something to see", SEEN_FOR_S + 60)
        made = _shoot_all(browser, lab, directory, ALL_UP)
        lab.cut("balancer-isp1")
        return made + _shoot_all(browser, lab, directory, ISP_1_CUT)


def _seen_for_s(page: Page) -> float:
    """How long ISP 1 has been watched, by the length of its line (240 are five minutes)."""
    line = page.locator("#isp-1 .spark polyline").first
    points = (line.get_attribute("points") or "").split() if line.count() else []
    places = [float(point.partition(",")[0]) for point in points]
    return (places[-1] - places[0]) / 240 * 300 if places else 0.0


def _shoot_all(browser: Browser, lab: Lab, directory: Path, shots: Sequence[Shot]) -> list[Path]:
    made = []
    login = Login(lab.panel_address or "", browsing.NAME, browsing.PASSWORD)
    for name, path, theme, width in shots:
        with logged_in(browser, login, theme, width) as page:
            page.goto(path)
            _settle(page, path)
            made.append(directory / f"{name}-{theme}-{width}.png")
            shoot(page, made[-1], MOST_HIGH)
    return made


def _settle(page: Page, path: str) -> None:
    """Wait for what comes after the page: traffic per second is known from the lab's second picture on."""
    if path == "/simulation":
        expect(page.locator("#cable-host-balancer")).not_to_contain_text("→ 0")
        expect(page.locator("#lab-trace li").nth(20)).to_be_attached()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.lab.pictures", description="pictures of the panel in a lab")
    parser.add_argument("directory", type=Path)
    for picture in take(parser.parse_args().directory):
        print(picture, picture.stat().st_size)
