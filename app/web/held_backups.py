"""Backups that were opened and shown, and wait for their person to say yes: the passphrase is typed once."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Final

from app.service.backup import Contents

# Who looks longer than this types the passphrase again.
HELD_S: Final = 600.0
MOST: Final = 4


@dataclass(frozen=True, slots=True)
class _Held:
    session: int
    until_s: float
    contents: Contents


class HeldBackups:
    """A few opened backups, in memory alone; each for the session that opened it."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._lock = threading.Lock()

    def hold(self, session: int, contents: Contents, now_s: float) -> str:
        """Keep these, in place of what this session had opened before; the token that gives them back."""
        token = token_urlsafe(16)
        with self._lock:
            for old in [name for name, one in self._held.items() if one.session == session or one.until_s < now_s]:
                del self._held[old]
            while len(self._held) >= MOST:
                self._held.popitem(last=False)
            self._held[token] = _Held(session, now_s + HELD_S, contents)
        return token

    def look(self, session: int, token: str, now_s: float) -> Contents | None:
        """What this session has opened, or None once it is too old or was replaced."""
        with self._lock:
            found = self._held.get(token)
        return found.contents if found is not None and found.session == session and now_s <= found.until_s else None

    def drop(self, token: str) -> None:
        """Forget what was restored."""
        with self._lock:
            self._held.pop(token, None)
