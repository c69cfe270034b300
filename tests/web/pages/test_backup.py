"""The whole router as a sealed file, over the panel."""

import httpx
import pytest

from app.service.configuration import Author, Configuration, Origin
from app.service.tokens import ApiTokens
from app.service.users import Users
from app.web.pages.backup import HELD_S, MOST, HeldBackups
from app.web.panel import Panel
from tests.service.test_backup import HASH, PASSPHRASE
from tests.web.person import ADMIN, OWN_PAGE, Browser, error_beside, form_in, text_of


def restoring(browser: Browser, file: bytes, passphrase: str = PASSPHRASE) -> httpx.Response:
    answer: httpx.Response = browser.client.post(
        "/settings/restore", files={"backup": ("b", file)}, data={"its_passphrase": passphrase}, headers=OWN_PAGE
    )
    return answer


@pytest.fixture
def file(at_work: Browser, panel: Panel) -> bytes:
    """A backup of a router with a token, which has got another configuration and another user since."""
    author = Author(ADMIN, Origin.PANEL)
    panel.tokens.create("monitoring", author, read_only=True)
    answer = at_work.fill_in("/settings/backup", "/settings/backup", passphrase=PASSPHRASE, again=PASSPHRASE)
    assert answer.headers["content-disposition"].endswith('.multihome"')
    at_work.fill_in("/isps/1", weight="9")
    panel.tokens.revoke(panel.tokens.all()[0].id, author)
    return answer.content


def test_a_backup_is_shown_before_it_is_restored(
    at_work: Browser, file: bytes, two_isps: Configuration, panel: Panel
) -> None:
    shown = restoring(at_work, file)
    assert "Orange: weight: 9 → 3" in text_of(shown.text)
    assert "API tokens: monitoring" in text_of(shown.text)
    assert PASSPHRASE not in shown.text
    assert two_isps.head().number == 2
    values = form_in(shown.text, "/settings/restore/now").values
    answer = at_work.post("/settings/restore/now", values)
    assert answer.headers["location"] == "/revisions?saved=3"
    gateway = two_isps.head().config.gateway(1)
    assert gateway is not None
    assert gateway.weight == 3
    assert [one.name for one in ApiTokens(panel.home).all()] == ["monitoring"]
    assert Users(panel.home).names() == (ADMIN,)
    assert at_work.get("/settings").status_code == 200  # who restores stays
    again = at_work.post("/settings/restore/now", values)
    assert (again.status_code, "choose the file again" in again.text) == (422, True)


def test_what_was_saved_meanwhile_is_shown_first(at_work: Browser, file: bytes, two_isps: Configuration) -> None:
    values = form_in(restoring(at_work, file).text, "/settings/restore/now").values
    at_work.fill_in("/isps/1", weight="7")
    answer = at_work.post("/settings/restore/now", values)
    assert answer.status_code == 409
    assert "Orange: weight: 7 → 3" in text_of(answer.text)


def test_a_wrong_passphrase_and_a_damaged_file_are_told_apart(at_work: Browser, file: bytes) -> None:
    wrong = restoring(at_work, file, "not the passphrase")
    assert wrong.status_code == 422
    assert "wrong passphrase" in error_beside(wrong.text, "its_passphrase")
    damaged = restoring(at_work, file[:-1])
    assert "modified or damaged" in text_of(damaged.text)
    weak = at_work.fill_in("/settings/backup", "/settings/backup", passphrase="x", again="x")
    assert "at least 12" in error_beside(weak.text, "passphrase")


def test_an_opened_backup_is_for_its_session_and_not_for_long(at_work: Browser, panel: Panel) -> None:
    from app.service.backup import collected  # noqa: PLC0415

    held, contents = HeldBackups(), collected(panel.home)
    token = held.hold(1, contents, 0.0)
    assert held.look(1, token, HELD_S) == contents
    assert (held.look(2, token, 0.0), held.look(1, token, HELD_S + 1)) == (None, None)
    for session in range(2, 2 + MOST):
        held.hold(session, contents, 0.0)
    assert held.look(1, token, 0.0) is None
    assert HASH not in repr(held)
