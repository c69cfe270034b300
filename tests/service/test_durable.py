"""What a power cut may do is shown by what was flushed, and when: nothing else of it shows while the power is on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.paths import StateDirectory
from app.service.certificate import BroughtCertificate
from app.service.configuration import Author, Origin
from app.service.durable import put_in_place, write_new
from app.service.key_files import SavedCertificate, write_certificate
from app.web.transport.certificate import make
from tests.certificates import issued
from tests.store import databases

PEM = "-----BEGIN CERTIFICATE-----\n"


def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[bool, str, str]] = []
    path = tmp_path / "key.pem"
    path.write_text("old")

    def fsync(descriptor: int) -> None:
        is_file = os.fstat(descriptor).st_ino != tmp_path.stat().st_ino
        content = (tmp_path / "key.new").read_text() if is_file else ""
        flushed.append((is_file, content, path.read_text()))

    monkeypatch.setattr(os, "fsync", fsync)
    (tmp_path / "key.new").write_text("left behind")
    write_new(tmp_path / "key.new", b"new", 0o600)
    put_in_place(tmp_path / "key.new", path)
    assert flushed == [(True, "new", "old"), (False, "", "new")]
    assert path.stat().st_mode & 0o777 == 0o600


def _brought(home: StateDirectory) -> None:
    (home.path / "tls").mkdir()
    one = issued()
    BroughtCertificate(home).install(one.certificate, one.key, Author("admin", Origin.CONSOLE))


def _restored(home: StateDirectory) -> None:
    write_certificate(home, SavedCertificate(chain=PEM, key=PEM, note="{}", brought=PEM))


def _made(home: StateDirectory) -> None:
    make(home.path / "tls", ("localhost",))


@pytest.mark.parametrize("write", [_brought, _restored, _made])
def test_every_file_of_a_certificate_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[StateDirectory], None]
) -> None:
    home = StateDirectory(tmp_path)
    databases.migrated(tmp_path)
    flushed = set()
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.add(os.fstat(descriptor).st_ino))
    write(home)
    assert {one.stat().st_ino for one in (home.path / "tls").iterdir()} <= flushed
    assert (home.path / "tls").stat().st_ino in flushed
