"""Passwords: which are good enough, and how they are kept (Argon2id, RFC 9106).

`common_passwords.txt.gz` is the list of the most used passwords of the zxcvbn package (MIT license, beside the file),
those of six characters and more. It is read when a password is chosen and not kept in memory.
"""

import gzip
import re
from importlib.resources import files
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import FieldError, InvalidConfig

SHORTEST: Final = 12
LONGEST: Final = 256
# Fewer different characters than this are a pattern (`abababababab`), whatever their number.
_FEWEST_DIFFERENT: Final = 5
_RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjkl",
)

# The OWASP profile for machines with little memory: 19 MiB, two passes, one lane; some 20 ms on a small router.
_HASHER: Final = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1, type=Type.ID)

# What is compared with when a name does not exist, so that the answer takes as long as for one that does.
NOBODY: Final = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$QgnUM1NwNMdnGX2WYYXTVQjpuOPyDgUWmlZFYPbzAIo"


def hashed(password: str) -> str:
    """The password in the form that is stored; slow on purpose."""
    return _HASHER.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether this is the password behind a stored form; slow on purpose, false for a damaged form."""
    if len(password) > LONGEST:
        return False
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def require_good(password: str, name: str = "", *, again: str | None = None, field: str = "password") -> None:
    """Raise InvalidConfig where the password is easy to guess (`field`), or differs from its repetition (`again`)."""
    problem = _weakness(password, name)
    errors = [FieldError(field, problem)] if problem else []
    if again is not None and again != password:
        errors.append(FieldError("again", "does not match the entry above"))
    if errors:
        raise InvalidConfig(*errors)


def _weakness(password: str, name: str) -> str | None:
    if len(password) < SHORTEST:
        return f"at least {SHORTEST} characters; three or four random words are easy to remember"
    if len(password) > LONGEST:
        return f"at most {LONGEST} characters"
    folded = password.casefold()
    if len(set(folded)) < _FEWEST_DIFFERENT or any(folded in run * 2 or folded[::-1] in run * 2 for run in _RUNS):
        return "it is a common pattern that attackers try first"
    if len(name) > 3 and name.casefold() in folded and len(folded) - len(name) < SHORTEST // 2:
        return "it is little more than the user name"
    if _is_common(_disguises(folded)):
        return "it is on the list of common passwords"
    return None


def _disguises(folded: str) -> set[str]:
    """The password, and what it is without the usual decoration: digits around it, itself twice, leetspeak."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    half = folded[: len(folded) // 2]
    doubled = {half} if half * 2 == folded else set()
    plain = {word.translate(str.maketrans("013457@$", "oieastas")) for word in (folded, core)}
    return {word for word in {folded, core, *doubled, *plain} if len(word) >= 6}


def _is_common(candidates: set[str]) -> bool:
    path = files("app.service").joinpath("common_passwords.txt.gz")
    with path.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as lines:
        return any(line.rstrip("\n") in candidates for line in lines)
