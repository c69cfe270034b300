"""Worker and panel are killed while a change waits to be kept, with the page open that made it.

The shortest window is 15 s, so two routers have their countdowns at the same time, and each countdown is hit several
times: twenty moments in two windows. At every one of them both processes are killed, and started anew.
"""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

from lab.lab import Lab
from lab.waiting import wait_until
from tests.chance import dice
from tests.lab import browsing, routed
from tests.lab.by_hand import lab_name
from tests.lab.countdown import WINDOW_S, answer, in_force_s, is_reached, observed, wait_for_return
from tests.lab.test_panel_safe import SAYS_SO_WITHIN_MS

LABS, WINDOWS, MOMENTS = 2, 2, 5
GOOD_CHANGES = 3
# A good change is kept within a second: this is when it is killed. A countdown lasts longer.
SOON_S = 0.5


@dataclass
class Router:
    """One router with its administrator's page. `before`: what its kernel held before the revision `number`."""

    lab: Lab
    page: Page
    before: tuple[str, ...] = ()
    number: int = 0

    def kill(self) -> None:
        """Kill both at once, and start them as the service manager would."""
        self.lab.end_worker(kill=True)
        self.lab.end_panel(kill=True)
        self.lab.start_worker()
        self.lab.start_panel()


@pytest.fixture(scope="module")
def routers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Router]]:
    directory = tmp_path_factory.mktemp("offices")
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        found = []
        for number in range(LABS):
            lab = stack.enter_context(Lab.up(lab_name(f"killed{number}"), quiet=True, port=0))
            browser = stack.enter_context(browsing.office(playwright, lab, directory))
            found.append(Router(lab, stack.enter_context(browsing.set_up(browser, lab))))
        yield found


@pytest.fixture
def chance() -> random.Random:
    return dice("countdown")


def test_an_office_that_was_cut_off_is_back_in_time_whatever_is_killed(
    routers: list[Router], chance: random.Random
) -> None:
    for _ in range(WINDOWS):
        for router in routers:
            cut_off(router)
        # The first within what applying takes, the others anywhere in the countdown.
        all_moments = [
            sorted([chance.uniform(0, 0.1), *(chance.uniform(0, WINDOW_S) for _ in range(MOMENTS - 1))])
            for _ in routers
        ]
        with ThreadPoolExecutor(LABS) as pool:
            for done in [pool.submit(live_through, *one) for one in zip(routers, all_moments, strict=True)]:
                done.result()
        for router in routers:
            goes_on(router, f"/interfaces?saved={router.number}")
            expect(router.page.get_by_text(f"Revision {router.number} was rolled back:")).to_be_visible()
            expect(router.page.get_by_text("has been in force again since")).to_be_visible()


def goes_on(router: Router, path: str) -> None:
    """The page goes on to `path` by itself; one that met a panel that was just killed is opened again, as people do."""

    def opened() -> bool:
        with suppress(Error):
            router.page.wait_for_url(f"**{path}*", timeout=SAYS_SO_WITHIN_MS)
            return True
        with suppress(Error):
            router.page.goto(path)
        return False

    wait_until(opened, f"the page is at {path}", 4 * SAYS_SO_WITHIN_MS / 1000)


def cut_off(router: Router) -> None:
    """Save in the browser what takes the router's address away from the office."""
    lab, page = router.lab, router.page
    router.before = observed(lab)
    page.goto("/interfaces/eth0")
    page.get_by_label("Addresses to set").fill("10.77.0.1/24")
    page.get_by_label("Roll back after").fill(str(WINDOW_S))
    router.number = browsing.saved(router.page, router.lab)


def live_through(router: Router, moments: list[float]) -> None:
    """Kill at these moments after the save; then everything must be as before, in time."""
    saved_s, lab, number = time.monotonic(), router.lab, router.number
    moments_s = ", ".join(f"{moment:.2f}" for moment in moments)
    print(f"{lab.name}: revision {number}, killed after {moments_s} s\n", end="", flush=True)
    since_s = None
    for moment in moments:
        routed.wait_for_beat(saved_s + moment)
        router.kill()
        since_s = in_force_s(lab, number) if since_s is None else since_s
    assert since_s is not None
    wait_for_return(lab, number, since_s)
    wait_until(lambda: observed(lab) == router.before, "all is as before", routed.LIMIT_S)
    status = answer(lab)
    assert (status.on_trial, status.in_force) == (None, status.returned and status.returned.to)


def test_a_good_change_keeps_itself_although_both_are_killed(routers: list[Router], chance: random.Random) -> None:
    router = routers[0]
    lab, page = router.lab, router.page
    for count in range(GOOD_CHANGES):
        page.goto("/isps/1")
        page.get_by_label("Weight", exact=True).fill(str(20 + count))
        with page.expect_response("**/isps/1"):
            router.number = number = browsing.saved(router.page, router.lab)
        after_s = chance.uniform(0, SOON_S)
        print(f"revision {number}, killed after {after_s:.2f} s", flush=True)
        routed.wait_for_beat(time.monotonic() + after_s)
        router.kill()
        wait_until(lambda: browsing.newest(lab).confirmed, "the page has kept it", routed.LIMIT_S)
        assert browsing.newest(lab).number == number
        # It goes on by itself then, and would break off whatever else it is told to open.
        goes_on(router, f"/isps?saved={number}")
    assert is_reached(lab)
