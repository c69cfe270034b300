"""Who may confirm what, and when; and what a change starts from while something waits or was rolled back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import Conflict, FieldError, InvalidConfig, TooEarly, WorkerSilent
from app.model.config import EMPTY, Config
from app.model.countdown import Returned
from app.model.status import Status
from app.paths import StateDirectory
from app.service import configuration, confirming
from app.service.configuration import Author, Configuration, Origin
from app.service.confirming import Confirm, uptime_s
from app.service.contact import Contact
from app.service.edits.settings import change_panel
from app.store.files import reading
from app.store.reader import last_confirmed, read_newest
from tests.service.machine import BLANK, paper_config
from tests.service.waiting import ANA, BEN, BY_PAGE, KEY, ROOT, first, given_back, save, trying
from tests.web.fake_worker import FakeWorker


@pytest.fixture
def worker(home: StateDirectory) -> Iterator[FakeWorker]:
    with FakeWorker(home) as found:
        found.follow = False
        yield found


def confirm(
    home: StateDirectory,
    number: int = 2,
    *,
    author: Author = ANA,
    session: int | None = 7,
    key: str | None = KEY,
    connected_for_s: float | None = 2.0,
) -> None:
    opened_s = None if connected_for_s is None else uptime_s() - connected_for_s
    Configuration(home).confirm(number, author=author, session=session, key=key, opened_s=opened_s)


def is_confirmed(home: StateDirectory) -> bool:
    return read_newest(home.config_db).window_s is None


def test_a_change_waits_as_long_as_the_settings_say(home: StateDirectory) -> None:
    first(home)
    assert save(home, 2).window_s is None
    assert save(home, 3, BY_PAGE).window_s == 60
    assert (read_newest(home.config_db).window_s, last_confirmed(home.config_db).number) == (60, 2)
    Configuration(home).change(
        lambda config: change_panel(config, {"confirm_window_s": 15}), facts=BLANK, author=ANA, note="", confirm=BY_PAGE
    )
    assert save(home, 4, BY_PAGE).window_s == 15
    assert save(home, 5, replace(BY_PAGE, window_s=300)).window_s == 300


@pytest.mark.parametrize("window_s", [0, 14, 601])
def test_a_window_has_its_bounds(home: StateDirectory, window_s: int) -> None:
    first(home)
    with pytest.raises(InvalidConfig, match="confirm_window_s: the time to confirm a change is 15 to 600 s"):
        save(home, 3, replace(BY_PAGE, window_s=window_s))
    assert is_confirmed(home)


def test_the_page_that_saved_confirms(home: StateDirectory, worker: FakeWorker) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    worker.say(trying(2))
    confirm(home)
    assert is_confirmed(home)
    assert worker.wakes == 3
    confirm(home)  # once more is no harm
    with reading(home.config_db) as connection:
        line = connection.execute("SELECT actor, action, revision FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert line == ("ana", "confirmation", 2)


def test_nobody_else_confirms(home: StateDirectory, worker: FakeWorker) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    worker.say(trying(2))
    for author, session, key in (
        (ANA, 7, "another key"),
        (ANA, 7, None),
        (ANA, 8, KEY),
        (ANA, None, KEY),
        (BEN, 9, None),
        (ROOT, None, None),
    ):
        with pytest.raises(Conflict, match="only ana can confirm revision 2"):
            confirm(home, author=author, session=session, key=key)
    assert not is_confirmed(home)


def test_after_a_move_the_same_user_confirms_in_a_later_session(home: StateDirectory, worker: FakeWorker) -> None:
    first(home)
    save(home, 3, replace(BY_PAGE, contact=lambda _before, _after: Contact(moves=True)))
    worker.say(trying(2))
    for author, session in ((BEN, 9), (ANA, 6), (ANA, None)):
        with pytest.raises(Conflict, match="only ana"):
            confirm(home, author=author, session=session, key=None)
    confirm(home, session=9, key=None)
    assert is_confirmed(home)


def test_what_the_console_saved_the_console_confirms(home: StateDirectory, worker: FakeWorker) -> None:
    first(home)
    save(home, 3, Confirm(), author=ROOT)
    worker.say(trying(2))
    with pytest.raises(Conflict, match="confirm it with `config confirm`"):
        confirm(home)
    confirm(home, author=ROOT, session=None, key=None, connected_for_s=None)
    assert is_confirmed(home)


def test_a_program_confirms_with_its_key(home: StateDirectory, worker: FakeWorker) -> None:
    first(home)
    save(home, 3, Confirm(key=KEY))
    worker.say(trying(2))
    confirm(home, author=Author("script", Origin.API), session=None)
    assert is_confirmed(home)


def test_an_older_revision_cannot_be_confirmed(home: StateDirectory, worker: FakeWorker) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    save(home, 4, BY_PAGE)
    worker.say(trying(3))
    with pytest.raises(Conflict, match="revision 2 is not the newest: 3 is") as caught:
        confirm(home, 2)
    assert (caught.value.expected, caught.value.newest) == (2, 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"confirm_within_s": 0.5}, "the time limit to confirm revision 2 is over"),
        (
            {"returned": Returned(revision=2, why="nobody came", at=datetime.now(UTC), to=1), "on_trial": None},
            "revision 2 was rolled back: nobody came",
        ),
    ],
)
def test_it_can_be_too_late(home: StateDirectory, worker: FakeWorker, changes: dict[str, object], words: str) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    worker.say(trying(2, **changes))
    with pytest.raises(Conflict, match=words) as caught:
        confirm(home)
    assert not isinstance(caught.value, TooEarly)
    assert not is_confirmed(home)


@pytest.mark.parametrize(
    ("changes", "connected_for_s", "words"),
    [
        ({"in_force_for_s": None}, 0.1, "not applied yet"),
        ({"on_trial": 1}, 0.1, "not applied yet"),
        ({}, 10.0, "this connection was opened before revision 2"),
        ({}, 3600.0, "this connection was opened before revision 2"),
    ],
)
def test_it_can_be_too_early(
    home: StateDirectory, worker: FakeWorker, changes: dict[str, object], connected_for_s: float, words: str
) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    worker.say(trying(2, **changes))
    with pytest.raises(TooEarly, match=words):
        confirm(home, connected_for_s=connected_for_s)
    assert not is_confirmed(home)


def test_a_worker_that_answers_late_makes_no_connection_newer(
    home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    first(home)
    save(home, 3, BY_PAGE)

    def comes_into_force_and_answers(_path: Path) -> Status:
        monkeypatch.setattr(confirming, "uptime_s", lambda: uptime_s() + 0.2)  # so late it is by then
        return trying(2, in_force_for_s=0.1)

    monkeypatch.setattr(configuration, "worker_status", comes_into_force_and_answers)
    with pytest.raises(TooEarly, match="this connection was opened before revision 2"):
        confirm(home, connected_for_s=0.0)
    assert not is_confirmed(home)


def test_while_the_worker_is_silent_nothing_is_confirmed(home: StateDirectory) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    with pytest.raises(WorkerSilent):
        confirm(home)
    assert not is_confirmed(home)


def test_the_key_itself_is_not_kept(home: StateDirectory) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    written = b"".join(path.read_bytes() for path in home.path.glob("config.db*"))
    assert written
    assert KEY.encode() not in written


def test_what_comes_on_top_of_a_waiting_revision_waits_as_well(home: StateDirectory) -> None:
    """Else a change on the console would confirm another's change unseen."""
    first(home)
    save(home, 3, replace(BY_PAGE, window_s=120))
    assert save(home, 4, author=ROOT).window_s == 120
    assert last_confirmed(home.config_db).number == 1


def test_what_its_session_sends_twice_is_one_revision_until_it_was_given_back(home: StateDirectory) -> None:
    first(home)
    once, again = save(home, 3, BY_PAGE), save(home, 3, BY_PAGE)
    assert (again.after, again.changed, again.window_s) == (once.after, True, once.window_s)
    assert save(home, 4, replace(BY_PAGE, key="another")).after.number == once.after.number + 1
    given_back(home, once.after.number + 1, to=1)
    assert save(home, 4, replace(BY_PAGE, key="another")).after.number == once.after.number + 3


def test_only_changes_of_the_kind_that_was_named_wait(home: StateDirectory) -> None:
    def moves(before: Config, after: Config) -> bool:
        return before.interfaces != after.interfaces

    first(home)
    assert save(home, 3, Confirm(when=moves)).window_s is None


def test_after_a_return_a_change_starts_from_the_confirmed_revision(home: StateDirectory) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    given_back(home, 2, to=1)
    configuration = Configuration(home)
    assert configuration.head().number == 1
    with pytest.raises(Conflict, match="now at revision 1; this change is based on 2") as caught:
        configuration.change(lambda _: EMPTY, facts=BLANK, author=ANA, note="", expected=2)
    assert (caught.value.expected, caught.value.newest) == (2, 1)
    assert not save(home, 1).changed
    saved = save(home, 9, BY_PAGE)
    assert (saved.before.number, saved.after.number) == (1, 4)
    assert configuration.revision(3).config == paper_config()
    newest = read_newest(home.config_db)
    assert (newest.head.number, newest.window_s, newest.confirmed.number) == (4, 60, 3)


def test_a_return_that_was_overtaken_by_a_confirmation_does_not_count(home: StateDirectory, worker: FakeWorker) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    worker.say(trying(2))
    confirm(home)
    given_back(home, 2, to=1)
    assert Configuration(home).head().number == 2


def test_an_old_revision_is_restored_as_a_new_one(home: StateDirectory) -> None:
    first(home)
    save(home, 3)
    saved = Configuration(home).restore(1, facts=BLANK, author=ANA, confirm=BY_PAGE)
    assert (saved.after.number, saved.after.config, saved.window_s) == (3, paper_config(), 60)
    with pytest.raises(InvalidConfig) as caught:
        Configuration(home).restore(77, facts=BLANK, author=ANA)
    assert caught.value.errors == (FieldError("revision", "there is no revision 77"),)
