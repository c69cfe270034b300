from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import InvalidConfig, StoreUnavailable
from app.paths import StateDirectory
from app.service.audit import read_audit
from app.service.certificate import LARGEST, BroughtCertificate, one_file
from app.service.configuration import Author, Origin
from tests.certificates import NAMES, authority, issued, locked
from tests.store import databases

ANA = Author("ana", Origin.CONSOLE)
GOOD = issued()


@pytest.fixture
def brought(tmp_path: Path) -> BroughtCertificate:
    databases.migrated(tmp_path)
    (tmp_path / "tls").mkdir(mode=0o700)
    return BroughtCertificate(StateDirectory(tmp_path))


def test_it_is_kept_as_one_file_that_only_the_panel_can_read(brought: BroughtCertificate, tmp_path: Path) -> None:
    found = brought.install(f"Subject: whatever\n{GOOD.certificate}{authority()}", GOOD.key, ANA)
    assert found == brought.facts()
    assert (found.names, found.issuer) == (NAMES, "Test Authority")
    assert timedelta(days=89) < found.until - datetime.now(UTC) < timedelta(days=91)
    assert brought.path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in brought.path.parent.iterdir()] == ["brought.pem"]
    (row,) = read_audit(StateDirectory(tmp_path))
    assert (row.event.actor, row.event.kind) == ("ana", "certificate")
    assert row.event.text.startswith(
        "certificate for router.example, *.lan.example, 192.168.1.1 installed, valid until 20"
    )


def test_key_and_chain_may_stand_in_one_file_in_any_order(brought: BroughtCertificate) -> None:
    brought.install(f"{GOOD.key}{GOOD.certificate}", "", ANA)
    brought.install(f"{GOOD.certificate}{GOOD.key}", GOOD.key, ANA)
    assert brought.path.read_text() == one_file(GOOD.certificate, GOOD.key)


REFUSED: dict[str, tuple[Callable[[], tuple[str, str]], str, str]] = {
    "nothing": (lambda: ("", ""), "chain", "no certificate found"),
    "no key": (lambda: (GOOD.certificate, ""), "key", "there is no private key"),
    "two keys": (lambda: (GOOD.certificate + issued().key, GOOD.key), "key", "more than one private key"),
    "another key": (lambda: (GOOD.certificate, issued().key), "key", "does not belong to the first certificate"),
    "the wrong order": (lambda: (authority() + GOOD.certificate, GOOD.key), "key", "does not belong to the first"),
    "a locked key": (lambda: (GOOD.certificate, locked(GOOD.key)), "key", "the key has a password"),
    "an expired one": (lambda: _pair(days=-0.1), "chain", "it has expired"),
    "a future one": (lambda: _pair(begins_in_days=2), "chain", "it is not valid yet"),
    "a client's": (lambda: _pair(for_servers=False), "chain", "it is not for use by servers"),
    "a nameless one": (lambda: _pair(names=()), "chain", "it has no host name"),
    "a damaged one": (lambda: (GOOD.certificate.replace("\n", "\nAAAA", 1), GOOD.key), "chain", "cannot be read"),
    "a damaged key": (lambda: (GOOD.certificate, GOOD.key.replace("\n", "\nAAAA", 1)), "chain", "cannot be read"),
    "a long chain": (lambda: (GOOD.certificate * 11, GOOD.key), "chain", "more than 10 certificates"),
    "a huge file": (lambda: (GOOD.certificate + "x" * LARGEST, GOOD.key), "chain", "exceed the limit of 64 KiB"),
    "beginnings": (lambda: ("-----BEGIN CERTIFICATE-----\n" * 2000, ""), "chain", "no certificate found"),
}


def _pair(**how: object) -> tuple[str, str]:
    made = issued(**how)  # type: ignore[arg-type]
    return made.certificate, made.key


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_browser_would_take_is_refused_and_changes_nothing(brought: BroughtCertificate, name: str) -> None:
    make, field, words = REFUSED[name]
    with pytest.raises(InvalidConfig) as refused:
        brought.install(*make(), ANA)
    (error,) = refused.value.errors
    assert (error.field, words in error.message) == (field, True), error
    assert list(brought.path.parent.iterdir()) == []


def test_a_bad_one_leaves_the_good_one_in_place(brought: BroughtCertificate) -> None:
    brought.install(GOOD.certificate, GOOD.key, ANA)
    with pytest.raises(InvalidConfig):
        brought.install(GOOD.certificate, issued().key, ANA)
    assert brought.facts().names == NAMES


def test_whether_this_machine_vouches_for_it_is_asked_of_its_own_authorities(
    brought: BroughtCertificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "unable to get" in brought.install(GOOD.certificate, GOOD.key, ANA).distrust
    store = tmp_path / "authorities.pem"
    store.write_text(authority())
    monkeypatch.setenv("SSL_CERT_FILE", str(store))
    assert brought.facts().is_trusted


def test_it_can_be_removed_once(brought: BroughtCertificate) -> None:
    brought.install(GOOD.certificate, GOOD.key, ANA)
    assert [brought.remove(ANA), brought.remove(ANA)] == [True, False]
    assert not brought.is_there()


def test_before_the_panels_first_start_there_is_no_place_for_it(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="start the panel once"):
        BroughtCertificate(StateDirectory(tmp_path)).install(GOOD.certificate, GOOD.key, ANA)
