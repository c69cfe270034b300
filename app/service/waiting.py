"""The newest revision while it waits to be confirmed: whose it is, and who is offered to keep it."""

from dataclasses import dataclass
from typing import Final

from app.paths import StateDirectory
from app.store.files import reading
from app.store.reader import require_schema


@dataclass(frozen=True, slots=True)
class Waiting:
    """A revision that is not confirmed yet. `session` None: a program's, or the console's (`at_console`).

    `elsewhere`: a later session of the same user will do.
    """

    number: int
    author: str
    session: int | None
    at_console: bool
    elsewhere: bool

    def is_for(self, session: int, user: str) -> bool:
        """Whether this session may confirm it, as far as can be told without the key."""
        if self.session is None:
            return False
        return session == self.session or (self.elsewhere and session > self.session and user == self.author)


_QUERY: Final = (
    "SELECT r.number, r.author, r.confirm_session, r.confirm_key_hash IS NULL, r.confirm_elsewhere FROM revision r"
    " WHERE r.number = (SELECT max(number) FROM revision) AND r.confirm_window_s IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM confirmation c WHERE c.revision = r.number)"
)


def waiting(home: StateDirectory) -> Waiting | None:
    """The newest revision if nobody has confirmed it; it may have been given back. Raises StoreUnavailable."""
    with reading(home.config_db) as connection:
        require_schema(connection)
        row = connection.execute(_QUERY).fetchone()
    if row is None:
        return None
    number, author, session, at_console, elsewhere = tuple(row)
    found = None if session is None else int(session)
    return Waiting(int(number), str(author), found, bool(at_console), bool(elsewhere))
