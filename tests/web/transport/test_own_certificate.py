"""A certificate of one's own on the running panel: real handshakes before and after, and a stream that goes on."""

import http.client
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from app.paths import StateDirectory
from app.service.audit import read_audit
from app.service.certificate import BroughtCertificate
from app.service.certificate_facts import fingerprint
from app.service.configuration import Author, Configuration, Origin
from app.store.people import User
from app.web.panel import Panel
from app.web.rendering.templating import Templates
from app.web.transport import served_certificate
from app.web.transport.served_certificate import WARNED_BEFORE
from tests.certificates import Issued, authority, issued
from tests.web.fake_worker import FakeWorker
from tests.web.person import OWN_PAGE, Browser, error_beside, text_of
from tests.web.running import Running, running_panel
from tests.web.streaming import opened, trusting
from tests.web.waiting import until

ANA = Author("ana", Origin.CONSOLE)
NAME = "router.example"


@pytest.fixture
def running(
    home: StateDirectory, two_isps: Configuration, templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    monkeypatch.setattr(served_certificate, "LOOKED_AT_EVERY_S", 0.05)
    (home.path / "tls").mkdir(mode=0o700)
    with running_panel(home, templates) as running:
        until(lambda: running.panel.link.status is not None)
        yield running


@pytest.fixture
def believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose list of authorities has the one that signs here."""
    store = tmp_path / "authorities.pem"
    store.write_text(authority())
    monkeypatch.setenv("SSL_CERT_FILE", str(store))


@dataclass(frozen=True)
class Somebody:
    """The administrator with one kept-open connection, and others that open new ones."""

    running: Running
    cookie: str

    def shown(self) -> str:
        """The fingerprint that a new handshake gets."""
        text = ssl.get_server_certificate(("127.0.0.1", self.running.port))
        return fingerprint(ssl.PEM_cert_to_DER_cert(text))

    def ask(self, method: str = "GET", path: str = "/", host: str = "localhost", **files: str) -> httpx.Response:
        """One request over a new connection."""
        with httpx.Client(verify=trusting(), base_url=self.running.url, timeout=30) as client:
            headers = {**OWN_PAGE, "Cookie": self.cookie, "Host": host}
            given = {name: (f"{name}.pem", text) for name, text in files.items()}
            return client.request(method, path, headers=headers, files=given or None)

    def install(self, certificate: Issued) -> httpx.Response:
        """Bring it with the form."""
        return self.ask("POST", "/settings/certificate", chain=certificate.certificate, key=certificate.key)


@pytest.fixture
def somebody(running: Running, admin: User) -> Somebody:
    token = running.panel.sessions.open(admin, Author("admin", Origin.PANEL), "a test")
    return Somebody(running, f"{running.panel.cookie}={token}")


def of(certificate: Issued) -> str:
    return fingerprint(ssl.PEM_cert_to_DER_cert(certificate.certificate))


def test_new_handshakes_get_the_new_certificate_and_nobody_is_dropped(
    running: Running, somebody: Somebody, worker: FakeWorker
) -> None:
    own, mine, next_one = somebody.shown(), issued(), issued()
    kept = http.client.HTTPSConnection("127.0.0.1", running.port, context=trusting(), timeout=30)
    with closing(kept), opened(running, "/live?view=status", {"Cookie": somebody.cookie}) as stream:
        until(lambda: "Both ISPs are up" in stream.text)
        for certificate in (mine, next_one, None):
            if certificate is None:
                answer = somebody.ask("POST", "/settings/certificate/remove")
            else:
                answer = somebody.install(certificate)
            assert answer.status_code == 303, answer.text
            assert somebody.shown() == (own if certificate is None else of(certificate))
            kept.request("GET", "/api/v1/healthz")
            assert kept.getresponse().read()
            told = f"said after {somebody.shown()}"
            worker.say(replace(worker.status, rejected=(told,)))
            until(partial(lambda told: told in stream.text, told))
        assert not stream.ended.is_set()
    said = [one.event.text for one in read_audit(running.panel.home) if one.event.kind == "certificate"]
    assert [one.partition(" ")[0] + one.partition(" for ")[1] for one in said] == [
        "certificate", "certificate for ", "certificate for ",
    ]  # fmt: skip


def test_what_the_console_installs_and_removes_is_served_within_moments(running: Running, somebody: Somebody) -> None:
    own, mine = somebody.shown(), issued()
    brought = BroughtCertificate(running.panel.home)
    brought.install(mine.certificate, mine.key, ANA)
    until(lambda: somebody.shown() == of(mine))
    brought.remove(ANA)
    until(lambda: somebody.shown() == own)


def test_a_verified_certificate_is_shown_with_its_names_and_promised_to_browsers(
    believed: None, running: Running, somebody: Somebody
) -> None:
    assert "strict-transport-security" not in somebody.ask().headers
    assert somebody.ask(host=NAME).status_code == 421
    somebody.install(issued())
    for path in ("/", "/login", "/api/v1/healthz", "/static/none", "/settings"):
        assert somebody.ask(path=path).headers["strict-transport-security"] == "max-age=2592000", path
    shown = text_of(somebody.ask(path="/settings?changed=certificate").text)
    assert "For router.example, *.lan.example, 192.168.1.1; by Test Authority; until" in shown
    assert "that this machine trusts" in shown
    for host in (NAME, f"{NAME.upper()}.:8443", "kitchen.lan.example"):
        assert somebody.ask(host=host).status_code == 200, host
    for host in ("lan.example", "a.b.lan.example", f"{NAME}.evil.example"):
        assert somebody.ask(host=host).status_code == 421, host
    with httpx.Client(verify=ssl.create_default_context(), trust_env=False, timeout=30) as client:
        found = client.get(f"{running.url}/api/v1/healthz", extensions={"sni_hostname": NAME}, headers={"Host": NAME})
        assert found.status_code == 200
    assert "up to 30 days" in text_of(somebody.ask(path="/settings/certificate/remove").text)
    assert somebody.ask("POST", "/settings/certificate/remove").headers["strict-transport-security"] == "max-age=0"
    assert "strict-transport-security" not in somebody.ask().headers


def test_a_certificate_of_ones_own_authority_is_served_and_nothing_promised(somebody: Somebody) -> None:
    somebody.install(issued())
    assert "strict-transport-security" not in somebody.ask().headers
    assert "This machine does not trust it" in text_of(somebody.ask(path="/settings").text)


def test_a_certificate_that_breaks_falls_back_to_the_routers_own_with_a_banner(
    running: Running, somebody: Somebody
) -> None:
    own = somebody.shown()
    somebody.install(issued())
    running.panel.certificate.brought.path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    until(lambda: somebody.shown() == own)
    for path in ("/", "/events", "/settings", "/no-such-page"):
        assert "The installed certificate cannot be used" in text_of(somebody.ask(path=path).text), path
    newest = read_audit(running.panel.home)[0]
    assert (newest.event.kind, newest.event.actor) == ("certificate", "panel")
    somebody.install(issued())
    assert "cannot be used" not in text_of(somebody.ask().text)


def test_a_panel_that_starts_with_a_broken_certificate_starts(home: StateDirectory, admin: User, panel: Panel) -> None:
    (home.path / "tls").mkdir()
    expired = issued(days=-1)
    panel.certificate.brought.path.write_text(expired.key + expired.certificate)
    panel.certificate.load()
    assert "it has expired" in panel.certificate.warning(datetime.now(UTC))


def test_the_end_of_a_certificate_is_told_in_time(home: StateDirectory, browser: Browser, panel: Panel) -> None:
    (home.path / "tls").mkdir()
    mine = issued(days=90)
    panel.certificate.brought.install(mine.certificate, mine.key, ANA)
    panel.certificate.load()
    facts = panel.certificate.facts
    assert facts is not None
    assert panel.certificate.warning(facts.until - WARNED_BEFORE - timedelta(hours=1)) == ""
    assert "expires in 13 days" in panel.certificate.warning(facts.until - WARNED_BEFORE + timedelta(hours=1))
    assert "expires within a day" in panel.certificate.warning(facts.until - timedelta(hours=1))


def test_what_is_wrong_is_said_beside_the_file(browser: Browser, home: StateDirectory) -> None:
    (home.path / "tls").mkdir()
    files = {"chain": ("chain.pem", issued().certificate), "key": ("key.pem", issued().key)}
    answer = browser.client.post("/settings/certificate", files=files, headers=OWN_PAGE)
    assert answer.status_code == 422
    assert "does not belong to the first certificate" in error_beside(answer.text, "key")
    nothing = browser.client.post("/settings/certificate", files={"chain": ("x", b"\xff\x00")}, headers=OWN_PAGE)
    assert "no certificate found" in error_beside(nothing.text, "chain")
    too_large = browser.client.post("/settings/certificate", files={"chain": ("x", b"x" * 70_000)}, headers=OWN_PAGE)
    assert too_large.status_code == 413
