"""Migrations: up from nothing, and in agreement with the tables' classes."""

import sqlite3
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from app.errors import StoreUnavailable
from app.resources import resource_directory
from app.store import rows
from app.store.engine import open_engine
from app.store.migrate import migrate
from app.store.reader import SCHEMA, read_head
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
    assert rows.RevisionRow.metadata is SQLModel.metadata
    with open_engine(config_db).begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_reader_expects_the_newest_migration() -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(resource_directory("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA


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
            connection.execute("INSERT INTO settings VALUES (5, 1, 1, 1, 3, 3, 10, 'x', 'y', 'z', 443, 0, 60, 10)")
