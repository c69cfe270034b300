"""Which revision the worker goes by, through everything that can happen to config.db."""

import asyncio
import os
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from app.model.config import EMPTY
from app.paths import StateDirectory
from app.service.configuration import Author, Configuration, Origin
from app.service.edits.settings import set_balancing
from app.store.migrate import migrate
from app.store.reader import Newest, Revision, read_newest
from app.worker.revisions import Revisions
from lab.waiting import wait_until
from tests.plan import paper
from tests.store.databases import by_force
from tests.yielding import others_run


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


def look(revisions: Revisions) -> Newest | None:
    return asyncio.run(revisions.look())


def test_a_new_revision_is_seen_even_within_one_tick_of_the_clock(home: StateDirectory) -> None:
    revisions = Revisions(home.config_db)
    nothing = Revision(0, EMPTY)
    assert look(revisions) == Newest(nothing, None, nothing)
    for mode in ("connection", "client", "source-destination") * 5:
        saved = save(home, mode)
        assert look(revisions) == saved


def test_a_file_of_the_future_is_read_until_it_stays_the_same_and_then_no_more(
    home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save(home, "client")
    for file in home.path.glob("config.db*"):
        os.utime(file, (2**32, 2**32))
    revisions = Revisions(home.config_db)

    def settled() -> bool:
        assert look(revisions) == saved
        return not revisions.changed()

    assert not settled()
    wait_until(settled, "it has looked the same for long enough")
    monkeypatch.setattr("app.worker.revisions.read_newest", lambda _: pytest.fail("it was read again"))
    assert settled()


def test_an_unreadable_database_leaves_what_was_read_last(home: StateDirectory) -> None:
    revisions = Revisions(home.config_db)
    saved = save(home, "client")
    assert look(revisions) == saved
    home.config_db.write_bytes(b"not a database" * 1000)
    assert look(revisions) == saved
    assert "the current one stays in use" in revisions.problem
    assert revisions.problems == (revisions.problem,)


def test_of_many_rows_that_cannot_be_the_first_few_are_named(home: StateDirectory) -> None:
    save(home, "client")
    with by_force(home.config_db) as connection:
        insert = "INSERT INTO interface (revision, position, name, role, managed) VALUES (1, ?, ?, 'lan', 0)"
        connection.executemany(insert, [(position, f"bad name {position}") for position in range(20)])
    revisions = Revisions(home.config_db)
    assert look(revisions) is None
    assert revisions.problem.endswith("; and 17 more")


def test_with_nothing_ever_read_there_is_nothing_to_go_by(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path / "config.db")
    assert look(revisions) is None
    assert revisions.problem


def test_it_recovers_by_itself(home: StateDirectory) -> None:
    revisions = Revisions(home.config_db)
    good = home.config_db.read_bytes()
    home.config_db.write_bytes(b"x")
    assert look(revisions) is None
    home.config_db.write_bytes(good)
    found = look(revisions)
    assert found is not None
    assert (found.head.number, revisions.problems) == (0, ())


def test_a_file_that_keeps_its_reader_waiting_does_not_keep_the_loop(
    home: StateDirectory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.worker.revisions.READ_WITHIN_S", 0.05)
    goes_on = Event()

    def hanging(path: Path) -> Newest:
        assert goes_on.wait(10)
        return read_newest(path)

    async def story() -> None:
        revisions = Revisions(home.config_db)
        first = await revisions.look()
        monkeypatch.setattr("app.worker.revisions.read_newest", hanging)
        saved = await asyncio.to_thread(save, home, "client")
        began_s = monotonic()
        for _ in range(100):
            assert await revisions.look() == first
        assert monotonic() - began_s < 3  # 0.05 s once, not at every look
        assert "could not be read within" in revisions.problem
        goes_on.set()
        while revisions.problem:
            await others_run()
            found = await revisions.look()
        assert found == saved

    asyncio.run(story())
    assert caplog.text.count("could not be read within") == 1


def test_a_pipe_in_the_file_s_place_is_not_waited_for(home: StateDirectory) -> None:
    revisions = Revisions(home.config_db)
    saved = save(home, "client")
    assert look(revisions) == saved
    home.config_db.unlink()
    os.mkfifo(home.config_db)
    assert look(revisions) == saved
    assert "is not a regular file" in revisions.problem
