"""The first run's last step, and the word on the status page where it was skipped."""

from dataclasses import replace

import pytest

from app.model.check import IcmpCheck, LinkCheck
from app.model.config import EMPTY, Config, Failover, Settings
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.store.people import User
from app.web.forms.welcome import SUGGESTED
from app.web.views.overview import unnoticed
from tests.web.fake_worker import FakeWorker
from tests.web.person import HTMX, Browser, error_beside, form_in, text_of

LAB = IcmpCheck(targets=("10.0.0.3",))


@pytest.fixture
def chosen(admin: User, worker: FakeWorker, browser: Browser) -> Browser:
    """An administrator who has said where the cables lead, and is asked for checks now."""
    done = browser.fill_in(
        "/welcome", role__eth0="lan", name__eth1="Orange", role__eth2="wan", address__eth2="172.17.0.2"
    )
    assert (done.status_code, done.headers["location"]) == (303, "/welcome/checks?saved=1")
    return browser


def test_what_is_suggested_is_saved_with_one_click_and_asked_by_nobody_before(
    chosen: Browser, worker: FakeWorker, home: StateDirectory
) -> None:
    assert chosen.get("/welcome/checks").status_code == 200
    assert worker.asked == []
    done = chosen.fill_in("/welcome/checks")
    assert (done.status_code, done.headers["location"]) == (303, "/?saved=2")
    assert Configuration(home).head().config.settings.failover.checks == (SUGGESTED,)
    assert "only the cable is checked" not in text_of(chosen.get("/").text)


def test_a_target_of_ones_own_is_tried_through_each_isp_and_saved(
    chosen: Browser, worker: FakeWorker, home: StateDirectory
) -> None:
    form = form_in(chosen.get("/welcome/checks").text, "/welcome/checks")
    typed = {**form.values, "checks.0.targets": "10.0.0.3"}
    tried = chosen.post("/welcome/checks/test?row=0", typed)
    assert "passes through Orange" in text_of(tried.text)
    assert "passes through ISP 2" in text_of(tried.text)
    assert form_in(tried.text, "/welcome/checks").values["checks.0.targets"] == "10.0.0.3"
    part = chosen.post("/welcome/checks/test?row=0", typed, HTMX)
    assert part.text.strip().startswith('<div class="check-result" id="check-result-0"')
    assert sorted(one.gateway for one in worker.asked) == [1, 1, 2, 2]
    assert {one.check for one in worker.asked} == {LAB}
    assert Configuration(home).head().number == 1
    chosen.post("/welcome/checks", typed)
    assert Configuration(home).head().config.settings.failover.checks == (LAB,)


def test_a_mistake_is_named_and_what_was_typed_stays(chosen: Browser) -> None:
    answer = chosen.fill_in("/welcome/checks", checks__0__targets="10.0.0.3", checks__0__quorum="2")
    assert answer.status_code == 422
    assert "quorum 2 of 1" in text_of(answer.text)
    more = chosen.fill_in("/welcome/checks", more="check", checks__0__targets="half typed")
    assert form_in(more.text, "/welcome/checks").values["checks.0.targets"] == "half typed"
    assert "checks.1.kind" in form_in(more.text, "/welcome/checks").values
    none = chosen.fill_in("/welcome/checks", checks__0__targets="")
    assert error_beside(none.text, "checks.0.targets")


def test_somebody_elses_change_meanwhile_is_told(chosen: Browser, worker: FakeWorker) -> None:
    form = chosen.form("/welcome/checks")
    chosen.post("/isps/2/disable", {"sure": "yes", "how": "drain"})
    answer = chosen.post("/welcome/checks", form.values)
    assert answer.status_code == 409
    assert "Revision 2 was saved in the meantime" in text_of(answer.text)


def test_without_an_isp_there_is_nothing_to_ask_yet(admin: User, worker: FakeWorker, browser: Browser) -> None:
    answer = browser.get("/welcome/checks")
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")


def test_where_it_was_skipped_the_status_page_says_what_nobody_would_notice(chosen: Browser) -> None:
    page = chosen.get("/").text
    assert "Only the link of Orange and ISP 2 is checked: a failure behind it goes" in text_of(page)
    assert '<a href="/failover">Add a check</a>' in page
    assert "Both ISPs are up." in text_of(page)


def test_the_note_names_the_isps_that_nobody_asks_and_where_to_change_that(two_isps: Configuration) -> None:
    config = two_isps.head().config
    assert unnoticed(EMPTY) is None
    assert unnoticed(config) is None
    blind = [_with_checks(config, number, (LinkCheck(),)) for number in (1, 2)]
    said = [unnoticed(one) for one in blind]
    assert [(one.text[:9], one.path) for one in said if one] == [("Only the ", "/isps/1"), ("Only the ", "/isps/2")]
    disabled = replace(blind[1], gateways=tuple(replace(one, enabled=one.number == 1) for one in blind[1].gateways))
    assert unnoticed(disabled) is None
    unwatched = replace(config, settings=replace(Settings(), failover=Failover(enabled=False, checks=(LAB,))))
    found = unnoticed(unwatched)
    assert found is not None
    assert found.text.startswith("Health checks are off")


def _with_checks(config: Config, number: int, checks: tuple[LinkCheck, ...]) -> Config:
    gateways = (replace(one, checks=checks) if one.number == number else one for one in config.gateways)
    return replace(config, gateways=tuple(gateways))
