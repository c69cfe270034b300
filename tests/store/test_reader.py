"""Reading revisions, from files that may hold anything."""

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import InvalidConfig, StoreUnavailable
from app.model.config import EMPTY
from app.model.rule import TrafficRule
from app.store.files import reading, writing
from app.store.reader import NOTHING, Newest, Revision, last_confirmed, read_head, read_newest, read_revision
from app.store.writer import Wait
from tests.plan import paper
from tests.store.databases import by_force, save

PAPER = paper.config()


def test_without_any_revision_the_head_is_the_empty_one(config_db: Path) -> None:
    assert read_head(config_db) == NOTHING == Revision(0, EMPTY)
    assert last_confirmed(config_db) == NOTHING


def test_the_head_is_the_newest_revision(config_db: Path) -> None:
    save(config_db, 1, EMPTY)
    save(config_db, 2, PAPER)
    assert read_head(config_db) == Revision(2, PAPER)


def test_an_older_revision_is_still_there(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    save(config_db, 2, EMPTY)
    assert read_revision(config_db, 1) == Revision(1, PAPER)


def test_a_revision_that_never_was_is_refused(config_db: Path) -> None:
    with pytest.raises(InvalidConfig, match="there is no revision 7"):
        read_revision(config_db, 7)


def test_the_last_confirmed_revision_may_be_older_than_the_head(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    save(config_db, 2, EMPTY, Wait(60))
    assert read_head(config_db).number == 2
    assert last_confirmed(config_db) == Revision(1, PAPER)
    assert read_newest(config_db) == Newest(Revision(2, EMPTY), 60, Revision(1, PAPER))


def test_what_is_confirmed_waits_for_nothing(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    assert read_newest(config_db) == Newest(Revision(1, PAPER), None, Revision(1, PAPER))


@pytest.mark.parametrize(("stored", "window_s"), [(10**9, 600), (-1, 15)])
def test_a_window_of_any_length_is_one_that_ends(config_db: Path, stored: int, window_s: int) -> None:
    save(config_db, 1, EMPTY, Wait(stored))
    assert read_newest(config_db).window_s == window_s


def test_a_window_that_is_no_number_is_refused(config_db: Path) -> None:
    save(config_db, 1, EMPTY, Wait(60))
    with by_force(config_db) as connection:
        connection.execute("DROP TRIGGER revision_is_immutable")
        connection.execute("UPDATE revision SET confirm_window_s = 'soon'")
    with pytest.raises(StoreUnavailable, match="window of 'soon'"):
        read_newest(config_db)


def test_a_missing_file_is_unavailable_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"config\.db: no such file .*multihome migrate"):
        read_head(tmp_path / "config.db")


def test_an_empty_file_is_unavailable_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "config.db"
    path.touch()
    with pytest.raises(StoreUnavailable, match="multihome migrate"):
        read_head(path)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "config.db"
    path.write_bytes(b"not a database, but long enough to be taken for one " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        read_head(path)


def test_a_damaged_database_is_unavailable(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    content = bytearray(config_db.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    config_db.write_bytes(content)
    with pytest.raises(StoreUnavailable, match=r"config\.db"):
        read_head(config_db)


@pytest.mark.parametrize("version", ["0000", "9999"])
def test_a_database_of_another_version_is_unavailable(config_db: Path, version: str) -> None:
    with by_force(config_db) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    with pytest.raises(StoreUnavailable, match=f"version {version}"):
        read_head(config_db)


def test_hostile_values_are_refused_with_their_field(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    with by_force(config_db) as connection:
        connection.execute("DROP TRIGGER gateway_is_immutable")
        connection.execute("UPDATE gateway SET weight = 'x; DROP TABLE' WHERE number = 2")
    with pytest.raises(InvalidConfig, match=r"gateways\.2\.weight"):
        read_head(config_db)


@pytest.mark.parametrize(
    "stored", ["'junk'", "'[' || hex(zeroblob(200000))", "x'5b5d'", '\'[{"kind": "smoke"}]\'', "5"]
)
def test_hostile_checks_are_refused_with_their_field(config_db: Path, stored: str) -> None:
    save(config_db, 1, PAPER)
    with by_force(config_db) as connection:
        connection.execute("DROP TRIGGER gateway_is_immutable")
        connection.execute(f"UPDATE gateway SET checks = {stored} WHERE number = 2")  # noqa: S608 - a test's own
    with pytest.raises(InvalidConfig, match=r"^gateways\.2\.checks"):
        read_head(config_db)


def test_a_number_that_leaves_no_room_for_the_next_one_is_refused(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    with by_force(config_db) as connection:
        connection.execute("DROP TRIGGER revision_is_immutable")
        connection.execute("UPDATE revision SET number = 9223372036854775807")
    with pytest.raises(StoreUnavailable, match="9223372036854775807"):
        read_head(config_db)


@pytest.mark.parametrize("number", [-1, 2, 2**63, 10**30])
def test_a_number_that_no_revision_has_is_no_revision(config_db: Path, number: int) -> None:
    save(config_db, 1, PAPER)
    with pytest.raises(InvalidConfig, match=f"there is no revision {number}"):
        read_revision(config_db, number)


def test_a_value_of_many_megabytes_is_not_loaded(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    with by_force(config_db) as connection:
        connection.execute("DROP TRIGGER gateway_is_immutable")
        connection.execute("UPDATE gateway SET name = hex(zeroblob(5000000)) WHERE number = 2")
    with pytest.raises(StoreUnavailable, match="too big"):
        read_head(config_db)


def test_a_view_in_a_table_s_place_is_not_run(config_db: Path) -> None:
    with by_force(config_db) as connection:
        connection.execute("DROP TABLE revision")
        connection.execute(
            "CREATE VIEW revision AS WITH RECURSIVE n(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n)"
            " SELECT number FROM n"
        )
    with pytest.raises(StoreUnavailable, match="revision is not a plain table"):
        read_head(config_db)


@pytest.mark.parametrize(
    "made",
    [
        "VIEW alembic_version AS WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT i FROM n",
        "VIRTUAL TABLE alembic_version USING fts5(version_num)",
        "TABLE alembic_version (a, version_num AS (instr(hex(zeroblob(400000)), hex(zeroblob(200000)))))",
    ],
)
def test_what_is_no_plain_table_is_not_read(config_db: Path, made: str) -> None:
    with by_force(config_db) as connection:
        connection.execute("DROP TABLE alembic_version")
        connection.execute(f"CREATE {made}")
    with pytest.raises(StoreUnavailable, match="alembic_version is not a plain table"):
        read_head(config_db)


def test_reading_has_an_end_in_time_as_well(config_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.files.READ_WITHIN_S", 0.0)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT count(*) FROM n"
    with pytest.raises(StoreUnavailable, match="interrupted"), reading(config_db) as connection:
        connection.execute(endless)


@pytest.mark.parametrize("name", ["config.db", "config.db-wal", "config.db-shm"])
def test_a_pipe_is_not_waited_for(config_db: Path, name: str) -> None:
    pipe = config_db.with_name(name)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    with pytest.raises(StoreUnavailable, match=f"{name} is not a regular file"):
        read_head(config_db)


def test_a_revision_with_countless_rows_is_refused(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    with by_force(config_db) as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
            " INSERT INTO interface (revision, name, position, role, managed) SELECT 1, 'x' || i, i, 'lan', 0 FROM n"
        )
    with pytest.raises(InvalidConfig, match="more than"):
        read_head(config_db)


def test_the_reader_cannot_write(config_db: Path) -> None:
    with (
        pytest.raises(StoreUnavailable, match=r"readonly|read-only"),
        reading(config_db) as connection,
    ):
        connection.execute("DELETE FROM alembic_version")


def test_a_reader_does_not_wait_for_a_writer_in_the_middle_of_a_transaction(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    with writing(config_db) as connection:
        connection.execute("DELETE FROM revision WHERE number = 99")
        assert read_head(config_db).number == 1


def test_rows_of_a_revision_are_never_changed(config_db: Path) -> None:
    save(config_db, 1, PAPER)
    rule = TrafficRule(number=1, name="all")
    save(config_db, 2, replace(PAPER, rules=(rule,)))
    for table in ("revision", "confirmation", "settings", "interface", "gateway", "traffic_rule"):
        key = "number" if table == "revision" else "revision"
        with by_force(config_db) as connection, pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute(f"UPDATE {table} SET {key} = 5")  # noqa: S608


def test_reading_loads_no_orm() -> None:
    program = (
        "import sys; import app.store.reader, app.store.state, app.store.history;"
        "print([name for name in ('sqlalchemy', 'sqlmodel', 'alembic', 'typer') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
