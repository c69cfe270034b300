"""Which revisions are kept."""

import sqlite3
from pathlib import Path

import pytest

from app.errors import StoreUnavailable
from app.model.config import EMPTY
from app.store import writer
from app.store.audit import Entry
from app.store.files import writing
from app.store.reader import LAST_REVISION, Revision, read_head, read_revision
from app.store.writer import Wait, append_revision, prune
from tests.plan import paper
from tests.store.databases import AT, by_force, save

ENTRY = Entry(actor="ana", at=AT, origin="panel", address="10.0.0.7", note="")
KEPT = 5


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "KEPT_REVISIONS", KEPT)


def numbers(path: Path) -> list[int]:
    with by_force(path) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM revision ORDER BY number")]


def pruned(path: Path, *keep: int) -> list[int]:
    with writing(path) as connection:
        prune(connection, frozenset(keep))
    return numbers(path)


def test_the_newest_are_kept_and_those_that_count(config_db: Path) -> None:
    for number in range(1, 12):
        save(config_db, number, paper.config())
    assert pruned(config_db, 2, 4) == [2, 4, 7, 8, 9, 10, 11]
    assert read_revision(config_db, 4) == Revision(4, paper.config())
    assert pruned(config_db) == [7, 8, 9, 10, 11]


def test_after_the_last_number_nothing_is_written(config_db: Path) -> None:
    save(config_db, LAST_REVISION, EMPTY)
    with pytest.raises(StoreUnavailable, match="no room"):
        save(config_db, LAST_REVISION + 1, EMPTY)
    assert read_head(config_db).number == LAST_REVISION


def test_fewer_than_that_are_all_kept(config_db: Path) -> None:
    assert pruned(config_db) == []
    for number in range(1, KEPT + 1):
        save(config_db, number, EMPTY)
    assert pruned(config_db) == [1, 2, 3, 4, 5]


def test_nothing_of_a_pruned_revision_is_left_but_its_line_in_the_audit(config_db: Path) -> None:
    for number in range(1, KEPT + 2):
        save(config_db, number, paper.config())
    pruned(config_db)
    with by_force(config_db) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for table in ("settings", "interface", "gateway", "traffic_rule", "confirmation"):
            assert connection.execute(f"SELECT count(*) FROM {table} WHERE revision = 1").fetchone() == (0,)  # noqa: S608 - constants
        lines = connection.execute("SELECT revision FROM audit ORDER BY id").fetchall()
        assert lines == [(None,), (2,), (3,), (4,), (5,), (6,)]


def test_what_a_newer_one_is_a_copy_of_is_kept_as_long_as_that(config_db: Path) -> None:
    save(config_db, 1, EMPTY)
    with writing(config_db) as connection:
        append_revision(connection, Revision(2, paper.config()), ENTRY, wait=Wait(60))
        append_revision(connection, Revision(3, EMPTY), ENTRY, returns_to=1)
    for number in range(4, 8):
        save(config_db, number, EMPTY)
    assert pruned(config_db) == [1, 3, 4, 5, 6, 7]
    save(config_db, 8, EMPTY)
    pruned(config_db)
    assert pruned(config_db) == [4, 5, 6, 7, 8]


def test_a_revision_is_confirmed_once(config_db: Path) -> None:
    save(config_db, 1, EMPTY)
    with pytest.raises(Exception, match="UNIQUE") as caught, writing(config_db) as connection:
        writer.append_confirmation(connection, 1, ENTRY)
    assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
