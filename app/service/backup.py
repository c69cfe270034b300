"""Everything of a router in one sealed file: configuration, users, API tokens, certificate and key.

Not in it: sessions, which end with the router they were opened on, and history.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from app.errors import FieldError, InvalidConfig
from app.model.base import Label, domain
from app.model.complaints import field_errors
from app.model.config import Config
from app.model.consistency import require_consistent
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.service.key_files import SavedCertificate, read_certificate
from app.service.sealing import opened, sealed
from app.service.tokens import MOST as MOST_TOKENS
from app.store.people import StoredToken, StoredUser, stored_tokens, stored_users
from app.store.reader import reading_config

FORMAT: Final = "multihome backup"
VERSION: Final = 1
# Bytes: the longest configuration, and what users, tokens and a certificate add. Panel and console read no larger file.
LARGEST_BACKUP: Final = 1_400_000
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

    @classmethod
    def of(cls, row: StoredUser) -> "SavedUser":
        """What a backup holds of a stored user."""
        return cls(**asdict(row))

    def row(self) -> StoredUser:
        """The user as the store has it."""
        return StoredUser(**asdict(self))


@domain
class SavedToken:
    """A program's way in, with its hash."""

    name: Label
    token_hash: _TokenHash
    read_only: bool
    created_at: AwareDatetime
    created_by: Label

    @classmethod
    def of(cls, row: StoredToken) -> "SavedToken":
        """What a backup holds of a stored token."""
        return cls(**asdict(row) | {"token_hash": row.token_hash.hex()})

    def row(self) -> StoredToken:
        """The token as the store has it."""
        return StoredToken(**asdict(self) | {"token_hash": bytes.fromhex(self.token_hash)})


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
    if len(file) > LARGEST_BACKUP:
        raise InvalidConfig(FieldError("", f"this file is too large: a backup has at most {LARGEST_BACKUP} bytes"))
    return contents(opened(file, passphrase))


def collected(home: StateDirectory) -> Contents:
    """Everything as it is now."""
    config = Configuration(home).head().config
    with reading_config(home.config_db) as connection:
        users, tokens = stored_users(connection), stored_tokens(connection)
    return Contents(
        made_at=datetime.now(UTC),
        configuration=config,
        users=tuple(SavedUser.of(one) for one in users),
        tokens=tuple(SavedToken.of(one) for one in tokens),
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
        raise InvalidConfig(FieldError("", "the decrypted content of this file is not a backup")) from error
    if not isinstance(found, dict) or (found.pop("format", ""), found.pop("version", 0)) != (FORMAT, VERSION):
        raise InvalidConfig(FieldError("", f"the backup has another version; this program reads version {VERSION}"))
    try:
        made = _CONTENTS.validate_python(found)
    except ValidationError as error:
        raise field_errors(error) from error
    require_consistent(made.configuration)
    return made
