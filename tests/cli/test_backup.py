"""`multihome backup` and `multihome restore`."""

import errno
import io
import os
import stat

import pytest

from app.paths import StateDirectory
from app.service.users import Users
from tests.cli.console import PAPER, Console
from tests.service.test_backup import AUTHOR, HASH, PASSPHRASE


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    return monkeypatch


def test_a_router_goes_into_a_file_and_comes_back_as_a_revision(console: Console, typed: pytest.MonkeyPatch) -> None:
    console.do(PAPER)
    home, config = StateDirectory(console.path), console.head.config
    Users(home).create_first("ana", HASH, AUTHOR)
    file = console.path / "router.multihome"
    console.do(f"multihome backup {file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    console.do("config gateway weight 1 9")
    number = console.head.number

    typed.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    shown = console.do(f"multihome restore {file} --plan")
    assert "ISP 1: weight: 9 → 1" in shown
    assert "users: ana" in shown
    assert console.head.number == number

    typed.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    assert "no terminal to ask on" in console.refused(f"multihome restore {file}")
    typed.setattr("sys.stdin", io.StringIO("another one that is wrong\n"))
    assert "wrong passphrase" in console.refused(f"multihome restore {file} --yes")
    typed.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    console.do(f"multihome restore {file} --yes")
    assert (console.head.number, console.head.config) == (number + 1, config)


def test_a_weak_passphrase_or_a_place_that_cannot_be_written_is_refused(
    console: Console, typed: pytest.MonkeyPatch
) -> None:
    assert "cannot be written" in console.refused(f"multihome backup {console.path}/no/such/place")
    typed.setattr("sys.stdin", io.StringIO("short\n"))
    assert "passphrase: at least 12" in console.refused(f"multihome backup {console.path}/x")
    assert not (console.path / "x").exists()
    assert "cannot be read" in console.refused(f"multihome restore {console.path}/x --yes")


def test_what_is_no_backup_is_told_before_anything_is_asked(console: Console) -> None:
    assert "this is not a Multihome backup" in console.refused("multihome restore /etc/passwd")


@pytest.mark.parametrize("place", [".", "/", "{}", "{}/."])
def test_a_directory_is_no_place_for_a_backup_and_nothing_is_left_beside_it(
    console: Console, typed: pytest.MonkeyPatch, place: str
) -> None:
    directory = console.path / "backups"
    directory.mkdir()
    typed.chdir(directory)
    assert "is a directory: name a file in it" in console.refused(f"multihome backup {place.format(directory)}")
    assert list(directory.iterdir()) == []
    assert not directory.with_name("backups.new").exists()


def test_what_cannot_be_put_in_its_place_is_not_left_half_way(console: Console, typed: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    typed.setattr("pathlib.Path.replace", full)
    said = console.refused(f"multihome backup {console.path}/router")
    assert said.endswith("router cannot be written: No space left on device")
    assert not (console.path / "router.new").exists()


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_a_passphrase_that_is_no_text_is_refused(console: Console, typed: pytest.MonkeyPatch, errors: str) -> None:
    def latin() -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO("drei stille Häfen\n".encode("latin-1")), encoding="utf-8", errors=errors)

    typed.setattr("sys.stdin", latin())
    assert "passphrase: it is not text (UTF-8)" in console.refused(f"multihome backup {console.path}/router")
    (console.path / "router").write_bytes(b"multihome backup 1\nanything")
    typed.setattr("sys.stdin", latin())
    assert "it is not text (UTF-8)" in console.refused(f"multihome restore {console.path}/router --yes")


def test_a_file_with_a_name_that_is_no_text_can_be_imported(console: Console) -> None:
    console.do(PAPER)
    file = console.path / os.fsdecode(b"caf\xe9.json")
    console.do(f"multihome export {file}")
    console.do("config gateway weight 1 9")
    console.do(f"multihome import {file} --yes")
    assert console.head.config.gateways[0].weight == 1
