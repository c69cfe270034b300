"""Whatever is started as a process of its own runs our code, also from a directory with other code of that name."""

import ast
import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from app.paths import StateDirectory
from app.service import sealing
from app.worker.doctor import Doctor

TREE = Path(__file__).parents[1]
FOUND = [
    path
    for package in ("app", "lab")
    for path in sorted((TREE / package).rglob("*.py"))
    if "sys.executable" in path.read_text()
]


def is_interpreter(node: ast.AST) -> bool:
    return ast.unparse(node) == "sys.executable"


def unsafe(tree: ast.AST) -> Iterator[str]:
    """Every place that starts the interpreter without -P and does not say either in which directory of ours it runs."""
    good: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.List(elts=words) | ast.Tuple(elts=words):
                pairs = pairwise(words)
                good.update(one for one, after in pairs if isinstance(after, ast.Constant) and after.value == "-P")
            case ast.Call(func=function, args=args) if ast.unparse(function) == "os.execv":
                good.add(args[0])  # the program alone; its words follow
            case ast.Call(keywords=keywords) if any(
                one.arg == "cwd" and ast.unparse(one.value) == "stage.CODE" for one in keywords
            ):
                good.update(ast.walk(node))
            case _:
                pass
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_interpreter(node) and node not in good:
            yield f"line {node.lineno}"


@pytest.mark.parametrize("path", FOUND, ids=[str(path.relative_to(TREE)) for path in FOUND])
def test_no_program_of_ours_looks_for_its_code_where_it_was_started(path: Path) -> None:
    assert list(unsafe(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "code",
    ['run([sys.executable, "-m", "app.survey"])', "run([sys.executable, *words])", 'os.execv("x", [sys.executable])'],
)
def test_one_that_does_is_found(code: str) -> None:
    assert list(unsafe(ast.parse(code))) == ["line 1"]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a package `app` in it that is not ours, and this process stands there."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_passphrase_is_not_given_to_code_that_lies_around(elsewhere: Path) -> None:
    assert sealing.opened(sealing.sealed(b"a router", "correct horse"), "correct horse") == b"a router"


def test_a_machine_is_not_examined_by_code_that_lies_around(elsewhere: Path) -> None:
    answer = asyncio.run(Doctor(StateDirectory(elsewhere).path, tuple).answer({}))
    assert isinstance(json.loads(answer), list)
