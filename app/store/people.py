"""Access data in config.db: users, sessions and API tokens. Each function works in the caller's transaction;
permissions are decided elsewhere.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.store.utc import utc_text

_SESSION: Final = (
    "SELECT s.id, u.name, s.created_at, s.last_used_at, s.address, s.user_agent"
    " FROM session s JOIN user u ON u.id = s.user"
)
_TOKEN: Final = "SELECT id, name, read_only, created_at, created_by, last_used_at FROM api_token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class User:
    """A person who may log in; `password_hash` is for `passwords.matches` alone."""

    id: int
    name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class StoredUser:
    """All stored data of a user."""

    name: str
    password_hash: str
    created_at: datetime
    password_changed_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in browser and its user."""

    id: int
    user: str
    created_at: datetime
    last_used_at: datetime
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class NewSession:
    """A new session: the id of its user, the hash of its token, and where it was opened."""

    user: int
    token_hash: bytes
    at: datetime
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret."""

    id: int
    name: str
    read_only: bool
    created_at: datetime
    created_by: str
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A new token: its hash and its owner."""

    name: str
    token_hash: bytes
    read_only: bool
    created_at: datetime
    created_by: str


def user_names(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The names of all users, in order."""
    return tuple(str(row[0]) for row in connection.execute("SELECT name FROM user ORDER BY name"))


def find_user(connection: sqlite3.Connection, name: str) -> User | None:
    """The user of this name."""
    row = connection.execute("SELECT id, name, password_hash FROM user WHERE name = ?", (name,)).fetchone()
    return None if row is None else User(*row)


def stored_users(connection: sqlite3.Connection) -> tuple[StoredUser, ...]:
    """All users, by name."""
    query = "SELECT name, password_hash, created_at, password_changed_at FROM user ORDER BY name"
    return tuple(
        StoredUser(name, password_hash, datetime.fromisoformat(created_at), datetime.fromisoformat(changed_at))
        for name, password_hash, created_at, changed_at in connection.execute(query)
    )


def put_users(connection: sqlite3.Connection, users: Iterable[StoredUser]) -> None:
    """Write users. An existing name keeps its row, to which sessions refer, and gets the new data."""
    connection.executemany(
        "INSERT INTO user (name, password_hash, created_at, password_changed_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash,"
        " created_at = excluded.created_at, password_changed_at = excluded.password_changed_at",
        [(one.name, one.password_hash, utc_text(one.created_at), utc_text(one.password_changed_at)) for one in users],
    )


def add_user(connection: sqlite3.Connection, row: StoredUser) -> User:
    """Write a user of a new name."""
    put_users(connection, [row])
    (number,) = connection.execute("SELECT id FROM user WHERE name = ?", (row.name,)).fetchone()
    return User(number, row.name, row.password_hash)


def set_password(connection: sqlite3.Connection, user: int, password_hash: str, at: datetime) -> None:
    """Replace a user's password."""
    update = "UPDATE user SET password_hash = ?, password_changed_at = ? WHERE id = ?"
    connection.execute(update, (password_hash, utc_text(at), user))


def delete_user(connection: sqlite3.Connection, name: str) -> None:
    """Delete a user that has no sessions any more."""
    connection.execute("DELETE FROM user WHERE name = ?", (name,))


def add_session(connection: sqlite3.Connection, row: NewSession) -> None:
    """Write a session that begins now."""
    connection.execute(
        "INSERT INTO session (user, token_hash, created_at, last_used_at, address, user_agent)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (row.user, row.token_hash, utc_text(row.at), utc_text(row.at), row.address, row.user_agent),
    )


def find_session(connection: sqlite3.Connection, token_hash: bytes) -> Session | None:
    """The session with this token."""
    row = connection.execute(f"{_SESSION} WHERE s.token_hash = ?", (token_hash,)).fetchone()
    return None if row is None else _session(row)


def sessions_of(connection: sqlite3.Connection, user: str) -> tuple[Session, ...]:
    """All sessions of the user of this name."""
    return tuple(_session(row) for row in connection.execute(f"{_SESSION} WHERE u.name = ?", (user,)))


def use_session(connection: sqlite3.Connection, session: int, at: datetime) -> None:
    """Set when a session was last used."""
    connection.execute("UPDATE session SET last_used_at = ? WHERE id = ?", (utc_text(at), session))


def delete_session(connection: sqlite3.Connection, session: int) -> None:
    """Delete one session."""
    connection.execute("DELETE FROM session WHERE id = ?", (session,))


def delete_sessions_of(connection: sqlite3.Connection, user: int) -> None:
    """Delete all sessions of a user."""
    connection.execute("DELETE FROM session WHERE user = ?", (user,))


def delete_sessions_but(connection: sqlite3.Connection, session: int | None) -> None:
    """Delete the sessions of all users, except this one."""
    connection.execute("DELETE FROM session WHERE id <> ?", (0 if session is None else session,))


def prune_sessions(connection: sqlite3.Connection, user: int, *, opened_before: datetime, keep: int) -> None:
    """Delete every session opened before then, and all of this user's except the `keep` most recently used."""
    connection.execute("DELETE FROM session WHERE created_at < ?", (utc_text(opened_before),))
    connection.execute(
        "DELETE FROM session WHERE id IN"
        " (SELECT id FROM session WHERE user = ? ORDER BY last_used_at DESC LIMIT -1 OFFSET ?)",
        (user, keep),
    )


def tokens(connection: sqlite3.Connection) -> tuple[ApiToken, ...]:
    """All tokens, by name."""
    return tuple(_token(row) for row in connection.execute(f"{_TOKEN} ORDER BY name"))


def find_token(connection: sqlite3.Connection, token_hash: bytes) -> ApiToken | None:
    """The token with this hash."""
    row = connection.execute(f"{_TOKEN} WHERE token_hash = ?", (token_hash,)).fetchone()
    return None if row is None else _token(row)


def token_name(connection: sqlite3.Connection, token: int) -> str | None:
    """The name of the token with this id."""
    row = connection.execute("SELECT name FROM api_token WHERE id = ?", (token,)).fetchone()
    return None if row is None else str(row[0])


def stored_tokens(connection: sqlite3.Connection) -> tuple[StoredToken, ...]:
    """All tokens with their hashes, by name."""
    query = "SELECT name, token_hash, read_only, created_at, created_by FROM api_token ORDER BY name"
    return tuple(
        StoredToken(name, bytes(token_hash), bool(read_only), datetime.fromisoformat(created_at), created_by)
        for name, token_hash, read_only, created_at, created_by in connection.execute(query)
    )


def add_tokens(connection: sqlite3.Connection, rows: Iterable[StoredToken]) -> None:
    """Write new tokens."""
    connection.executemany(
        "INSERT INTO api_token (name, token_hash, read_only, created_at, created_by) VALUES (?, ?, ?, ?, ?)",
        [(one.name, one.token_hash, one.read_only, utc_text(one.created_at), one.created_by) for one in rows],
    )


def use_token(connection: sqlite3.Connection, token: int, at: datetime) -> None:
    """Set when a token was last used."""
    connection.execute("UPDATE api_token SET last_used_at = ? WHERE id = ?", (utc_text(at), token))


def delete_token(connection: sqlite3.Connection, token: int) -> None:
    """Delete one token."""
    connection.execute("DELETE FROM api_token WHERE id = ?", (token,))


def delete_tokens(connection: sqlite3.Connection) -> None:
    """Delete all tokens."""
    connection.execute("DELETE FROM api_token")


def _session(row: sqlite3.Row) -> Session:
    number, user, created_at, last_used_at, address, user_agent = tuple(row)
    created, used = datetime.fromisoformat(created_at), datetime.fromisoformat(last_used_at)
    return Session(number, user, created, used, address, user_agent)


def _token(row: sqlite3.Row) -> ApiToken:
    number, name, read_only, created_at, created_by, used = tuple(row)
    last_used_at = None if used is None else datetime.fromisoformat(used)
    return ApiToken(number, name, bool(read_only), datetime.fromisoformat(created_at), created_by, last_used_at)
