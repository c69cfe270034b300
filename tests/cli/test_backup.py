"""`multihome backup` and `multihome restore`."""

import io
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
    assert "nobody can be asked here" in console.refused(f"multihome restore {file}")
    typed.setattr("sys.stdin", io.StringIO("another one that is wrong\n"))
    assert "the passphrase is another one" in console.refused(f"multihome restore {file} --yes")
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
