"""A backup brought back: what it replaces, told before, and then done. The configuration is `Configuration`'s to save.

Users, tokens and certificate are replaced at once and stay so, also where the configuration goes back by itself.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.model.events.kinds import BackupRestored
from app.paths import StateDirectory
from app.service.audit import note
from app.service.backup import Contents, SavedToken, SavedUser
from app.service.configuration import Author, Saved
from app.service.key_files import read_certificate, write_certificate
from app.store.files import reading, writing
from app.store.reader import require_schema
from app.store.utc import utc_text


@dataclass(frozen=True, slots=True)
class Kept:
    """Who restores through the panel, and keeps the own account and session, or nobody could confirm the change."""

    user: str
    session: int


def replaced(home: StateDirectory, contents: Contents, kept: Kept | None = None) -> tuple[str, ...]:
    """What a restore does besides the configuration, in sentences. Raises StoreUnavailable, InvalidConfig."""
    with reading(home.config_db) as connection:
        require_schema(connection)
        users = {str(row[0]) for row in connection.execute("SELECT name FROM user")}
        tokens = {str(row[0]) for row in connection.execute("SELECT name FROM api_token")}
    return tuple(_sentences(home, contents, users, tokens, kept))


def _sentences(
    home: StateDirectory, contents: Contents, users: set[str], tokens: set[str], kept: Kept | None
) -> Iterator[str]:
    saved = {one.name for one in contents.users}
    stays = {kept.user} - saved if kept is not None else set()
    yield f"users: {_names(saved)}, with the passwords of then"
    if gone := users - saved - stays:
        yield f"these users go: {_names(gone)}"
    if stays:
        yield f"your own account {_names(stays)} is not in the backup and stays"
    yield "all sessions end" if kept is None else "all sessions but this one end"
    yield f"API tokens: {_names({one.name for one in contents.tokens})}"
    if lost := tokens - {one.name for one in contents.tokens}:
        yield f"these API tokens go: {_names(lost)}"
    if contents.certificate is None:
        yield "certificate: none in the backup, the one that is here stays"
    elif contents.certificate == read_certificate(home):
        yield "certificate: the one that is here already"
    else:
        yield "certificates and keys: those of the backup; the router's own from the panel's next start on"


def restore(
    home: StateDirectory, contents: Contents, save: Callable[[], Saved], author: Author, kept: Kept | None = None
) -> Saved:
    """Save the configuration through `save`, then replace users, tokens and certificate.

    Raises what `save` raises, and has changed nothing then; StoreUnavailable.
    """
    saved = save()
    with writing(home.config_db) as connection:
        connection.execute("DELETE FROM session WHERE id <> ?", (0 if kept is None else kept.session,))
        _replace_users(connection, contents.users, "" if kept is None else kept.user)
        connection.execute("DELETE FROM api_token")
        connection.executemany(
            "INSERT INTO api_token (name, token_hash, read_only, created_at, created_by) VALUES (?, ?, ?, ?, ?)",
            [_token_row(one) for one in contents.tokens],
        )
        note(connection, author, BackupRestored(contents.made_at))
    if contents.certificate is not None:
        write_certificate(home, contents.certificate)
    return saved


def _replace_users(connection: sqlite3.Connection, users: tuple[SavedUser, ...], keep: str) -> None:
    """Make these the users. One who is there keeps the row: the session of whoever restores belongs to it."""
    names = {one.name for one in users} | {keep}
    for (name,) in connection.execute("SELECT name FROM user").fetchall():
        if name not in names:
            connection.execute("DELETE FROM user WHERE name = ?", (name,))
    connection.executemany(
        "INSERT INTO user (name, password_hash, created_at, password_changed_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash,"
        " created_at = excluded.created_at, password_changed_at = excluded.password_changed_at",
        [(one.name, one.password_hash, utc_text(one.created_at), utc_text(one.password_changed_at)) for one in users],
    )


def _token_row(one: SavedToken) -> tuple[str, bytes, bool, str, str]:
    return one.name, bytes.fromhex(one.token_hash), one.read_only, utc_text(one.created_at), one.created_by


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
