"""A whole router in one sealed file, and back on another one."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import InvalidConfig
from app.model.config import Config
from app.paths import StateDirectory
from app.service import backup, sealing, sealing_work
from app.service.backup import Contents, collected, contents, document, restored
from app.service.backup import backup as made
from app.service.configuration import Author, Configuration, Origin, Saved
from app.service.key_files import SavedCertificate, read_certificate, write_certificate
from app.service.restoring import Kept, replaced, restore
from app.service.sessions import Sessions
from app.service.tokens import ApiTokens
from app.service.users import Users
from tests.service.machine import BLANK, paper_config
from tests.store import databases

AUTHOR = Author("tester", Origin.CONSOLE)
HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$QgnUM1NwNMdnGX2WYYXTVQjpuOPyDgUWmlZFYPbzAIo"
OTHER_HASH = HASH[:-1] + "p"
PASSPHRASE = "violet harbour seven lanterns"
CERTIFICATE = SavedCertificate(
    chain="-----BEGIN CERTIFICATE-----\nabc\n", key="-----BEGIN PRIVATE KEY-----\ndef\n", note='{"names": []}'
)


@pytest.fixture
def router(home: StateDirectory) -> StateDirectory:
    """A router with the paper's configuration, a user, a token and a certificate."""
    save(home, paper_config())
    Users(home).create_first("ana", HASH, AUTHOR)
    ApiTokens(home).create("monitoring", AUTHOR, read_only=True)
    write_certificate(home, CERTIFICATE)
    return home


@pytest.fixture
def other(blank_database: Path, tmp_path: Path) -> StateDirectory:
    """Another router, with a user, a session and a token of its own."""
    directory = tmp_path / "other"
    directory.mkdir()
    databases.copy(blank_database, directory)
    home = StateDirectory(directory)
    Users(home).create_first("bob", OTHER_HASH, AUTHOR)
    ApiTokens(home).create("script", AUTHOR, read_only=False)
    return home


def save(home: StateDirectory, config: Config) -> Saved:
    return Configuration(home).change(lambda _: config, facts=BLANK, author=AUTHOR, note="restored")


def brought(home: StateDirectory, found: Contents, kept: Kept | None = None) -> Saved:
    return restore(home, found, lambda: save(home, found.configuration), AUTHOR, kept)


def test_everything_comes_back_on_another_router(router: StateDirectory, other: StateDirectory) -> None:
    file = made(router, PASSPHRASE)
    assert b"ana" not in file
    assert b"PRIVATE" not in file
    found = restored(file, PASSPHRASE)
    bob = Users(other).find("bob")
    assert bob is not None
    session = Sessions(other).open(bob, AUTHOR, "a browser")
    told = "; ".join(replaced(other, found))
    assert "users: ana" in told
    assert "these users are deleted: bob" in told
    assert "these API tokens are deleted: script" in told
    assert "certificates and keys: from the backup" in told
    assert (Users(other).names(), Sessions(other).find(session) is not None) == (("bob",), True)
    saved = brought(other, found)
    assert saved.changed
    assert replace(collected(other), made_at=found.made_at) == found
    assert Sessions(other).find(session) is None
    key = other.path / "tls/key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_the_key_is_left_to_whom_it_belongs(router: StateDirectory) -> None:
    tls = router.path / "tls"
    os.chown(tls, 64242, 64240)
    write_certificate(router, CERTIFICATE)
    assert {(one.stat().st_uid, one.stat().st_gid) for one in tls.iterdir()} == {(64242, 64240)}


def test_a_certificate_that_was_brought_comes_back_or_goes(router: StateDirectory) -> None:
    file = router.path / "tls/brought.pem"
    brought = replace(CERTIFICATE, brought="-----BEGIN PRIVATE KEY-----\nghi\n")
    write_certificate(router, brought)
    assert read_certificate(router) == brought
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    write_certificate(router, CERTIFICATE)
    assert not file.exists()


def test_whoever_restores_on_the_panel_stays_logged_in(router: StateDirectory, other: StateDirectory) -> None:
    bob = Users(other).find("bob")
    assert bob is not None
    sessions = Sessions(other)
    first, second = sessions.open(bob, AUTHOR, "a browser"), sessions.open(bob, AUTHOR, "another")
    kept = sessions.find(first)
    assert kept is not None
    found = collected(router)
    assert any("bob is not in the backup and stays" in one for one in replaced(other, found, Kept("bob", kept.id)))
    brought(other, found, Kept("bob", kept.id))
    assert Users(other).names() == ("ana", "bob")
    assert (Sessions(other).find(first) is not None, Sessions(other).find(second)) == (True, None)


def test_a_configuration_that_cannot_be_changes_nothing(router: StateDirectory, other: StateDirectory) -> None:
    def refuse() -> Saved:
        raise InvalidConfig

    with pytest.raises(InvalidConfig):
        restore(other, collected(router), refuse, AUTHOR)
    assert Users(other).names() == ("bob",)
    assert not (other.path / "tls").exists()


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A sealed document, with a key that is quick to make for as long as the test lasts."""
    monkeypatch.setattr(sealing_work, "_MEMORY_KIB", 64)
    return sealing_work.sealed(b"a document", PASSPHRASE)


def test_another_passphrase_is_told_from_a_damaged_file(file: bytes) -> None:
    assert sealing_work.opened(file, PASSPHRASE) == b"a document"
    assert sealing_work.sealed(b"a document", PASSPHRASE) != file
    with pytest.raises(ValueError, match="wrong passphrase"):
        sealing_work.opened(file, PASSPHRASE + " ")
    for place in (sealing_work.HEADER - 1, sealing_work.HEADER, len(file) - 1):
        changed = bytearray(file)
        changed[place] ^= 1
        with pytest.raises(ValueError, match="modified or damaged"):
            sealing_work.opened(bytes(changed), PASSPHRASE)
    for cut in (len(sealing.MAGIC), sealing_work.HEADER, len(file) - 1):
        with pytest.raises(ValueError, match="modified or damaged"):
            sealing_work.opened(file[:cut], PASSPHRASE)


@pytest.mark.parametrize("file", [b"", b"PK\x03\x04", b"multihome backup 2\n" + bytes(100)])
def test_what_is_no_backup_is_said_to_be_none(file: bytes) -> None:
    with pytest.raises(InvalidConfig, match="not a Multihome backup, or a newer version created it"):
        restored(file, PASSPHRASE)


def test_what_is_in_it_is_judged_like_anything_from_outside(
    router: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidConfig, match="at most"):
        restored(bytes(backup.LARGEST_BACKUP + 1), PASSPHRASE)
    good = document(collected(router)).decode()
    assert contents(good.encode()) is not None
    for bad in ("no json", "[]", good.replace('"version": 1', '"version": 2'), good.replace("$argon2id$", "$md5$")):
        with pytest.raises(InvalidConfig):
            contents(bad.encode())
    with pytest.raises(InvalidConfig, match="at least one character"):
        made(router, "two\nlines")
