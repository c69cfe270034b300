"""The databases between users who do not trust each other, and processes that end at the worst moment."""

import multiprocessing
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from app.model.config import EMPTY
from app.store import files
from app.store.reader import read_head
from app.store.state import StateWriter
from tests.plan import paper
from tests.store import databases

GROUP, WORKER, PANEL = 64290, 64291, 64292
LIMIT_S = 30.0

forked = multiprocessing.get_context("fork")


@pytest.fixture
def home() -> Iterator[Path]:
    """A state directory as it is installed: 2770, of the group that both users are in."""
    directory = Path(tempfile.mkdtemp(prefix="multihome-"))  # pytest's own directories are closed to other users
    os.chown(directory, 0, GROUP)
    directory.chmod(0o2770)
    yield directory
    shutil.rmtree(directory)


def become(user: int, group: int = GROUP) -> None:
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    os.umask(files.UMASK)


def run_as(user: int, work: Callable[[], object], group: int = GROUP) -> None:
    """Do something as another user, in a process of its own; fail if it raises."""

    def child() -> None:
        become(user, group)
        work()

    process = forked.Process(target=child)
    process.start()
    process.join(LIMIT_S)
    assert process.exitcode == 0


def killed_inside(user: int, hold: Callable[[Callable[[], None]], None]) -> None:
    """Run `hold` as another user, and kill -9 it when it calls back."""
    here, there = forked.Pipe()

    def child(ready: Connection) -> None:
        def say_so_and_wait() -> None:
            ready.send("ready")
            signal.pause()

        become(user)
        hold(say_so_and_wait)

    process = forked.Process(target=child, args=(there,))
    process.start()
    assert here.poll(LIMIT_S)
    process.kill()
    process.join(LIMIT_S)
    assert process.exitcode == -signal.SIGKILL


def save_as_next(path: Path) -> None:
    databases.save(path, read_head(path).number + 1, paper.config())


def read_while(path: Path, then: Callable[[], None]) -> None:
    with files.reading(path) as connection:
        connection.execute("SELECT * FROM revision").fetchall()
        then()


def write_while(path: Path, then: Callable[[], None]) -> None:
    with files.writing(path) as connection:
        connection.execute("DELETE FROM confirmation")
        then()


def test_each_user_reads_what_the_other_wrote(home: Path) -> None:
    path = databases.migrated(home)
    for user in (PANEL, WORKER, 0, PANEL):
        run_as(user, lambda: save_as_next(path))
        run_as(WORKER, lambda: read_head(path))
    assert read_head(path).number == 4


def test_whoever_makes_a_file_makes_it_for_the_group(home: Path) -> None:
    run_as(WORKER, lambda: StateWriter(home / "state.db").close())
    run_as(PANEL, lambda: databases.migrated(home))
    for path in home.iterdir():
        found = path.stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, GROUP), path.name


@pytest.mark.parametrize("user", [0, WORKER])
def test_a_killed_reader_locks_nobody_out(home: Path, user: int) -> None:
    path = databases.migrated(home)
    killed_inside(user, lambda ready: read_while(path, ready))
    assert path.with_name("config.db-shm").exists()
    run_as(PANEL, lambda: save_as_next(path))
    run_as(WORKER, lambda: read_head(path))
    assert read_head(path).number == 1


def test_a_locked_database_says_what_to_do(config_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WRITER_PATIENCE_S", 0.01)
    with files.writing(config_db), pytest.raises(StoreUnavailable, match="fuser"), files.writing(config_db):
        pass


def test_a_number_that_sqlite_cannot_hold_is_told_as_any_other_trouble(config_db: Path) -> None:
    with pytest.raises(StoreUnavailable, match="too large"), files.reading(config_db) as connection:
        connection.execute("SELECT ?", (2**63,))


@pytest.mark.parametrize("user", [0, PANEL])
def test_a_killed_writer_leaves_the_last_whole_revision_readable(home: Path, user: int) -> None:
    path = databases.migrated(home)
    save_as_next(path)
    killed_inside(user, lambda ready: write_while(path, ready))
    run_as(WORKER, lambda: read_head(path))
    run_as(PANEL, lambda: save_as_next(path))
    assert read_head(path).number == 2


def test_a_stranger_can_read_nothing(home: Path) -> None:
    path = databases.migrated(home)

    def refused() -> None:
        with pytest.raises(StoreUnavailable):
            read_head(path)

    run_as(PANEL, lambda: read_head(path))
    run_as(PANEL, refused, group=PANEL)


def test_a_database_in_a_directory_that_cannot_be_written_is_still_read(home: Path) -> None:
    path = databases.migrated(home)
    databases.save(path, 1, paper.config())
    assert not path.with_name("config.db-wal").exists()
    home.chmod(0o2750)
    run_as(WORKER, lambda: read_head(path))
    assert not path.with_name("config.db-shm").exists()


def test_what_an_exception_interrupts_is_undone(tmp_path: Path) -> None:
    path = databases.migrated(tmp_path)
    databases.save(path, 1, EMPTY)

    def interrupted() -> None:
        with files.writing(path) as connection:
            connection.execute("DELETE FROM confirmation")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    with files.reading(path) as connection:
        assert connection.execute("SELECT count(*) FROM confirmation").fetchone() == (1,)


def test_a_writer_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no such file"), files.writing(tmp_path / "config.db"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    path = databases.migrated(tmp_path / "100 % sure?#ä")
    databases.save(path, 1, EMPTY)
    assert read_head(path).number == 1
