"""`multihome certificate`."""

import shutil
from pathlib import Path

import pytest

from app.web.transport.certificate import own_certificate
from tests.certificates import issued
from tests.cli.console import Console


@pytest.fixture
def routers_own(console: Console) -> str:
    """What the panel made on its first start; its fingerprint."""
    return own_certificate(console.path / "tls", ("localhost",)).fingerprint()


def test_it_is_installed_shown_and_removed(console: Console, routers_own: str, tmp_path: Path) -> None:
    assert routers_own in console.do("multihome certificate show")
    mine, chain, key = issued(), tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text(mine.certificate)
    key.write_text(mine.key)
    assert "within seconds" in console.do(f"multihome certificate install {chain} {key}")
    shown = console.do("multihome certificate show")
    assert shown.startswith("for router.example, *.lan.example, 192.168.1.1\nby Test Authority, until 20")
    assert "not trusted by this machine" in shown
    assert "the router's self-signed certificate replaces it" in console.do("multihome certificate remove")
    assert "no certificate to remove" in console.do("multihome certificate remove")
    assert routers_own in console.do("multihome certificate show")


def test_what_cannot_be_served_is_refused_in_one_line(console: Console, routers_own: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text(issued().certificate + issued().key)
    assert "does not belong to the first certificate" in console.refused(f"multihome certificate install {wrong}")
    assert "cannot be read" in console.refused(f"multihome certificate install {tmp_path / 'none.pem'}")
    wrong.write_bytes(b"x" * 100_000)
    assert "exceed the limit of 64 KiB" in console.refused(f"multihome certificate install {wrong}")
    shutil.rmtree(console.path / "tls")
    assert "the panel creates it when it starts" in console.refused("multihome certificate show")
