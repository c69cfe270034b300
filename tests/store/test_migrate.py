"""Migrations: up from nothing, and in agreement with the tables' classes."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import TypeAdapter
from sqlmodel import SQLModel

from app.errors import InvalidConfig, StoreUnavailable
from app.model.config import Config
from app.model.guard import Guard, GuardMode
from app.resources import resource_directory
from app.service.edits.settings import change_guard
from app.store import rows
from app.store.files import writing
from app.store.mapping import TABLES
from app.store.migrate import migrate, open_engine
from app.store.reader import SCHEMA, Revision, read_head, read_revision
from app.store.writer import prune
from tests.plan import paper
from tests.store.databases import by_force, save


def made_by(path: Path, version: str) -> Path:
    """A config.db as a Multihome with this newest migration made it."""
    path.touch()
    with open_engine(path).begin() as connection:
        config = AlembicConfig(attributes={"connection": connection})
        config.set_main_option("script_location", str(resource_directory("migrations")))
        command.upgrade(config, version)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_from_nothing_it_makes_directory_and_database_with_their_modes(tmp_path: Path) -> None:
    path = tmp_path / "state" / "config.db"
    migrate(path)
    assert mode(path.parent) == 0o2770
    assert mode(path) == 0o660
    assert read_head(path).number == 0


def test_the_database_stays_in_write_ahead_mode(config_db: Path) -> None:
    with by_force(config_db) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_directory_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o750)
    migrate(home / "config.db")
    assert mode(home) == 0o750


def test_running_it_again_changes_nothing(config_db: Path) -> None:
    save(config_db, 1, paper.config())
    migrate(config_db)
    assert read_head(config_db).number == 1


def test_tables_and_migrations_agree(config_db: Path) -> None:
    """But for defaults: a column keeps the one it was added with, which is what older revisions have in it."""
    assert rows.RevisionRow.metadata is SQLModel.metadata
    with open_engine(config_db).begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_every_table_of_a_revision_is_immutable(config_db: Path) -> None:
    tables = ["revision", "confirmation", *(table.name for table in TABLES)]
    with by_force(config_db) as connection:
        found = connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    assert sorted(sql for (sql,) in found) == sorted(
        f"CREATE TRIGGER {table}_is_immutable BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
        for table in tables
    )


def test_the_reader_expects_the_newest_migration() -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(resource_directory("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA


OLDER = Path(__file__).parent / "older"


@pytest.fixture(params=["0001", "0002", "0003", "0004"])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database of an older version, with revisions as people make them and with some that hold nonsense."""
    path = tmp_path / f"{request.param}.db"
    with by_force(path) as connection:
        connection.executescript((OLDER / f"{request.param}.sql").read_text())
    return path


def said(path: Path, number: int) -> Config | str:
    """A revision, or the field that is wrong in it."""
    try:
        return read_revision(path, number).config
    except InvalidConfig as error:
        (one,) = error.errors
        return one.field


def test_every_revision_of_an_older_version_reads_as_it_did(older: Path) -> None:
    """`older/*.json` is what the readers of that time said; a number is a revision with the same content."""
    known = json.loads((OLDER / older.with_suffix(".json").name).read_text())
    migrate(older)
    for number, content in known.items():
        found = known[str(content)] if isinstance(content, int) else content
        expected = found if isinstance(found, str) else TypeAdapter(Config).validate_python(found)
        assert said(older, int(number)) == expected, number


def test_guard_is_undecided_after_an_upgrade_until_somebody_decides(older: Path) -> None:
    migrate(older)
    head = read_head(older)
    assert head.config.settings.guard == Guard(mode=GuardMode.UNDECIDED)
    decided = change_guard(head.config, {"mode": "on", "allowed": "22/tcp"})
    save(older, head.number + 1, decided)
    assert read_head(older).config == decided
    assert read_revision(older, head.number).config.settings.guard.mode is GuardMode.UNDECIDED


def test_all_else_of_an_older_version_stays(older: Path) -> None:
    tables = ("revision", "confirmation", "user", "session", "api_token", "audit")

    def everything() -> list[list[dict[str, object]]]:
        with by_force(older) as connection:
            connection.row_factory = sqlite3.Row
            return [[dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables]  # noqa: S608

    before = everything()
    migrate(older)
    for table, now in zip(before, everything(), strict=True):
        assert table
        assert now == [{"confirm_elsewhere": 0} | row if "returns_to" in row else row for row in table]
    with by_force(older) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_an_older_version_can_be_written_after_it(older: Path) -> None:
    migrate(older)
    save(older, 99, paper.config())
    assert read_head(older) == Revision(99, paper.config())
    with writing(older) as connection:
        prune(connection, frozenset())


NONSENSE = [
    ("gateway_check SET parameters = CAST(x'22ff22' AS TEXT)", r"gateways\.2\.checks"),
    ("gateway_check SET parameters = replace(hex(zeroblob(999)), '0', '[')", r"gateways\.2\.checks\.6"),
    ("gateway_check SET parameters = replace(hex(zeroblob(400)), '00', '{\"a\":') || 1", r"gateways\.2\.checks"),
    ("gateway_check SET parameters = hex(zeroblob(600000))", "too big"),
    ("gateway_check SET kind = CAST(x'ff' AS TEXT)", r"gateways\.2\.checks"),
    ("gateway SET name = CAST(x'ff' AS TEXT)", "UTF-8"),
    ("gateway SET own_checks = 1, number = x'ff'", r"gateways\.b'.xff'\.number"),
    ("interface SET name = CAST(x'ff' AS TEXT)", "UTF-8"),
    ("interface_address SET address = x'ff'", r"interfaces\..*\.addresses"),
    ("traffic_rule SET ports = CAST(x'5bff5d' AS TEXT)", r"rules\..*\.ports"),
    ("traffic_rule SET ports = '[[\"\\ud800\", 1]]'", r"rules\..*\.ports"),
]


@pytest.mark.parametrize(("nonsense", "told"), NONSENSE)
def test_nonsense_in_one_revision_fails_its_reading_and_not_the_migration(
    tmp_path: Path, nonsense: str, told: str
) -> None:
    path = tmp_path / "0003.db"
    with by_force(path) as connection:
        connection.executescript((OLDER / "0003.sql").read_text())
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        table, _, _ = nonsense.partition(" ")
        one = f"rowid = (SELECT max(rowid) FROM {table} WHERE revision = 3)"  # noqa: S608 - a test's own
        assert connection.execute(f"UPDATE {nonsense} WHERE {one}").rowcount == 1
        for _, sql in triggers:
            connection.execute(sql)
    migrate(path)
    with pytest.raises((InvalidConfig, StoreUnavailable), match=told):
        read_revision(path, 3)
    assert read_revision(path, 4).config == paper.config()


def test_countless_checks_fail_the_reading_and_not_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "0003.db"
    with by_force(path) as connection:
        connection.executescript((OLDER / "0003.sql").read_text())
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
            " INSERT INTO gateway_check SELECT 3, 2, i, 'link', '{}' FROM n"
        )
    migrate(path)
    with pytest.raises(InvalidConfig, match=r"gateways\.2\.checks"):
        read_revision(path, 3)
    assert read_revision(path, 4).config == paper.config()


def test_what_a_migration_changes_is_kept_aside_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "config.db"
    with open_engine(made_by(path, "0001")).begin() as connection:
        connection.exec_driver_sql("INSERT INTO user VALUES (1, 'ana', 'x', 'y', 'z')")
    migrate(path)
    migrate(path)
    kept = tmp_path / "config-0001.db"
    assert mode(kept) == 0o660
    assert sorted(one.name for one in tmp_path.glob("*.db")) == ["config-0001.db", "config.db"]
    with by_force(kept) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert connection.execute("SELECT name FROM user").fetchone() == ("ana",)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(config_db: Path) -> None:
    with by_force(config_db) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match="newer Multihome"):
        migrate(config_db)
    with by_force(config_db) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "config.db"
    with by_force(path) as connection:
        connection.execute("CREATE TABLE audit (in_the_way INTEGER)")  # the last table that the first migration makes
    with pytest.raises(StoreUnavailable, match="audit"):
        migrate(path)
    with by_force(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall() == [("audit",)]


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.db"
    content = b"somebody's letters " * 500
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="not a database"):
        migrate(path)
    assert path.read_bytes() == content


def test_a_session_never_gets_the_number_of_an_ended_one(config_db: Path) -> None:
    with by_force(config_db) as connection:
        row = "INSERT INTO session (user, token_hash, created_at, last_used_at, address, user_agent)"
        connection.execute(f"{row} VALUES (1, x'01', '', '', '', '')")
        connection.execute("DELETE FROM session")
        connection.execute(f"{row} VALUES (1, x'02', '', '', '', '')")
        assert connection.execute("SELECT id FROM session").fetchone() == (2,)


def test_a_foreign_key_is_enforced_for_those_who_write(config_db: Path) -> None:
    with by_force(config_db) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO interface (revision, name, position) VALUES (5, 'eth0', 0)")


def test_a_trigger_that_somebody_put_there_does_not_act_on_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "config.db"
    with by_force(path) as connection:
        connection.executescript((Path(__file__).parent / "older/0003.sql").read_text())
        users = connection.execute("SELECT count(*) FROM user").fetchone()
        for table in TABLES:
            odd = f'"odd "" {table.name}" AFTER UPDATE ON {table.name} BEGIN DELETE FROM user; END'  # noqa: S608 - constants
            connection.execute(f"CREATE TRIGGER {odd}")
    migrate(path)
    with by_force(path) as connection:
        assert connection.execute("SELECT count(*) FROM user").fetchone() == users != (0,)
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")}
    assert {f"{table.name}_is_immutable" for table in TABLES} <= found
    assert not any(name.startswith("odd") for name in found)
