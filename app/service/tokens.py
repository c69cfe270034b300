"""API tokens: a program's way in. A token is shown once, when it is made; only its hash is stored."""

import logging
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
from app.store import people
from app.store.files import writing
from app.store.people import ApiToken, StoredToken
from app.store.reader import reading_config

log = logging.getLogger(__name__)

# So that a token that was published by accident can be found by a search for it.
PREFIX: Final = "multihome_"
WRITTEN_EVERY: Final = timedelta(minutes=10)
MOST: Final = 64

_NAME: Final[TypeAdapter[str]] = TypeAdapter(Label)


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
            raise InvalidConfig(
                FieldError("name", "a name must have 1 to 64 characters, none of them invisible")
            ) from error
        secret = PREFIX + token_urlsafe(32)
        row = StoredToken(name, _hash(secret), read_only, datetime.now(UTC), author.name)
        with writing(self._home.config_db) as connection:
            names = {one.name for one in people.tokens(connection)}
            if name in names:
                raise InvalidConfig(FieldError("name", f"token {name} already exists"))
            if len(names) >= MOST:
                raise InvalidConfig(FieldError("name", f"at most {MOST} tokens are allowed: revoke one first"))
            people.add_tokens(connection, [row])
            note(connection, author, TokenChanged(name, "created (read only)" if read_only else "created"))
        return secret

    def find(self, secret: str) -> ApiToken | None:
        """The token with this secret; its last use is noted, at most once in ten minutes, and if that can be done."""
        if not secret.startswith(PREFIX) or len(secret) > 100:
            return None
        with reading_config(self._home.config_db) as connection:
            found = people.find_token(connection, _hash(secret))
        if found is not None:
            self._use(found, datetime.now(UTC))
        return found

    def _use(self, token: ApiToken, now: datetime) -> None:
        """Note that a token was used. A full disk costs the note and not the request, and is not tried each time."""
        last = self._noted.get(token.id, token.last_used_at)
        if last is not None and abs(now - last) <= WRITTEN_EVERY:
            return
        self._noted[token.id] = now
        try:
            with writing(self._home.config_db) as connection:
                people.use_token(connection, token.id, now)
        except StoreUnavailable as error:
            log.warning("cannot store the last use of token %s: %s", token.name, error)

    def all(self) -> tuple[ApiToken, ...]:
        """Every token, by name."""
        with reading_config(self._home.config_db) as connection:
            return people.tokens(connection)

    def revoke(self, token_id: int, author: Author) -> None:
        """End a token; nothing happens when there is none of this id."""
        with writing(self._home.config_db) as connection:
            name = people.token_name(connection, token_id)
            if name is not None:
                people.delete_token(connection, token_id)
                note(connection, author, TokenChanged(name, "revoked"))
        self._noted.pop(token_id, None)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()
