"""The setup token: whoever can read it on this machine may create the first administrator. One use, 30 minutes.

It is a file in the state directory that root, worker and panel can read. A token that is replaced or spent is gone.
"""

import contextlib
import secrets
import time
from pathlib import Path
from typing import Final

from app.errors import StoreUnavailable
from app.paths import StateDirectory
from app.service.durable import put_in_place, write_new

LIFE_S: Final = 30 * 60
_MODE: Final = 0o640


class SetupToken:
    """The one token of a state directory, if there is one now."""

    def __init__(self, home: StateDirectory) -> None:
        self._path = home.path / "setup-token"

    @property
    def path(self) -> Path:
        """Where it can be read."""
        return self._path

    def issue(self) -> str:
        """Make a new one, in place of the one before. Raises StoreUnavailable."""
        token = secrets.token_hex(16)
        new = self._path.with_suffix(".new")
        try:
            write_new(new, f"{token}\n".encode(), _MODE)
            put_in_place(new, self._path)
        except OSError as error:
            raise StoreUnavailable(f"cannot write the setup token to {self._path}: {error.strerror}") from error
        return token

    def current(self) -> str | None:
        """The token that counts now, or None."""
        try:
            age_s = time.time() - self._path.stat().st_mtime
            token = self._path.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None
        return token if len(token) == 32 and 0 <= age_s <= LIFE_S else None

    def accepts(self, text: str) -> bool:
        """Whether this is the token; compared in constant time."""
        current = self.current()
        typed = "".join(text.split()).lower().encode()
        return current is not None and secrets.compare_digest(typed, current.encode())

    def spend(self) -> None:
        """Make it worthless."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
