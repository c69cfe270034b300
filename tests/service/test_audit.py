import pytest

from app.model.events.kinds import ConfigurationSaved, LoggedIn, LoginFailed, PasswordChanged
from app.paths import StateDirectory
from app.service import audit
from app.service.audit import LONGEST_DETAIL, addresses_of_logins, newest_entry, read_audit, record
from app.service.configuration import Author, Origin

ANA = Author("ana", Origin.PANEL, "192.168.1.50")


def test_it_says_who_did_what_and_from_where_newest_first(home: StateDirectory) -> None:
    assert newest_entry(home) == 0
    record(home, ANA, LoggedIn())
    record(home, Author("ben", Origin.CONSOLE), PasswordChanged("ana"))
    newest, oldest = read_audit(home)
    event = newest.event
    assert (event.actor, event.origin, event.address, event.kind, event.text) == (
        "ben", "console", "", "password", "password of ana changed; all sessions of this user ended",
    )  # fmt: skip
    assert (oldest.event.text, oldest.event.address) == ("ana logged in", "192.168.1.50")
    assert newest_entry(home) == newest.id
    assert read_audit(home, before=newest.id) == (oldest,)


def test_what_strangers_type_is_cut(home: StateDirectory) -> None:
    record(home, Author("x" * 9000, Origin.PANEL, "203.0.113.9"), LoginFailed("y" * 9000))
    (row,) = read_audit(home)
    assert (len(row.event.actor), len(row.event.text)) == (64, LONGEST_DETAIL)


def test_strangers_cannot_fill_the_disk_nor_push_out_what_was_configured(
    home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "KEPT", 10)
    record(home, ANA, ConfigurationSaved("a revision"))
    for _ in range(50):
        record(home, Author("", Origin.PANEL, "203.0.113.9"), LoginFailed("root"))
    found = read_audit(home, limit=100)
    assert len(found) == 11
    assert found[-1].event.text == "a revision"


def test_addresses_of_good_logins_are_remembered_newest_first(home: StateDirectory) -> None:
    for address in ("192.168.1.50", "192.168.1.51", "192.168.1.50"):
        record(home, Author("ana", Origin.PANEL, address), LoggedIn())
    record(home, Author("ana", Origin.PANEL, "203.0.113.9"), LoginFailed("ana"))
    assert addresses_of_logins(home) == ("192.168.1.50", "192.168.1.51")
    assert addresses_of_logins(home, limit=1) == ("192.168.1.50",)


def test_a_database_that_cannot_be_read_has_no_newest_line(home: StateDirectory) -> None:
    home.config_db.unlink()
    assert newest_entry(home) == 0
