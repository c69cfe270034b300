"""What the worker finds about this machine, on the Settings page and on a page of its own."""

from app.model.finding import Finding, Severity
from tests.web.fake_worker import FakeWorker
from tests.web.person import HTMX, Browser, text_of

FINDING = Finding(
    code="ipv6-default",
    severity=Severity.WARNING,
    text="IPv6 has a default route by <eth1>",
    remedy="take it away: `ip -6 route del default`",
)


def test_findings_are_shown_with_what_to_do(worker: FakeWorker, browser: Browser) -> None:
    assert 'hx-get="/settings/doctor"' in browser.get("/settings").text
    assert "No problems found" in text_of(browser.get("/settings/doctor").text)
    worker.findings = (FINDING,)
    page = browser.get("/settings/doctor")
    assert "Warning: IPv6 has a default route by <eth1>" in text_of(page.text)
    assert "<code>ip -6 route del default</code>" in page.text
    assert "&lt;eth1&gt;" in page.text
    part = browser.get("/settings/doctor", **HTMX)
    assert "<html" not in part.text
    assert "take it away" in part.text


def test_a_silent_worker_is_said(browser: Browser) -> None:
    page = browser.get("/settings/doctor")
    assert page.status_code == 200
    assert "Diagnostics failed: no reply from the worker" in text_of(page.text)
