"""`./run migration`: a field is added to the model of a throw-away copy of the program, and nothing else by hand."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.operations import ops
from sqlalchemy import Column, String
from sqlmodel import SQLModel

from app.store import rows  # noqa: F401 - registers the tables
from tests.store.databases import by_force

CHECKOUT = Path(__file__).parents[2]

# Goes on with a database of today: what was saved reads with the default, and what is saved now stays.
PROGRAM = """
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from app.store.files import writing
from app.store.migrate import migrate
from app.store.reader import Revision, read_head, read_revision
from app.store.audit import Entry
from app.store.writer import append_revision

path = Path("config.db")
migrate(path)
number, old = read_head(path)
assert {(one.color, one.limit) for one in old.gateways} == {("gray", None)}, old
new = replace(old, gateways=tuple(replace(one, color="red", limit=0.5) for one in old.gateways))
with writing(path) as connection:
    entry = Entry(actor="ana", at=datetime.now(UTC), origin="console", address="", note="")
    append_revision(connection, Revision(number + 1, new), entry)
assert read_head(path).config == new
assert read_revision(path, number).config == old
"""


FIELDS = """\
    color: Annotated[str, About("Color", "How it is painted.")] = "gray"
    limit: Annotated[float | None, About("Limit", unit="s", empty="none", group="plain")] = None
"""

# Nothing but the model was edited, and yet every face of the program knows the two settings.
FACES = """
from dataclasses import replace
from app.cli.options import value_of
from app.model.config import EMPTY, Config, Gateway
from app.model.facts import Facts
from app.service.compare import field_changes
from app.service.edits import paths
from app.service.edits.gateways import add_gateway
from app.service.reference import with_tables
from app.web.api.bodies import GatewayBody
from app.web.forms.gateway import gateway_form, gateway_texts, gateway_values

config = add_gateway(EMPTY, Facts(), {"interface": "eth1", "address": "10.0.0.1"})
form = gateway_form(gateway_texts(config.gateways[0]), config, Facts(), number=1, revision=1)
assert [(one.name, one.value, one.unit) for one in form.group("plain")][-1] == ("limit", "", "s")
assert (form["color"].label, form["color"].hint, form["color"].value) == ("Color", "How it is painted.", "gray")
typed = gateway_values({**gateway_texts(config.gateways[0]), "color": "red", "limit": "2"})
assert (typed["color"], typed["limit"]) == ("red", "2")
assert GatewayBody(color="red").given() == {"color": "red"}
changed = paths.changed(config, "isp.1.limit", value_of(paths.place(config, "isp.1.limit").setting, "2"))
assert changed.gateways[0].limit == 2
assert [str(one) for one in field_changes(config, changed)] == ["ISP 1: limit: none → 2 s"]
page = with_tables("<!-- fields: Gateway -->\\n")
assert "| `color` | **Color**. How it is painted. | `gray` |" in page
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the program is made of."""
    for name in ("app", "migrations", "templates", "static"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def edited(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(
        [sys.executable, *words], cwd=tree, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def versions(tree: Path) -> set[str]:
    return {path.name for path in (tree / "migrations/versions").glob("*.py")}


def test_a_new_field_needs_its_migration_and_nothing_else_by_hand(tree: Path) -> None:
    before = versions(tree)
    with by_force(tree / "config.db") as connection:
        connection.executescript((CHECKOUT / "tests/store/older/0003.sql").read_text())
    edited(
        tree / "app/model/config.py",
        "    checks: Annotated[\n        Checks | None",
        f"{FIELDS}    checks: Annotated[\n        Checks | None",
    )
    ended = run(tree, "-m", "migrations.new", "gateway-color")
    assert ended.returncode == 0, ended.stderr
    (name,) = versions(tree) - before
    assert re.fullmatch(r"\d{4}_gateway_color\.py", name)
    assert ended.stdout.splitlines()[-1].endswith(f"/migrations/versions/{name}")
    made = (tree / "migrations/versions" / name).read_text()
    assert made.startswith('"""Gateway color."""\n')
    assert made.endswith("""
def upgrade() -> None:
    # Plain ALTER TABLE: a batch would copy the tables and lose the triggers that keep them immutable.
    op.add_column("gateway", sa.Column("color", sa.String(), server_default="gray", nullable=False))
    op.add_column("gateway", sa.Column("limit", sa.Float(), nullable=True))
""")
    for program in (PROGRAM, FACES):
        ended = run(tree, "-c", program)
        assert ended.returncode == 0, ended.stderr
    assert run(tree, "-m", "migrations.new", "again").stdout.startswith("no difference")


def completed(*made: ops.MigrateOperation) -> list[ops.MigrateOperation]:
    """What becomes of these differences, without a program around them."""
    upgrade = ops.UpgradeOps(list(made))
    script = ops.MigrationScript("0099", upgrade, ops.DowngradeOps([]))
    importlib.import_module("migrations.new").completed(None, None, [script])
    return upgrade.ops


REFUSED = [
    (ops.AddColumnOp("gateway", Column("color", String, nullable=False)), "gateway.color: the field needs a default"),
    (ops.AlterColumnOp("gateway", "cut", modify_nullable=True), "SQLite cannot do this without copying the table"),
]


@pytest.mark.parametrize(("made", "told"), REFUSED)
def test_what_cannot_be_altered_is_refused(made: ops.MigrateOperation, told: str) -> None:
    with pytest.raises(SystemExit, match=told):
        completed(ops.ModifyTableOps("gateway", [made]))


def test_a_column_that_goes_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    gone = ops.DropColumnOp("gateway", "cut")
    assert completed(gone) == [gone]
    assert "gateway.cut is dropped; was it renamed?" in capsys.readouterr().err


def test_a_new_table_of_content_is_immutable() -> None:
    made = [ops.CreateTableOp.from_table(SQLModel.metadata.tables[name]) for name in ("gateway", "user")]
    *tables, trigger = completed(*made)
    assert tables == made
    assert isinstance(trigger, ops.ExecuteSQLOp)
    assert str(trigger.sqltext).startswith("CREATE TRIGGER gateway_is_immutable BEFORE UPDATE ON gateway")
