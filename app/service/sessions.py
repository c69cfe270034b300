"""Sessions: browsers that are logged in. The cookie holds 256 random bits; only their hash is stored.

A session ends 30 minutes after its last use and 12 hours after its login. Its last use is kept in memory and written
at most once a minute: a page that is read is no reason to write to a router's flash.
"""

import logging
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from app.errors import StoreUnavailable
from app.model.events.kinds import LoggedIn, SessionEnded
from app.paths import StateDirectory
from app.service.audit import note
from app.service.configuration import Author
from app.service.users import User
from app.store.files import reading, writing
from app.store.reader import require_schema
from app.store.utc import utc_text

log = logging.getLogger(__name__)

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
WRITTEN_EVERY: Final = timedelta(minutes=1)
# A clock is set by so much while somebody works, and nobody is thrown out for it.
CLOCKS_DIFFER: Final = timedelta(minutes=1)
# A user who logs in from more places than this loses the session that was used least recently.
MOST_PER_USER: Final = 32

_COLUMNS: Final = "s.id, u.name, s.created_at, s.last_used_at, s.address, s.user_agent"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in, and as whom."""

    id: int
    user: str
    created_at: datetime
    last_used_at: datetime
    address: str
    user_agent: str

    def is_over(self, now: datetime) -> bool:
        """Whether it has been idle, or been there, for too long, or is dated in the future.

        A router without a battery may begin years ahead of the time that it is told later: what was dated then would
        never come to an end.
        """
        ahead = max(self.created_at, self.last_used_at) - now > CLOCKS_DIFFER
        return ahead or now - self.last_used_at > IDLE or now - self.created_at > LONGEST


class Sessions:
    """The sessions kept in one state directory. Every method raises StoreUnavailable."""

    def __init__(self, home: StateDirectory) -> None:
        self._home = home
        self._used: dict[int, datetime] = {}
        self._written: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def open(self, user: User, author: Author, user_agent: str, now: datetime | None = None) -> str:
        """Start a session for a user who has just logged in; returns what the cookie must hold."""
        token = token_urlsafe(32)
        now = now or datetime.now(UTC)
        insert = (
            "INSERT INTO session (user, token_hash, created_at, last_used_at, address, user_agent)"
            " VALUES (?, ?, ?, ?, ?, ?)"
        )
        values = (user.id, _hash(token), utc_text(now), utc_text(now), author.address, user_agent[:200])
        with writing(self._home.config_db) as connection:
            _forget_old(connection, user.id, now)
            connection.execute(insert, values)
            note(connection, author, LoggedIn())
        return token

    def find(self, token: str, now: datetime | None = None) -> Session | None:
        """The session that this cookie stands for, unless it is over."""
        if not 20 <= len(token) <= 100:
            return None
        found = self._select("WHERE s.token_hash = ?", _hash(token))
        now = now or datetime.now(UTC)
        return next((one for one in found if not one.is_over(now)), None)

    def of(self, user: str, now: datetime | None = None) -> tuple[Session, ...]:
        """A user's sessions, the one that was used last first."""
        now = now or datetime.now(UTC)
        found = (one for one in self._select("WHERE u.name = ?", user) if not one.is_over(now))
        return tuple(sorted(found, key=lambda one: one.last_used_at, reverse=True))

    def use(self, session: Session, now: datetime | None = None) -> None:
        """Note that a session was used. A full disk costs the note and not the request; in memory it is there."""
        now = now or datetime.now(UTC)
        with self._lock:
            self._used[session.id] = now
            is_due = now - self._written.get(session.id, session.created_at) >= WRITTEN_EVERY
            if is_due:
                self._written[session.id] = now
        if is_due:
            try:
                with writing(self._home.config_db) as connection:
                    connection.execute("UPDATE session SET last_used_at = ? WHERE id = ?", (utc_text(now), session.id))
            except StoreUnavailable as error:
                log.warning("the last use of a session cannot be noted: %s", error)

    def end(self, session_id: int, user: str, author: Author) -> None:
        """End one session of a user; nothing happens when there is none of this id."""
        if all(one.id != session_id for one in self.of(user)):
            return
        with writing(self._home.config_db) as connection:
            connection.execute("DELETE FROM session WHERE id = ?", (session_id,))
            note(connection, author, SessionEnded())
        with self._lock:
            self._used.pop(session_id, None)
            self._written.pop(session_id, None)

    def _select(self, where: str, wanted: str | bytes) -> tuple[Session, ...]:
        query = f"SELECT {_COLUMNS} FROM session s JOIN user u ON u.id = s.user {where}"  # noqa: S608 - constants
        with reading(self._home.config_db) as connection:
            require_schema(connection)
            return tuple(self._session(row) for row in connection.execute(query, (wanted,)))

    def _session(self, row: sqlite3.Row) -> Session:
        number, user, created_at, last_used_at, address, user_agent = tuple(row)
        written = datetime.fromisoformat(last_used_at)
        with self._lock:
            self._written[number] = max(written, self._written.get(number, written))
            used = max(written, self._used.get(number, written))
        return Session(number, user, datetime.fromisoformat(created_at), used, address, user_agent)


def _hash(token: str) -> bytes:
    """Of 256 random bits a plain hash is enough: there is nothing to guess."""
    return sha256(token.encode(errors="surrogatepass")).digest()


def _forget_old(connection: sqlite3.Connection, user: int, now: datetime) -> None:
    connection.execute("DELETE FROM session WHERE created_at < ?", (utc_text(now - LONGEST),))
    most = "SELECT id FROM session WHERE user = ? ORDER BY last_used_at DESC LIMIT -1 OFFSET ?"
    connection.execute(f"DELETE FROM session WHERE id IN ({most})", (user, MOST_PER_USER - 1))  # noqa: S608
