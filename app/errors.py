"""What can go wrong, once for the whole program.

MultihomeError
├── InvalidConfig      the person's: a value that cannot be; names the field
├── Conflict           the person's: somebody else changed it meanwhile (a stale revision)
│   └── TooEarly       a confirmation that proves nothing yet; it may a moment later
├── KernelRejected     this one change; report it and go on with the rest
├── KernelUnavailable  the way to the kernel; try again on a fresh socket
├── StoreUnavailable   a database cannot be read or written now; go on without it
└── WorkerSilent       the worker does not answer; what was observed last is in state.db
    └── WorkerRefused  it answers that it will not, with its reason
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# Whoever has mended these looks again anyway.
NAMED_ERRORS: Final = 3


class MultihomeError(Exception):
    """The root: what Multihome raises on purpose, with a message made for people."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One value that cannot be accepted.

    `field` is the path a form or an API client knows it by (`gateways.2.weight`), empty for the whole. `forcible`: it
    is saved all the same when asked to (`force`).
    """

    field: str
    message: str
    forcible: bool = False

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidConfig(MultihomeError):
    """A configuration that cannot be; nothing was changed. `errors` has at least one member."""

    def __init__(self, *errors: FieldError) -> None:
        self.errors = errors
        super().__init__("; ".join(map(str, errors)))

    def brief(self) -> str:
        """The first few errors, and how many more there are: where it is said and not looked through."""
        named, more = self.errors[:NAMED_ERRORS], len(self.errors) - NAMED_ERRORS
        return "; ".join(map(str, named)) + (f"; and {more} more" if more > 0 else "")


def require_all(*checks: Callable[[], object]) -> None:
    """Raise one InvalidConfig with the errors of all these checks, so that a form shows them together."""
    errors: list[FieldError] = []
    for check in checks:
        try:
            check()
        except InvalidConfig as error:
            errors.extend(error.errors)
    if errors:
        raise InvalidConfig(*errors)


class Conflict(MultihomeError):
    """The revision that the change started from is not the newest any more; nothing was changed.

    `expected` and `newest` are the two revisions, where both are known: so that both can be shown.
    """

    def __init__(self, message: str, *, expected: int | None = None, newest: int | None = None) -> None:
        self.expected = expected
        self.newest = newest
        super().__init__(message)


class TooEarly(Conflict):
    """A revision cannot be confirmed yet, or not over this connection; trying again soon may work."""


class KernelRejected(MultihomeError):
    """The kernel refused this one change; the message names the object and the kernel's reason."""


class KernelUnavailable(MultihomeError):
    """The kernel could not be asked (socket closed, buffer overrun); a fresh socket may work."""


class StoreUnavailable(MultihomeError):
    """A database is missing, locked, damaged or of another version; the message names the file."""


class WorkerSilent(MultihomeError):
    """The worker does not run, does not answer in time, or answers what cannot be read."""


class WorkerRefused(WorkerSilent):
    """The worker answers that it will not; `reason` is its sentence."""

    def __init__(self, command: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the worker refused `{command}`: {reason}")
