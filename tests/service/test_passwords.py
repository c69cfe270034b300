import pytest

from app.errors import InvalidConfig
from app.service.passwords import NOBODY, hashed, matches, require_good


def test_a_password_is_stored_so_that_it_can_only_be_compared() -> None:
    stored = hashed("correct horse battery staple")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert matches(stored, "correct horse battery staple")
    assert not matches(stored, "correct horse battery stapl")
    assert not matches("no hash at all", "x")
    assert not matches(NOBODY, "")


@pytest.mark.parametrize(
    "password",
    [
        "short", "password1234", "P@ssw0rd2024!!", "passwordpassword", "qwertyuiopas", "abcdefghijklmn", "111111111111",
        "aaaaaaabbbbbbb", "987654321098", "administrator1", "letmein12345", "x" * 257,
    ],
)  # fmt: skip
def test_what_would_be_tried_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidConfig) as refused:
        require_good(password, "administrator")
    assert refused.value.errors[0].field == "password"


@pytest.mark.parametrize("password", ["correct horse battery staple", "vT9#kq2!mZ4p", "šest náhodných slov"])
def test_what_nobody_guesses_is_accepted(password: str) -> None:
    require_good(password, "administrator")
