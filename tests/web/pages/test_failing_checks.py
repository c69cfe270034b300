"""A health check that fails through a working ISP: the page asks, a program is told, and *Save anyway* saves."""

from typing import Any

import pytest

from app.model.check import IcmpCheck
from app.model.trial import Trial, TrialTarget
from app.service.configuration import Configuration
from tests.web.fake_worker import CABLE, TRIAL, FakeWorker
from tests.web.person import Browser, form_in, text_of

SILENT = TrialTarget(host="10.9.9.9", ok=False, text="no reply within 1.4 s")
WRONG = IcmpCheck(targets=("10.9.9.9",))


@pytest.fixture
def failing(two_isps: Configuration, worker: FakeWorker) -> Configuration:
    worker.trial = TRIAL.dump_json(Trial(layers=(CABLE,), targets=(SILENT,))).decode()
    return two_isps


CHECKS = "/failover/checks"
PAGES = pytest.mark.parametrize("path", [CHECKS, "/isps/1"])


def typed(browser: Browser, path: str) -> dict[str, Any]:
    changes = {"checks.0.kind": "icmp", "checks.0.targets": "10.9.9.9"}
    own = {"checks_from": "own"} if path.startswith("/isps") else {}
    return {**form_in(browser.get("/failover" if path == CHECKS else path).text, path).values, **changes, **own}


@PAGES
def test_the_page_asks_and_saves_when_told_to(failing: Configuration, browser: Browser, path: str) -> None:
    number = failing.head().number
    form = typed(browser, path)
    asked = browser.post(path, form)
    assert asked.status_code == 422
    words = text_of(asked.text)
    assert "A health check fails through an ISP that works now" in words
    assert "icmp 10.9.9.9 fails through Orange (10.9.9.9: no reply within 1.4 s)" in words
    assert ">Save anyway<" in asked.text
    assert failing.head().number == number
    done = browser.post(path, {**form, "force": "1"})
    assert done.status_code == 303
    head = failing.head().config
    assert WRONG in (head.settings.failover.checks if path == CHECKS else head.gateways[0].checks or ())


def test_a_mistake_beside_it_can_not_be_forced(failing: Configuration, browser: Browser) -> None:
    form = {**typed(browser, CHECKS), "checks.0.quorum": "5"}
    assert ">Save anyway<" not in browser.post(CHECKS, form).text


def test_the_preview_says_who_would_go_down(failing: Configuration, browser: Browser) -> None:
    shown = browser.post(CHECKS, {**typed(browser, CHECKS), "preview": "1"})
    assert "Orange would go down: icmp 10.9.9.9 fails through Orange" in text_of(shown.text)


def test_after_a_save_the_page_shows_what_each_isp_answered(two_isps: Configuration, browser: Browser) -> None:
    done = browser.post(CHECKS, typed(browser, CHECKS))
    words = text_of(browser.get(done.headers["location"]).text)
    assert "icmp 10.9.9.9 passes through Orange (10.0.0.3: reply in 9.1 ms)" in words
    assert "icmp 10.9.9.9 passes through DIGI" in words
    assert "passes through" not in text_of(browser.get("/failover").text)


def test_a_revision_with_such_a_check_is_shown_before_it_is_restored(
    two_isps: Configuration, browser: Browser, worker: FakeWorker
) -> None:
    browser.post(CHECKS, {**typed(browser, CHECKS), "force": "1"})
    wrong = two_isps.head().number
    browser.post(f"/revisions/{wrong - 1}/restore", {})
    worker.trial = TRIAL.dump_json(Trial(layers=(CABLE,), targets=(SILENT,))).decode()
    asked = browser.post(f"/revisions/{wrong}/restore", {})
    assert asked.status_code == 422
    assert "Orange would go down" in text_of(asked.text)
    done = browser.post(f"/revisions/{wrong}/restore", form_in(asked.text, f"/revisions/{wrong}/restore").values)
    assert done.status_code == 303
    assert two_isps.head().config.settings.failover.checks == (WRONG,)
