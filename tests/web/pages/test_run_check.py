""" "Test now" beside a check, and the verdict of each layer on the card."""

import json

from app.model.check import IcmpCheck
from app.model.status import LayerStatus
from app.model.trial import Trial, TrialTarget
from app.model.verdict import Layer
from app.service.configuration import Configuration
from tests.web.fake_worker import CABLE, TRIAL, FakeWorker
from tests.web.person import HTMX, Browser, text_of

OWN = {"checks_from": "own", "checks.0.kind": "icmp", "checks.0.targets": "10.0.0.3 10.0.0.4", "checks.0.quorum": "2"}


def silent(*layers: LayerStatus) -> str:
    target = TrialTarget(host="10.0.0.3", ok=False, text="no reply within 2 s")
    return TRIAL.dump_json(Trial(layers=layers, targets=(target,))).decode()


def test_a_check_is_run_through_the_isp_and_nothing_is_saved(
    at_work: Browser, worker: FakeWorker, two_isps: Configuration
) -> None:
    values = {**at_work.form("/isps/2").values, **OWN}
    answer = at_work.post("/isps/2/test?row=0", values, HTMX)
    assert answer.text.strip().startswith('<div class="check-result" id="check-result-0"')
    assert "through DIGI carrier: link up icmp 10.0.0.3: reply in 9.1 ms" in text_of(answer.text)
    assert worker.asked[0].gateway == 2
    assert worker.asked[0].check == IcmpCheck(targets=("10.0.0.3", "10.0.0.4"), quorum=2)
    assert two_isps.head().number == 1


def test_the_layer_that_fails_is_named(at_work: Browser, worker: FakeWorker) -> None:
    worker.trial = silent(CABLE, LayerStatus(layer=Layer.NEXT_HOP, text="does not answer ARP", ok=False))
    shown = text_of(
        at_work.post("/failover/test?row=0", at_work.form("/failover", "/failover/checks").values, HTMX).text
    )
    for name in ("Orange", "DIGI"):
        assert f"fails through {name} carrier: link up next hop: does not answer ARP icmp 10.0.0.3: no reply" in shown


def test_without_javascript_it_is_a_page_that_keeps_what_was_typed(at_work: Browser) -> None:
    values = {**at_work.form("/isps/1").values, **OWN, "name": "Half typed"}
    answer = at_work.post("/isps/1/test?row=0", values)
    assert answer.status_code == 200
    assert "reply in 9.1 ms" in text_of(answer.text)
    assert 'value="Half typed"' in answer.text


def test_a_check_that_cannot_be_is_said_and_not_run(at_work: Browser, worker: FakeWorker) -> None:
    bad = {**OWN, "checks.0.quorum": "3"}
    assert "quorum 3 of 2" in text_of(at_work.post("/isps/1/test?row=0", bad, HTMX).text)
    assert "Choose the kind" in text_of(at_work.post("/isps/1/test?row=7", OWN, HTMX).text)
    assert worker.asked == []
    assert at_work.post("/isps/1/test?row=-1", OWN, HTMX).status_code == 422
    assert at_work.post("/isps/9/test?row=0", OWN, HTMX).status_code == 404


def test_the_workers_refusal_is_shown_and_harmless(at_work: Browser, worker: FakeWorker) -> None:
    worker.trial = json.dumps({"error": "<script>alert(1)</script> try again later"})
    answer = at_work.post("/isps/1/test?row=0", OWN, HTMX)
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "try again later" in answer.text
    worker.stop()
    assert "no reply from the worker" in text_of(at_work.post("/isps/1/test?row=0", OWN, HTMX).text)


def test_the_card_unfolds_the_layers_of_what_fails(at_work: Browser, worker: FakeWorker) -> None:
    page = at_work.get("/").text
    assert '<details class="verdict" data-unfolds="up">' in page
    assert "All checks OK of Orange Carrier: OK, link up" in text_of(page)
    worker.break_gateway(1)
    assert '<details class="verdict" data-unfolds="down" open>' in at_work.get("/live/now?view=status").text
