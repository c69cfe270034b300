from dataclasses import replace

import pytest

from app.model.status import PendingStatus
from app.model.verdict import Layer
from app.service.configuration import Configuration
from app.service.edits.settings import change_failover
from app.web.panel import Panel
from tests.web.conftest import AUTHOR
from tests.web.fake_worker import FACTS, FakeWorker, down
from tests.web.person import Browser, text_of
from tests.web.waiting import fall_silent, until

FAILING = "All health checks are failing"


def shows(browser: Browser, words: str) -> bool:
    return until(lambda: words in text_of(browser.get("/").text))


def test_the_first_sentence_says_that_everything_works(at_work: Browser) -> None:
    page = at_work.get("/")
    assert page.status_code == 200
    assert "Both ISPs are up. Orange carries 75 % of new connections, DIGI 25 %." in text_of(page.text)


def test_an_isp_that_is_down_is_named_with_its_reason_and_since_when(at_work: Browser, worker: FakeWorker) -> None:
    worker.break_gateway(2)
    assert shows(at_work, "The Internet works through Orange; DIGI is down.")
    assert shows(at_work, "DIGI is down: no reply from 10.0.0.3 (icmp, 3 probes), since ")


def test_of_a_cut_isp_nothing_is_told_from_before(at_work: Browser, worker: FakeWorker) -> None:
    first, second = worker.status.gateways
    cut = replace(
        down(second, "no carrier on eth2"),
        layer=Layer.CARRIER,
        loss_percent=None,
        rx_bits_per_s=None,
        tx_bits_per_s=None,
    )
    worker.say(replace(worker.status, gateways=(first, cut)))
    assert shows(at_work, "Round trip — not measured Loss — not measured In — not measured Out — not measured")
    assert shows(at_work, "gets no new connections")


def test_no_isp_up_means_no_internet(at_work: Browser, worker: FakeWorker) -> None:
    worker.break_gateway(1)
    worker.break_gateway(2)
    assert shows(at_work, "The Internet is not reachable: all health checks are failing.")


@pytest.mark.parametrize(
    ("all_down", "said"),
    [
        ("keep-trying", f"{FAILING}; still sending through both ISPs. If the checks are wrong"),
        ("refuse", f"The Internet is not reachable: {FAILING.lower()}. New connections are refused immediately"),
    ],
)
def test_without_internet_the_page_says_since_when_and_what_happens(
    at_work: Browser, two_isps: Configuration, worker: FakeWorker, all_down: str, said: str
) -> None:
    two_isps.change(
        lambda config: change_failover(config, {"all_down": all_down}), facts=FACTS, author=AUTHOR, note="all down"
    )
    worker.take_over()
    gateways = tuple(replace(down(one), in_use=True, share_percent=50.0) for one in worker.status.gateways)
    worker.say(replace(worker.status, gateways=gateways))
    assert shows(at_work, said)
    page = text_of(at_work.get("/").text)
    assert "Since " in page
    assert "carries" not in page


def test_what_the_kernel_cannot_hold_is_not_said_to_be_tried(at_work: Browser, worker: FakeWorker) -> None:
    gateways = tuple(replace(down(one, "eth1 has no address"), in_use=False) for one in worker.status.gateways)
    worker.say(replace(worker.status, gateways=gateways))
    assert shows(at_work, "all health checks are failing. New connections fail")


def test_an_isp_that_answers_again_is_returning_and_not_down(at_work: Browser, worker: FakeWorker) -> None:
    first, second = worker.status.gateways
    waiting = replace(down(second, "recovering, back in use in 5 s"), layers=first.layers)
    worker.say(replace(worker.status, gateways=(first, waiting)))
    assert shows(at_work, "The Internet works through Orange; DIGI is recovering.")
    page = at_work.get("/").text
    assert "DIGI is recovering: back in use in 5 s, down since " in text_of(page)
    announced = page.partition('id="announcement"')[2].partition("</p>")[0]
    assert "back in use in" not in announced


def test_a_router_without_isps_says_what_to_do_first(worker: FakeWorker, browser: Browser) -> None:
    page = browser.get("/")
    assert "No ISP is configured yet." in text_of(page.text)
    assert 'href="/welcome"' in page.text


def test_a_silent_worker_is_said_to_be_silent_and_for_how_long(
    at_work: Browser, worker: FakeWorker, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    fall_silent(worker, panel, monkeypatch)
    shown = text_of(at_work.get("/").text)
    assert "The routing service has not reported for" in shown
    assert "Both ISPs are up" in shown


def test_without_any_word_the_configuration_is_shown_all_the_same(
    at_work: Browser, panel: Panel, worker: FakeWorker
) -> None:
    worker.stop()
    panel.link.status = None
    shown = text_of(at_work.get("/").text)
    assert "The routing service has not reported yet." in shown
    assert "Orange" in shown


def test_what_the_machine_cannot_hold_now_is_named_by_the_isp(at_work: Browser, worker: FakeWorker) -> None:
    pending = (PendingStatus(subject="gateways.2", reason="eth2 is absent"),)
    worker.say(replace(worker.status, pending=pending))
    assert shows(at_work, "DIGI: eth2 is absent")


def test_a_revision_on_its_way_is_announced(at_work: Browser, worker: FakeWorker) -> None:
    worker.follow = False
    at_work.post("/isps/2/disable")
    assert shows(at_work, "Applying revision 2")


def test_the_worker_comes_back_by_itself(
    at_work: Browser, worker: FakeWorker, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    fall_silent(worker, panel, monkeypatch)
    monkeypatch.undo()
    worker.start()
    until(lambda: not panel.link.is_silent)
    assert "Last word" not in text_of(at_work.get("/").text)
