"""Everything of a router in one sealed file: configuration, users, API tokens, certificate and key.

Not in it: sessions, which end with the router they were opened on, and history.
"""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from app.errors import FieldError, InvalidConfig
from app.model.base import Label, domain
from app.model.complaints import field_errors
from app.model.config import Config
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.service.key_files import SavedCertificate, read_certificate
from app.service.sealing import opened, sealed
from app.service.tokens import MOST as MOST_TOKENS
from app.store.files import reading
from app.store.reader import require_schema

FORMAT: Final = "multihome backup"
VERSION: Final = 1
# The longest configuration, and what users, tokens and a certificate add.
LONGEST: Final = 1_400_000
SUFFIX: Final = ".multihome"
MOST_USERS: Final = 1000

_Hash = Annotated[str, Field(pattern=r"^\$argon2id\$", max_length=200)]
_TokenHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@domain
class SavedUser:
    """A person who may log in, with the password's hash."""

    name: Label
    password_hash: _Hash
    created_at: AwareDatetime
    password_changed_at: AwareDatetime


@domain
class SavedToken:
    """A program's way in, with its hash."""

    name: Label
    token_hash: _TokenHash
    read_only: bool
    created_at: AwareDatetime
    created_by: Label


@domain
class Contents:
    """What a backup holds. `certificate` None: there was none yet."""

    made_at: AwareDatetime
    configuration: Config
    users: Annotated[tuple[SavedUser, ...], Field(max_length=MOST_USERS)] = ()
    tokens: Annotated[tuple[SavedToken, ...], Field(max_length=MOST_TOKENS)] = ()
    certificate: SavedCertificate | None = None


_CONTENTS: Final = TypeAdapter(Contents)


def backup(home: StateDirectory, passphrase: str) -> bytes:
    """The whole router under a passphrase. Raises InvalidConfig or StoreUnavailable."""
    return sealed(document(collected(home)), passphrase)


def restored(file: bytes, passphrase: str) -> Contents:
    """What a file holds. Raises InvalidConfig: too large, another passphrase, damaged, or not what a backup holds."""
    if len(file) > LONGEST:
        raise InvalidConfig(FieldError("", f"a backup has at most {LONGEST} bytes"))
    return contents(opened(file, passphrase))


def collected(home: StateDirectory) -> Contents:
    """Everything as it is now."""
    config = Configuration(home).head().config
    with reading(home.config_db) as connection:
        require_schema(connection)
        users, tokens = tuple(_users(connection)), tuple(_tokens(connection))
    return Contents(
        made_at=datetime.now(UTC),
        configuration=config,
        users=users,
        tokens=tokens,
        certificate=read_certificate(home),
    )


def document(what: Contents) -> bytes:
    """The document that is sealed."""
    return json.dumps({"format": FORMAT, "version": VERSION, **_CONTENTS.dump_python(what, mode="json")}).encode()


def contents(text: bytes) -> Contents:
    """What such a document holds. Raises InvalidConfig."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidConfig(FieldError("", "what was sealed in this file is no backup")) from error
    if not isinstance(found, dict) or (found.pop("format", ""), found.pop("version", 0)) != (FORMAT, VERSION):
        raise InvalidConfig(FieldError("", f"this program reads backups of version {VERSION}, and this is another"))
    try:
        made = _CONTENTS.validate_python(found)
    except ValidationError as error:
        raise field_errors(error) from error
    made.configuration.require_consistent()
    return made


def _users(connection: sqlite3.Connection) -> Iterator[SavedUser]:
    query = "SELECT name, password_hash, created_at, password_changed_at FROM user ORDER BY name"
    for name, password_hash, created_at, changed_at in connection.execute(query):
        yield SavedUser(name=name, password_hash=password_hash, created_at=created_at, password_changed_at=changed_at)


def _tokens(connection: sqlite3.Connection) -> Iterator[SavedToken]:
    query = "SELECT name, token_hash, read_only, created_at, created_by FROM api_token ORDER BY name"
    for name, token_hash, read_only, created_at, created_by in connection.execute(query):
        yield SavedToken(
            name=name,
            token_hash=bytes(token_hash).hex(),
            read_only=bool(read_only),
            created_at=created_at,
            created_by=created_by,
        )
