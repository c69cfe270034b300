"""The one way a configuration changes: read the head, apply the change, check it, write the next revision, wake up.

All of it happens in one writing transaction, so that two people saving at once queue up and neither change is lost.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from app.errors import Conflict, StoreUnavailable
from app.model.config import Config
from app.model.consistency import require_consistent
from app.model.countdown import Returned
from app.model.events.kinds import RevisionConfirmed
from app.model.facts import Facts
from app.paths import StateDirectory
from app.service.check_trials import Attempt, CheckAnswer, ChecksFail, new_attempts, run_attempts
from app.service.confirming import Confirm, Sender, is_repeated, require_in_time, require_sender, wait_for
from app.service.listening import Ports, require_hidden
from app.service.possible import require_possible
from app.service.worker_client import wake_worker, worker_status
from app.store.audit import Entry, append_audit
from app.store.files import reading, writing
from app.store.history import read_in_force, read_returned
from app.store.reader import NOTHING, Newest, Revision, newest_in, read_revision
from app.store.writer import append_confirmation, append_revision, prune

Edit = Callable[[Config], Config]
# What a change is called in the history: a text, or what makes one of the configurations before and after, for
# whoever cannot know it before: a name that is only given with it, say.
Note = str | Callable[[Config, Config], str]


class Origin(StrEnum):
    """Through what a person or a program came."""

    CONSOLE = "console"
    PANEL = "panel"
    API = "api"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something, through what, and from which address (empty: from this machine)."""

    name: str
    origin: Origin
    address: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a change. `before` and `after` are the same revision when it changed nothing.

    `window_s`: how long it waits to be confirmed once it is in force; None: it is confirmed. `answers`: what its new
    checks answered before it was saved.
    """

    before: Revision
    after: Revision
    window_s: int | None = None
    answers: tuple[CheckAnswer, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is a new revision."""
        return self.before.number != self.after.number


class Configuration:
    """The configuration kept in one state directory. `ports`: what the panel that changes it listens on, if any."""

    def __init__(self, home: StateDirectory, ports: Ports = frozenset()) -> None:
        self._home = home
        self._ports = ports

    def head(self) -> Revision:
        """The revision that a change starts from: the newest one, or if that was rolled back the confirmed one.

        Raises InvalidConfig when it cannot be a configuration, or StoreUnavailable.
        """
        with reading(self._home.config_db) as connection:
            return self._base(newest_in(connection))[0]

    def revision(self, number: int) -> Revision:
        """A revision by its number. Raises InvalidConfig (also where there is none) or StoreUnavailable."""
        return read_revision(self._home.config_db, number)

    def require_good(self, config: Config, before: Config, facts: Facts) -> None:
        """Raise InvalidConfig where the change from `before` to `config` could not be saved."""
        require_consistent(config, before)
        require_possible(config, before, facts)
        require_hidden(config, before, self._ports)

    def change(
        self,
        edit: Edit,
        *,
        facts: Facts,
        author: Author,
        note: Note,
        expected: int | None = None,
        confirm: Confirm | None = None,
        force: bool = False,
    ) -> Saved:
        """Save what `edit` makes of the newest configuration as the next revision, and wake the worker.

        Health checks that are new are run once through each ISP before (3 s at most). `force`: they are not, and are
        saved even where they would take a working ISP down.

        `edit` is a pure function and runs while others wait. With `expected` the change belongs to that revision
        alone; without, it applies to whatever is newest. With `confirm` it stays only if it is confirmed. A change
        that changes nothing makes no revision. When the newest revision was rolled back, the confirmed one is
        appended once more first, so that the change is one to what is in force. Sent again by its session with the
        same key while it is the newest, it is the revision that it already is.
        Raises InvalidConfig, ChecksFail, Conflict (the head is not `expected`) or StoreUnavailable; nothing is
        changed then.
        """
        answers: tuple[CheckAnswer, ...] = ()
        while True:
            try:
                return self._change(
                    edit,
                    facts=facts,
                    entry=_entry(author),
                    note=note,
                    expected=expected,
                    confirm=confirm,
                    answers=None if force else answers,
                )
            except _Untried as untried:
                # Out of the transaction: others may save meanwhile.
                answers = self._tried(untried.attempts)

    def _tried(self, attempts: tuple[Attempt, ...]) -> tuple[CheckAnswer, ...]:
        """What these checks answer. Raises ChecksFail."""
        answers = run_attempts(attempts, self._home.worker_sock)
        if any(one.would_fall for one in answers):
            raise ChecksFail(answers)
        return answers

    def _change(
        self,
        edit: Edit,
        *,
        facts: Facts,
        entry: Entry,
        note: Note,
        expected: int | None,
        confirm: Confirm | None,
        answers: tuple[CheckAnswer, ...] | None,
    ) -> Saved:
        """`change` in one transaction. `answers`: of the checks that were tried; None: none has to be.

        Raises _Untried for the others.
        """
        with writing(self._home.config_db) as connection:
            newest = newest_in(connection)
            base, returned = self._base(newest)
            if returned is None and is_repeated(connection, newest, confirm) and self._is_made_by(edit, newest.head):
                return Saved(newest.confirmed, newest.head, newest.window_s)
            if expected is not None and expected != base.number:
                message = f"the configuration is now at revision {base.number}; this change is based on {expected}"
                raise Conflict(message, expected=expected, newest=base.number)
            config = edit(base.config)
            if config == base.config:
                return Saved(base, base)
            self.require_good(config, base.config, facts)
            if answers is not None:
                _require_tried(new_attempts(base.config, config), answers)
            if returned is not None:
                newest = _append_copy(connection, newest, returned)
            wait = wait_for(confirm, newest, base.config, config)
            saved = Saved(
                base, Revision(newest.head.number + 1, config), None if wait is None else wait.window_s, answers or ()
            )
            text = note if isinstance(note, str) else note(base.config, config)
            append_revision(connection, saved.after, replace(entry, note=text), wait=wait)
            prune(connection, self._kept(newest))
        wake_worker(self._home.worker_sock)
        return saved

    def restore(
        self,
        number: int,
        *,
        facts: Facts,
        author: Author,
        expected: int | None = None,
        confirm: Confirm | None = None,
        force: bool = False,
    ) -> Saved:
        """Save a new revision that is equal to an old one. Raises what `change` and `revision` do."""
        old = self.revision(number).config
        note = f"revision {number} restored"
        return self.change(
            lambda _: old, facts=facts, author=author, note=note, expected=expected, confirm=confirm, force=force
        )

    def confirm(
        self,
        number: int,
        *,
        author: Author,
        session: int | None = None,
        key: str | None = None,
        opened_s: float | None = None,
    ) -> None:
        """Keep the newest revision. Confirming it again does nothing.

        `opened_s`: when the connection was opened that this came over (`uptime_s`); None: no question (console).
        Raises Conflict for an older revision, one that was rolled back or whose time is over, and for a sender who
        may not; TooEarly while it proves nothing yet; WorkerSilent, StoreUnavailable.
        """
        sender = Sender(author.name, session, key, at_console=author.origin is Origin.CONSOLE)
        with writing(self._home.config_db) as connection:
            newest = newest_in(connection)
            if number != newest.head.number:
                message = f"revision {number} is not the newest: {newest.head.number} is"
                raise Conflict(message, expected=number, newest=newest.head.number)
            if newest.window_s is None:
                return
            require_sender(connection, number, sender)
            require_in_time(worker_status(self._home.worker_sock), number, opened_s)
            entry, event = _entry(author), RevisionConfirmed(number)
            append_confirmation(connection, number, entry)
            append_audit(connection, entry, event.kind, event.text, revision=number)
        wake_worker(self._home.worker_sock)

    def _is_made_by(self, edit: Edit, revision: Revision) -> bool:
        """Whether this edit makes this revision of the one before it."""
        before = self.revision(revision.number - 1) if revision.number > 1 else NOTHING
        return edit(before.config) == revision.config

    def _base(self, newest: Newest) -> tuple[Revision, Returned | None]:
        """What a change starts from; and if the newest revision is not that, how it was rolled back."""
        if newest.window_s is None:
            return newest.head, None
        try:
            returned = read_returned(self._home.state_db)
        except StoreUnavailable:
            return newest.head, None
        if returned is None or returned.revision != newest.head.number:
            return newest.head, None
        return newest.confirmed, returned

    def _kept(self, newest: Newest) -> frozenset[int]:
        """The revisions that are never pruned: the last confirmed one, and what the kernel holds."""
        try:
            in_force = read_in_force(self._home.state_db)
        except StoreUnavailable:
            in_force = None
        return frozenset({newest.confirmed.number, newest.confirmed.number if in_force is None else in_force.number})


class _Untried(Exception):
    """A change has checks that were not tried yet."""

    def __init__(self, attempts: tuple[Attempt, ...]) -> None:
        self.attempts = attempts


def _require_tried(attempts: tuple[Attempt, ...], answers: tuple[CheckAnswer, ...]) -> None:
    if not set(attempts) <= {one.attempt for one in answers}:
        raise _Untried(attempts)


def _entry(author: Author, note: str = "") -> Entry:
    return Entry(author.name, datetime.now(UTC), author.origin.value, author.address, note)


def _append_copy(connection: sqlite3.Connection, newest: Newest, returned: Returned) -> Newest:
    """Make what is in force the newest revision again, after the one before it was rolled back."""
    copy = Revision(newest.head.number + 1, newest.confirmed.config)
    note = f"revision {returned.revision} was rolled back: {returned.why}"
    entry = _entry(Author("multihome", Origin.WORKER), note)
    append_revision(connection, copy, entry, returns_to=newest.confirmed.number)
    return Newest(copy, None, copy)
