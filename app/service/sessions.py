"""Sessions: browsers that are logged in. The cookie holds 256 random bits; only their hash is stored.

A session ends 30 minutes after its last use and 12 hours after its login. Its last use is kept in memory and written
at most once a minute: a page that is read is no reason to write to a router's flash.
"""

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from app.errors import StoreUnavailable
from app.model.events.kinds import LoggedIn, SessionEnded
from app.paths import StateDirectory
from app.service.audit import note
from app.service.configuration import Author
from app.store import people
from app.store.files import writing
from app.store.people import NewSession, Session, User
from app.store.reader import reading_config

log = logging.getLogger(__name__)

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
WRITTEN_EVERY: Final = timedelta(minutes=1)
# A clock is set by so much while somebody works, and nobody is thrown out for it.
CLOCKS_DIFFER: Final = timedelta(minutes=1)
# A user who logs in from more places than this loses the session that was used least recently.
MOST_PER_USER: Final = 32


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
        with writing(self._home.config_db) as connection:
            people.prune_sessions(connection, user.id, opened_before=now - LONGEST, keep=MOST_PER_USER - 1)
            people.add_session(connection, NewSession(user.id, _hash(token), now, author.address, user_agent[:200]))
            note(connection, author, LoggedIn())
        return token

    def find(self, token: str, now: datetime | None = None) -> Session | None:
        """The session that this cookie stands for, unless it is over."""
        if not 20 <= len(token) <= 100:
            return None
        with reading_config(self._home.config_db) as connection:
            found = people.find_session(connection, _hash(token))
        session = None if found is None else self._as_used(found)
        return None if session is None or _is_over(session, now or datetime.now(UTC)) else session

    def of(self, user: str, now: datetime | None = None) -> tuple[Session, ...]:
        """A user's sessions, the one that was used last first."""
        now = now or datetime.now(UTC)
        with reading_config(self._home.config_db) as connection:
            found = [self._as_used(one) for one in people.sessions_of(connection, user)]
        alive = (one for one in found if not _is_over(one, now))
        return tuple(sorted(alive, key=lambda one: one.last_used_at, reverse=True))

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
                    people.use_session(connection, session.id, now)
            except StoreUnavailable as error:
                log.warning("cannot store the last use of a session: %s", error)

    def end(self, session_id: int, user: str, author: Author) -> None:
        """End one session of a user; nothing happens when there is none of this id."""
        if all(one.id != session_id for one in self.of(user)):
            return
        with writing(self._home.config_db) as connection:
            people.delete_session(connection, session_id)
            note(connection, author, SessionEnded())
        with self._lock:
            self._used.pop(session_id, None)
            self._written.pop(session_id, None)

    def _as_used(self, session: Session) -> Session:
        """The session with its last use, of which memory knows more than the row."""
        number, written = session.id, session.last_used_at
        with self._lock:
            self._written[number] = max(written, self._written.get(number, written))
            return replace(session, last_used_at=max(written, self._used.get(number, written)))


def _is_over(session: Session, now: datetime) -> bool:
    """Whether it has been idle, or been there, for too long, or is dated in the future.

    A router without a battery may begin years ahead of the time that it is told later: what was dated then would
    never come to an end.
    """
    ahead = max(session.created_at, session.last_used_at) - now > CLOCKS_DIFFER
    return ahead or now - session.last_used_at > IDLE or now - session.created_at > LONGEST


def _hash(token: str) -> bytes:
    """Of 256 random bits a plain hash is enough: there is nothing to guess."""
    return sha256(token.encode(errors="surrogatepass")).digest()
