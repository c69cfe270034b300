"""All SQL stands in app/store and in the migrations: whoever changes a table looks nowhere else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
ELSEWHERE = [
    path
    for package in ("app", "lab")
    for path in sorted((TREE / package).rglob("*.py"))
    if not path.is_relative_to(TREE / "app/store")
]
STATEMENT = re.compile(
    r"\b(SELECT\s.*\bFROM|SELECT\s+[\w*]|INSERT\s+(OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM"
    r"|(CREATE|DROP|ALTER)\s+(TABLE|INDEX|VIEW|TRIGGER)|PRAGMA\s|BEGIN\s+IMMEDIATE)",
    re.DOTALL,
)
ASKING = {"execute", "executemany", "executescript", "exec_driver_sql"}


def sql(tree: ast.AST) -> Iterator[str]:
    """Every text that is a statement, and every call that hands something to a database connection to execute."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if STATEMENT.search(text):
                yield f"line {node.lineno}"
            case ast.Call(func=ast.Attribute(value=asked, attr=name)) if name in ASKING and (
                name != "execute" or "connection" in ast.unparse(asked) or "cursor" in ast.unparse(asked)
            ):
                yield f"line {node.lineno}"
            case _:
                pass


@pytest.mark.parametrize("path", ELSEWHERE, ids=[str(path.relative_to(TREE)) for path in ELSEWHERE])
def test_no_sql_stands_outside_the_store(path: Path) -> None:
    assert list(sql(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "code",
    [
        'ask("SELECT name FROM user")',
        'QUERY = "INSERT INTO user (name) VALUES (?)"',
        'QUERY = f"DELETE FROM {table}"',
        'QUERY = "UPDATE user SET name = ?"',
        "connection.execute(query)",
        "self._connection.executemany(query, rows)",
    ],
)
def test_sql_is_found(code: str) -> None:
    assert "line 1" in list(sql(ast.parse(code)))
