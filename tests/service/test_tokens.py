import pytest

from app.errors import InvalidConfig, StoreUnavailable
from app.paths import StateDirectory
from app.service import tokens as module
from app.service.audit import read_audit
from app.service.configuration import Author, Origin
from app.service.tokens import MOST, PREFIX, ApiTokens

ANA = Author("ana", Origin.CONSOLE)


def test_a_secret_is_told_once_and_kept_as_a_hash(home: StateDirectory) -> None:
    tokens = ApiTokens(home)
    secret = tokens.create(" monitoring ", ANA, read_only=True)
    assert secret.startswith(PREFIX)
    assert len(secret) == len(PREFIX) + 43
    for path in home.path.glob("config.db*"):
        assert secret.encode() not in path.read_bytes()
    (kept,) = tokens.all()
    assert (kept.name, kept.read_only, kept.created_by, kept.last_used_at) == ("monitoring", True, "ana", None)
    assert read_audit(home)[0].event.text == "token monitoring created (read only)"


@pytest.mark.parametrize("secret", ["", PREFIX, "x" * 43, PREFIX + "x" * 43, PREFIX + "x" * 10_000, PREFIX + "\ud800"])
def test_another_secret_opens_nothing(home: StateDirectory, secret: str) -> None:
    tokens = ApiTokens(home)
    tokens.create("monitoring", ANA, read_only=True)
    assert tokens.find(secret) is None


def test_its_last_use_is_noted_and_not_at_every_request(home: StateDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = ApiTokens(home)
    secret = tokens.create("monitoring", ANA, read_only=False)
    assert tokens.find(secret) is not None
    used = tokens.all()[0].last_used_at
    assert used is not None

    def never(_path: object) -> None:
        raise AssertionError("written again")

    monkeypatch.setattr(module, "writing", never)
    assert tokens.find(secret) is not None


def test_a_full_disk_costs_the_note_and_not_the_request(home: StateDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, tried = ApiTokens(home), []
    secret = tokens.create("monitoring", ANA, read_only=False)

    def full(path: object) -> None:
        tried.append(path)
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(module, "writing", full)
    for _ in range(3):
        assert tokens.find(secret) is not None
    assert len(tried) == 1


def test_a_revoked_token_is_refused_and_revoking_is_noted_once(home: StateDirectory) -> None:
    tokens = ApiTokens(home)
    secret = tokens.create("monitoring", ANA, read_only=False)
    number = tokens.all()[0].id
    for _ in range(2):
        tokens.revoke(number, ANA)
    assert tokens.find(secret) is None
    assert [one.event.text for one in read_audit(home)] == ["token monitoring revoked", "token monitoring created"]


def test_names_are_their_own_and_their_number_is_bounded(home: StateDirectory) -> None:
    tokens = ApiTokens(home)
    for number in range(MOST):
        tokens.create(f"token {number}", ANA, read_only=True)
    for name, words in (("token 1", "already"), ("one more", "revoke one first"), ("", "1 to 64"), ("a\nb", "1 to 64")):
        with pytest.raises(InvalidConfig, match=words):
            tokens.create(name, ANA, read_only=True)
