"""Users: the people who may log in. A password that changes ends every session of its user."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.errors import FieldError, InvalidConfig
from app.model.base import Label
from app.model.events.kinds import AdministratorCreated, PasswordChanged
from app.paths import StateDirectory
from app.service.audit import note
from app.service.configuration import Author
from app.store.files import reading, writing
from app.store.reader import require_schema
from app.store.utc import utc_text

_NAME: Final[TypeAdapter[str]] = TypeAdapter(Label)


@dataclass(frozen=True, slots=True)
class User:
    """A person who may log in; `password_hash` is for `passwords.matches` alone."""

    id: int
    name: str
    password_hash: str


class Users:
    """The users kept in one state directory. Every method raises StoreUnavailable."""

    def __init__(self, home: StateDirectory) -> None:
        self._home = home

    def exist(self) -> bool:
        """Whether anybody may log in yet; before, the set-up pages answer."""
        return self.names() != ()

    def names(self) -> tuple[str, ...]:
        """Everybody's name."""
        with reading(self._home.config_db) as connection:
            require_schema(connection)
            return tuple(str(row[0]) for row in connection.execute("SELECT name FROM user ORDER BY name"))

    def find(self, name: str) -> User | None:
        """The user of this name."""
        query = "SELECT id, name, password_hash FROM user WHERE name = ?"
        with reading(self._home.config_db) as connection:
            require_schema(connection)
            row = connection.execute(query, (name,)).fetchone()
        return None if row is None else User(*row)

    def create_first(self, name: str, password_hash: str, author: Author) -> User:
        """Make the first user; InvalidConfig when there is one already, also when two people try at once."""
        try:
            name = _NAME.validate_python(name.strip())
        except ValidationError as error:
            raise InvalidConfig(
                FieldError("name", "a user name has 1 to 64 characters, none of them invisible")
            ) from error
        now = utc_text(datetime.now(UTC))
        insert = "INSERT INTO user (name, password_hash, created_at, password_changed_at) VALUES (?, ?, ?, ?)"
        with writing(self._home.config_db) as connection:
            if connection.execute("SELECT 1 FROM user").fetchone() is not None:
                raise InvalidConfig(FieldError("", "this router has an administrator already"))
            number = connection.execute(insert, (name, password_hash, now, now)).lastrowid
            note(connection, author, AdministratorCreated(name))
        return User(number or 0, name, password_hash)

    def set_password(self, name: str, password_hash: str, author: Author) -> None:
        """Give a user another password and end all sessions of that user; InvalidConfig when there is no such user."""
        update = "UPDATE user SET password_hash = ?, password_changed_at = ? WHERE id = ?"
        with writing(self._home.config_db) as connection:
            found = connection.execute("SELECT id FROM user WHERE name = ?", (name,)).fetchone()
            if found is None:
                known = ", ".join(row[0] for row in connection.execute("SELECT name FROM user")) or "none"
                raise InvalidConfig(FieldError("name", f"there is no user {name} (known: {known})"))
            connection.execute(update, (password_hash, utc_text(datetime.now(UTC)), found[0]))
            connection.execute("DELETE FROM session WHERE user = ?", found)
            note(connection, author, PasswordChanged(name))
