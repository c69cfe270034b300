"""Restores a backup: lists what it replaces, then replaces it. `Configuration` saves the configuration itself.

Users, tokens and certificate are replaced at once and stay so, also where the configuration goes back by itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.model.events.kinds import BackupRestored
from app.paths import StateDirectory
from app.service.audit import note
from app.service.backup import Contents
from app.service.configuration import Author, Saved
from app.service.key_files import read_certificate, write_certificate
from app.store import people
from app.store.files import writing
from app.store.reader import reading_config


@dataclass(frozen=True, slots=True)
class Kept:
    """Who restores through the panel, and keeps the own account and session, or nobody could confirm the change."""

    user: str
    session: int


def replaced(home: StateDirectory, contents: Contents, kept: Kept | None = None) -> tuple[str, ...]:
    """What a restore does besides the configuration, in sentences. Raises StoreUnavailable, InvalidConfig."""
    with reading_config(home.config_db) as connection:
        users = set(people.user_names(connection))
        tokens = {one.name for one in people.tokens(connection)}
    return tuple(_sentences(home, contents, users, tokens, kept))


def _sentences(
    home: StateDirectory, contents: Contents, users: set[str], tokens: set[str], kept: Kept | None
) -> Iterator[str]:
    saved = {one.name for one in contents.users}
    stays = {kept.user} - saved if kept is not None else set()
    yield f"users: {_names(saved)}, with their passwords at the time of the backup"
    if gone := users - saved - stays:
        yield f"these users are deleted: {_names(gone)}"
    if stays:
        yield f"your own account {_names(stays)} is not in the backup and stays"
    yield "all sessions end" if kept is None else "all sessions but this one end"
    yield f"API tokens: {_names({one.name for one in contents.tokens})}"
    if lost := tokens - {one.name for one in contents.tokens}:
        yield f"these API tokens are deleted: {_names(lost)}"
    if contents.certificate is None:
        yield "certificate: none in the backup, the installed one stays"
    elif contents.certificate == read_certificate(home):
        yield "certificate: same as the installed one"
    else:
        yield "certificates and keys: from the backup; the router's self-signed one from the panel's next start"


def restore(
    home: StateDirectory, contents: Contents, save: Callable[[], Saved], author: Author, kept: Kept | None = None
) -> Saved:
    """Save the configuration through `save`, then replace users, tokens and certificate.

    Raises what `save` raises, and has changed nothing then; StoreUnavailable.
    """
    saved = save()
    with writing(home.config_db) as connection:
        people.delete_sessions_but(connection, None if kept is None else kept.session)
        stay = {one.name for one in contents.users} | (set() if kept is None else {kept.user})
        for name in people.user_names(connection):
            if name not in stay:
                people.delete_user(connection, name)
        people.put_users(connection, [one.row() for one in contents.users])
        people.delete_tokens(connection)
        people.add_tokens(connection, [one.row() for one in contents.tokens])
        note(connection, author, BackupRestored(contents.made_at))
    if contents.certificate is not None:
        write_certificate(home, contents.certificate)
    return saved


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
