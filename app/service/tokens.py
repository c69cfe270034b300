"""API tokens: a program's way in. A token is shown once, when it is made; only its hash is stored."""

import logging
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.errors import FieldError, InvalidConfig, StoreUnavailable
from app.model.base import Label
from app.model.events.kinds import TokenChanged
from app.paths import StateDirectory
from app.service.audit import note
from app.service.configuration import Author
from app.store.files import reading, writing
from app.store.reader import require_schema
from app.store.utc import utc_text

log = logging.getLogger(__name__)

# So that a token that was published by accident can be found by a search for it.
PREFIX: Final = "multihome_"
WRITTEN_EVERY: Final = timedelta(minutes=10)
MOST: Final = 64

_NAME: Final[TypeAdapter[str]] = TypeAdapter(Label)
_QUERY: Final = "SELECT id, name, read_only, created_at, created_by, last_used_at FROM api_token"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret."""

    id: int
    name: str
    read_only: bool
    created_at: datetime
    created_by: str
    last_used_at: datetime | None


class ApiTokens:
    """The tokens kept in one state directory. Every method raises StoreUnavailable."""

    def __init__(self, home: StateDirectory) -> None:
        self._home = home
        self._noted: dict[int, datetime] = {}

    def create(self, name: str, author: Author, *, read_only: bool) -> str:
        """Make a token and return its secret, which nobody sees again. Raises InvalidConfig for a bad or taken name."""
        try:
            name = _NAME.validate_python(name.strip())
        except ValidationError as error:
            raise InvalidConfig(FieldError("name", "a name has 1 to 64 characters, none of them invisible")) from error
        secret = PREFIX + token_urlsafe(32)
        insert = "INSERT INTO api_token (name, token_hash, read_only, created_at, created_by) VALUES (?, ?, ?, ?, ?)"
        values = (name, _hash(secret), read_only, utc_text(datetime.now(UTC)), author.name)
        with writing(self._home.config_db) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM api_token")}
            if name in names:
                raise InvalidConfig(FieldError("name", f"there is a token {name} already"))
            if len(names) >= MOST:
                raise InvalidConfig(FieldError("name", f"there are {MOST} tokens already: revoke one first"))
            connection.execute(insert, values)
            note(connection, author, TokenChanged(name, "made (read only)" if read_only else "made"))
        return secret

    def find(self, secret: str) -> ApiToken | None:
        """The token with this secret; its last use is noted, at most once in ten minutes, and if that can be done."""
        if not secret.startswith(PREFIX) or len(secret) > 100:
            return None
        found = self._select(f"{_QUERY} WHERE token_hash = ?", _hash(secret))
        if not found:
            return None
        self._use(found[0], datetime.now(UTC))
        return found[0]

    def _use(self, token: ApiToken, now: datetime) -> None:
        """Note that a token was used. A full disk costs the note and not the request, and is not tried each time."""
        last = self._noted.get(token.id, token.last_used_at)
        if last is not None and abs(now - last) <= WRITTEN_EVERY:
            return
        self._noted[token.id] = now
        try:
            with writing(self._home.config_db) as connection:
                connection.execute("UPDATE api_token SET last_used_at = ? WHERE id = ?", (utc_text(now), token.id))
        except StoreUnavailable as error:
            log.warning("the last use of the token %s cannot be noted: %s", token.name, error)

    def all(self) -> tuple[ApiToken, ...]:
        """Every token, by name."""
        return self._select(f"{_QUERY} ORDER BY name")

    def revoke(self, token_id: int, author: Author) -> None:
        """End a token; nothing happens when there is none of this id."""
        with writing(self._home.config_db) as connection:
            found = connection.execute("SELECT name FROM api_token WHERE id = ?", (token_id,)).fetchone()
            if found is not None:
                connection.execute("DELETE FROM api_token WHERE id = ?", (token_id,))
                note(connection, author, TokenChanged(found[0], "revoked"))
        self._noted.pop(token_id, None)

    def _select(self, query: str, *wanted: bytes) -> tuple[ApiToken, ...]:
        with reading(self._home.config_db) as connection:
            require_schema(connection)
            return tuple(_token(row) for row in connection.execute(query, wanted))


def _token(row: sqlite3.Row) -> ApiToken:
    number, name, read_only, created_at, created_by, used = tuple(row)
    last_used_at = None if used is None else datetime.fromisoformat(used)
    return ApiToken(number, name, bool(read_only), datetime.fromisoformat(created_at), created_by, last_used_at)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()
