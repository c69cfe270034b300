"""Which revision the worker goes by, through everything that can happen to config.db."""

import os
from pathlib import Path

import pytest

from app.lab.waiting import wait_until
from app.model.config import EMPTY
from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin
from app.service.edits.settings import set_balancing
from app.store.migrate import migrate
from app.store.reader import Newest, Revision
from app.worker.revisions import Revisions
from tests.plan import paper
from tests.store.databases import by_force


@pytest.fixture
def home(tmp_path: Path) -> StateDirectory:
    home = StateDirectory(tmp_path / "home")
    migrate(home.config_db)
    return home


def save(home: StateDirectory, mode: str) -> Newest:
    author = Author("tester", Origin.CONSOLE)
    edit = Configuration(home).change
    saved = edit(lambda config: set_balancing(config, mode), facts=paper.FACTS, author=author, note="").after
    return Newest(saved, None, saved)


def test_a_new_revision_is_seen_even_within_one_tick_of_the_clock(home: StateDirectory) -> None:
    revisions = Revisions(home.config_db)
    nothing = Revision(0, EMPTY)
    assert revisions.look() == Newest(nothing, None, nothing)
    for mode in ("connection", "client", "source-destination") * 5:
        saved = save(home, mode)
        assert revisions.look() == saved


def test_a_file_of_the_future_is_read_until_it_stays_the_same_and_then_no_more(
    home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save(home, "client")
    for file in home.path.glob("config.db*"):
        os.utime(file, (2**32, 2**32))
    revisions = Revisions(home.config_db)

    def settled() -> bool:
        assert revisions.look() == saved
        return not revisions.changed()

    assert not settled()
    wait_until(settled, "it has looked the same for long enough")
    monkeypatch.setattr("app.worker.revisions.read_newest", lambda _: pytest.fail("it was read again"))
    assert settled()


def test_an_unreadable_database_leaves_what_was_read_last(home: StateDirectory) -> None:
    revisions = Revisions(home.config_db)
    saved = save(home, "client")
    assert revisions.look() == saved
    home.config_db.write_bytes(b"not a database" * 1000)
    assert revisions.look() == saved
    assert "what was in force stays" in revisions.problem
    assert revisions.problems == (revisions.problem,)


def test_of_many_rows_that_cannot_be_the_first_few_are_named(home: StateDirectory) -> None:
    save(home, "client")
    with by_force(home.config_db) as connection:
        insert = "INSERT INTO interface (revision, position, name, role, managed) VALUES (1, ?, ?, 'lan', 0)"
        connection.executemany(insert, [(position, f"bad name {position}") for position in range(20)])
    revisions = Revisions(home.config_db)
    assert revisions.look() is None
    assert revisions.problem.endswith("; and 17 more")


def test_with_nothing_ever_read_there_is_nothing_to_go_by(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path / "config.db")
    assert revisions.look() is None
    assert revisions.problem


def test_it_recovers_by_itself(home: StateDirectory) -> None:
    revisions = Revisions(home.config_db)
    good = home.config_db.read_bytes()
    home.config_db.write_bytes(b"x")
    assert revisions.look() is None
    home.config_db.write_bytes(good)
    found = revisions.look()
    assert found is not None
    assert (found.head.number, revisions.problems) == (0, ())
