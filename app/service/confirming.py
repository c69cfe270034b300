"""Commit-confirm: which change waits for a confirmation, who may confirm it, and until when.

A confirmation proves that its sender still reaches the router. So it counts only from the session that saved, with the
key that its page was given, over a connection that was opened after the revision came into force.
"""

import hmac
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from app.errors import Conflict, FieldError, InvalidConfig, TooEarly
from app.model.config import LONGEST_WINDOW_S, SHORTEST_WINDOW_S, Config
from app.model.status import Status
from app.paths import StateDirectory
from app.service.contact import WINDOW_AFTER_MOVE_S, Contact
from app.store.reader import Newest, reading_config
from app.store.revisions import confirmer, unconfirmed
from app.store.writer import Wait

# A confirmation that comes later than this may reach the worker when it has already decided.
LATEST_S: Final = 1.0


def uptime_s() -> float:
    """The clock that a revision's countdown runs on: it goes on while the machine sleeps (CLOCK_BOOTTIME)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _always(_before: Config, _after: Config) -> bool:
    return True


def _untouched(_before: Config, _after: Config) -> Contact:
    return Contact()


@dataclass(frozen=True, slots=True)
class Confirm:
    """That a change stays only if it is confirmed, and how.

    `window_s` None: as long as the settings say, and longer where the change touches the connection that asks for it,
    by `contact`. With `key` it takes that key, and the `session` that saved (None: a program's token); without, it
    takes the console. A later session of the same user will do where the change moves the address in use. `when` says
    of which changes all this holds.
    """

    window_s: int | None = None
    session: int | None = None
    key: str | None = None
    contact: Callable[[Config, Config], Contact] = _untouched
    when: Callable[[Config, Config], bool] = _always


@dataclass(frozen=True, slots=True)
class Sender:
    """Who confirms: the name, and what the request proves. `at_console`: a shell on this machine."""

    name: str
    session: int | None = None
    key: str | None = None
    at_console: bool = False


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


def waiting(home: StateDirectory) -> Waiting | None:
    """The newest revision if nobody has confirmed it; it may have been given back. Raises StoreUnavailable."""
    with reading_config(home.config_db) as connection:
        found = unconfirmed(connection)
    if found is None:
        return None
    return Waiting(found.number, found.author, found.session, found.key_hash is None, found.elsewhere)


def wait_for(confirm: Confirm | None, newest: Newest, before: Config, after: Config) -> Wait | None:
    """How long a change from `before` to `after` waits; None: it is confirmed at once.

    What comes on top of a revision that still waits has to wait as well: else it would confirm that one unseen.
    Raises InvalidConfig for a window that is too short or too long.
    """
    touched = Contact() if confirm is None else confirm.contact(before, after)
    if confirm is not None and confirm.when(before, after):
        usual_s = before.settings.panel.confirm_window_s
        proposed_s = max(usual_s, WINDOW_AFTER_MOVE_S) if touched.warning else usual_s
        window_s = proposed_s if confirm.window_s is None else confirm.window_s
    elif newest.window_s is not None:
        window_s = newest.window_s
    else:
        return None
    if not SHORTEST_WINDOW_S <= window_s <= LONGEST_WINDOW_S:
        message = f"the time to confirm a change is {SHORTEST_WINDOW_S} to {LONGEST_WINDOW_S} s, not {window_s} s"
        raise InvalidConfig(FieldError("confirm_window_s", message))
    if confirm is None:
        return Wait(window_s)
    return Wait(window_s, confirm.session, None if confirm.key is None else key_hash(confirm.key), touched.moves)


def is_repeated(connection: sqlite3.Connection, newest: Newest, confirm: Confirm | None) -> bool:
    """Whether the newest revision waits, and came with the same key: its sender may not have seen the answer."""
    if newest.window_s is None or confirm is None or confirm.key is None or confirm.session is None:
        return False
    known = confirmer(connection, newest.head.number)
    return (known.session, known.key_hash) == (confirm.session, key_hash(confirm.key))


def require_sender(connection: sqlite3.Connection, number: int, sender: Sender) -> None:
    """Raise Conflict unless this sender may confirm this revision."""
    known = confirmer(connection, number)
    if known.key_hash is None:
        if not sender.at_console:
            raise Conflict(f"revision {number} was saved on the console: confirm it with `config confirm`")
        return
    right_key = sender.key is not None and hmac.compare_digest(key_hash(sender.key), known.key_hash)
    if right_key and sender.session == known.session:
        return
    later = sender.session is not None and known.session is not None and sender.session > known.session
    if not (known.elsewhere and later and sender.name == known.author):
        raise Conflict(f"only {known.author} can confirm revision {number}, in the browser window that saved it")


def require_in_time(status: Status, number: int, opened_s: float | None) -> None:
    """Raise Conflict where a confirmation comes too late, TooEarly where it proves nothing yet.

    `opened_s`: when its connection was opened, by `uptime_s`; None where that is no question. Its age is taken after
    `status` was asked for: taken before, the worker's delay would make a connection look newer than a change that
    came meanwhile.
    """
    returned = status.returned
    if returned is not None and returned.revision == number:
        raise Conflict(f"revision {number} was rolled back: {returned.why}")
    if status.on_trial != number or status.in_force_for_s is None:
        raise TooEarly(f"revision {number} is not applied yet")
    if status.confirm_within_s is None or status.confirm_within_s < LATEST_S:
        raise Conflict(f"the time limit to confirm revision {number} is over")
    if opened_s is not None and uptime_s() - opened_s >= status.in_force_for_s:
        raise TooEarly(
            f"this connection was opened before revision {number} was applied: confirm over a new connection"
        )


def key_hash(key: str) -> bytes:
    """What is kept of a key. It is random and lives for minutes: there is nothing to guess."""
    return sha256(key.encode()).digest()
