import os
import time
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from app.paths import StateDirectory
from app.service.setup_token import LIFE_S, SetupToken


def aged(token: SetupToken, age_s: float) -> None:
    at_s = time.time() - age_s
    os.utime(token.path, (at_s, at_s))


def test_it_has_128_bits_and_only_owner_and_group_read_it(tmp_path: Path) -> None:
    token = SetupToken(StateDirectory(tmp_path))
    first, second = token.issue(), token.issue()
    assert first != second
    assert len(bytes.fromhex(second)) == 16
    assert token.path.stat().st_mode & 0o777 == 0o640
    assert (token.current(), token.accepts(first)) == (second, False)


def test_it_lives_half_an_hour(tmp_path: Path) -> None:
    token = SetupToken(StateDirectory(tmp_path))
    text = token.issue()
    assert LIFE_S == 30 * 60
    aged(token, LIFE_S - 10)
    assert token.accepts(text)
    aged(token, LIFE_S + 10)
    assert not token.accepts(text)
    # A clock that was set back must not make it live longer.
    aged(token, -60)
    assert not token.accepts(text)


def test_it_is_spent_by_its_use(tmp_path: Path) -> None:
    token = SetupToken(StateDirectory(tmp_path))
    text = token.issue()
    for _ in range(2):
        token.spend()
    assert (token.current(), token.accepts(text), token.accepts("")) == (None, False, False)


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 32, b"x" * 10_000])
def test_a_file_that_we_did_not_write_is_no_token(tmp_path: Path, content: bytes) -> None:
    token = SetupToken(StateDirectory(tmp_path))
    token.path.write_bytes(content)
    assert token.current() is None
    assert not token.accepts(content.decode("latin-1"))


def test_it_says_where_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot write the setup token"):
        SetupToken(StateDirectory(tmp_path / "none")).issue()
