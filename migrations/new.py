"""`./run migration NAME`: writes the next migration, from the difference between app/model and the newest migration."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.operations import ops
from alembic.script import Script

from app.resources import resource_directory
from app.store import migrate
from app.store.migrate import open_engine
from app.store.reader import SCHEMA


def main(words: list[str]) -> int:
    if len(words) != 1:
        print("usage: ./run migration NAME, where NAME says what changes, as in gateway-color", file=sys.stderr)
        return 2
    path = written(words[0])
    print(path or "no difference: the newest migration makes the tables that app/model describes")
    return 0


def written(name: str) -> Path | None:
    """Write the migration; its path, or None where there is no difference. Exits for what SQLite cannot alter."""
    config = Config()
    config.set_main_option("script_location", str(resource_directory("migrations")))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with TemporaryDirectory() as scratch:
        database = Path(scratch) / "config.db"
        migrate.migrate(database)
        with open_engine(database).begin() as connection:
            config.attributes["connection"] = connection
            script = command.revision(
                config,
                (name[:1].upper() + name[1:]).replace("-", " ").replace("_", " "),
                autogenerate=True,
                rev_id=f"{int(SCHEMA) + 1:04}",
                process_revision_directives=completed,
            )
    if not isinstance(script, Script):
        return None
    path = Path(script.path)
    lines = [line for line in path.read_text().splitlines() if not line.strip().startswith("# ###")]
    path.write_text("\n".join(lines) + "\n")
    subprocess.run([Path(sys.executable).with_name("ruff"), "format", "--quiet", path], check=True)
    return path


def completed(_context: Any, _revision: Any, directives: list[ops.MigrationScript]) -> None:
    """Refuse what a plain ALTER TABLE cannot do, and add the triggers of new tables; without a difference, no file."""
    upgrade = directives[0].upgrade_ops
    assert upgrade is not None  # noqa: S101 - for mypy
    if upgrade.is_empty():
        directives.clear()
        return
    for one in flat(upgrade):
        match one:
            case ops.AddColumnOp(column=column, table_name=table):
                if not column.nullable and column.server_default is None:
                    sys.exit(f"{table}.{column.name}: the field needs a default, for the revisions that lack it")
            case ops.DropColumnOp(column_name=column, table_name=table):
                note = f"{table}.{column} is dropped; was it renamed? Then write ALTER TABLE … RENAME COLUMN instead"
                print(f"note: {note}", file=sys.stderr)
            case ops.CreateTableOp(table_name=table):
                if one.info.get("immutable"):
                    upgrade.ops.append(ops.ExecuteSQLOp(trigger(table)))
            case ops.DropTableOp(table_name=table):
                print(f"note: {table} is dropped with all that is in it", file=sys.stderr)
            case ops.CreateIndexOp() | ops.DropIndexOp():
                pass
            case _:
                sys.exit(f"SQLite cannot do this without copying the table, so write it by hand: {one.to_diff_tuple()}")


def flat(container: ops.OpContainer) -> Iterator[Any]:
    for one in list(container.ops):
        if isinstance(one, ops.OpContainer):
            yield from flat(one)
        else:
            yield one


def trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_is_immutable BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
