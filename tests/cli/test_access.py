"""`multihome user` and `multihome token`."""

import io
import os

import pytest

from app.paths import StateDirectory
from app.service.configuration import Author, Origin
from app.service.passwords import hashed, matches
from app.service.sessions import Sessions
from app.service.tokens import ApiTokens
from app.service.users import Users
from tests.cli.console import Console

AUTHOR = Author("tester", Origin.CONSOLE)
PASSWORD = "violet harbour seven lanterns"


@pytest.fixture
def home(console: Console) -> StateDirectory:
    home = StateDirectory(console.path)
    Users(home).create_first("ana", hashed("an older password of hers"), AUTHOR)
    return home


def test_a_set_up_token_is_shown_until_there_is_an_administrator(console: Console) -> None:
    shown = console.type("multihome user setup-token").out.strip()
    assert len(shown) == 32
    assert console.type("multihome user setup-token").out.strip() == shown
    Users(StateDirectory(console.path)).create_first("ana", hashed(PASSWORD), AUTHOR)
    refused = console.type("multihome user setup-token")
    assert (refused.status, "reset-password" in refused.err) == (2, True)


def test_a_password_is_reset_and_every_session_ends(
    console: Console, home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = Users(home).find("ana")
    assert ana is not None
    session = Sessions(home).open(ana, AUTHOR, "a browser")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert console.type("multihome user reset-password ana").status == 0
    changed = Users(home).find("ana")
    assert changed is not None
    assert matches(changed.password_hash, PASSWORD)
    assert Sessions(home).find(session) is None


@pytest.mark.parametrize(("name", "typed"), [("ana", "short"), ("ana", "passwordpassword"), ("bob", PASSWORD)])
def test_a_bad_password_or_an_unknown_name_changes_nothing(
    console: Console, home: StateDirectory, monkeypatch: pytest.MonkeyPatch, name: str, typed: str
) -> None:
    before = Users(home).find("ana")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    assert console.type(f"multihome user reset-password {name}").status == 2
    assert Users(home).find("ana") == before


def test_what_is_no_text_is_neither_a_user_nor_a_password(
    console: Console, home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is no user \N{REPLACEMENT CHARACTER} (known: ana)" in console.refused(
        f"multihome user reset-password {os.fsdecode(bytes([255]))}"
    )
    for errors in ("strict", "surrogateescape"):
        piped = io.TextIOWrapper(io.BytesIO(PASSWORD.encode() + b"\xe9\n"), encoding="utf-8", errors=errors)
        monkeypatch.setattr("sys.stdin", piped)
        assert "password: it is not text (UTF-8)" in console.refused("multihome user reset-password ana")


def test_users_are_listed(console: Console, home: StateDirectory) -> None:
    assert Users(home).exist()
    assert console.type("multihome user list").out == "ana\n"


def test_a_token_is_shown_once_works_and_is_revoked_by_its_name(console: Console, home: StateDirectory) -> None:
    secret = console.type("multihome token create backup --read-only").out.strip()
    found = ApiTokens(home).find(secret)
    assert found is not None
    assert (found.name, found.read_only) == ("backup", True)
    listed = console.type("multihome token list").out
    assert "backup: read only" in listed
    assert secret not in listed
    assert console.type("multihome token create backup").status == 2
    assert console.type("multihome token revoke backup").status == 0
    assert ApiTokens(home).find(secret) is None
    assert console.type("multihome token revoke backup").status == 2
