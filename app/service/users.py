"""Users: the people who may log in. A password that changes ends every session of its user."""

from datetime import UTC, datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.errors import FieldError, InvalidConfig
from app.model.base import Label
from app.model.events.kinds import AdministratorCreated, PasswordChanged
from app.paths import StateDirectory
from app.service.audit import note
from app.service.configuration import Author
from app.store import people
from app.store.files import writing
from app.store.people import StoredUser, User
from app.store.reader import reading_config

_NAME: Final[TypeAdapter[str]] = TypeAdapter(Label)


class Users:
    """The users kept in one state directory. Every method raises StoreUnavailable."""

    def __init__(self, home: StateDirectory) -> None:
        self._home = home

    def exist(self) -> bool:
        """Whether anybody may log in yet; before, the set-up pages answer."""
        return self.names() != ()

    def names(self) -> tuple[str, ...]:
        """Everybody's name."""
        with reading_config(self._home.config_db) as connection:
            return people.user_names(connection)

    def find(self, name: str) -> User | None:
        """The user of this name."""
        with reading_config(self._home.config_db) as connection:
            return people.find_user(connection, name)

    def create_first(self, name: str, password_hash: str, author: Author) -> User:
        """Make the first user; InvalidConfig when there is one already, also when two people try at once."""
        try:
            name = _NAME.validate_python(name.strip())
        except ValidationError as error:
            raise InvalidConfig(
                FieldError("name", "a user name has 1 to 64 characters, none of them invisible")
            ) from error
        now = datetime.now(UTC)
        with writing(self._home.config_db) as connection:
            if people.user_names(connection):
                raise InvalidConfig(FieldError("", "this router already has an administrator"))
            user = people.add_user(connection, StoredUser(name, password_hash, now, now))
            note(connection, author, AdministratorCreated(name))
        return user

    def set_password(self, name: str, password_hash: str, author: Author) -> None:
        """Give a user another password and end all sessions of that user; InvalidConfig when there is no such user."""
        with writing(self._home.config_db) as connection:
            user = people.find_user(connection, name)
            if user is None:
                known = ", ".join(people.user_names(connection)) or "none"
                raise InvalidConfig(FieldError("name", f"there is no user {name} (known: {known})"))
            people.set_password(connection, user.id, password_hash, datetime.now(UTC))
            people.delete_sessions_of(connection, user.id)
            note(connection, author, PasswordChanged(name))
