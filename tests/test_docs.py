"""The documentation is true: every setting is in it, every command line parses, every link leads somewhere."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from app.cli import config, main
from app.model.config import Config
from app.service.reference import CLASSES, with_tables

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
APPS: dict[str, typer.Typer] = {"config": config.app, "multihome": main.app}


def classes(kind: Any) -> Iterator[type]:
    """Every class of the domain that a configuration is made of."""
    for part in get_args(kind):
        yield from classes(part)
    if isinstance(kind, type) and is_dataclass(kind):
        yield kind
        for hint in get_type_hints(kind, include_extras=True).values():
            yield from classes(hint)


def test_every_setting_is_documented_as_it_is_described() -> None:
    page = (ROOT / "docs/settings.md").read_text()
    assert with_tables(page) == page, "run `./run docs`: it writes the tables from the descriptions"
    named = [name for names in re.findall(r"<!-- fields: ([\w ]+) -->", page) for name in names.split()]
    listed = {one.__name__ for name in named for one in CLASSES[name]}
    # Overrides repeat the settings that they override.
    parts = {one.__name__ for one in classes(Config) if not hasattr(one, "DESCRIBED_BY")}
    assert listed == parts


def test_overrides_repeat_what_they_override() -> None:
    for one in classes(Config):
        if hasattr(one, "DESCRIBED_BY"):
            assert [field.name for field in fields(one)] == [field.name for field in fields(one.DESCRIBED_BY)]


def commands() -> Iterator[tuple[str, str]]:
    """Every command of ours in the documentation, in a block or between backticks."""
    for page in PAGES:
        text = page.read_text()
        blocks = [line for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]
        for line in (*blocks, *re.findall(r"`([^`\n]+)`", text)):
            found = re.match(r"(?:.* -- )?(?:sudo )?((?:config|multihome) [a-z].*)", line.split(" # ")[0].strip())
            if found:
                yield page.name, found[1]


@pytest.mark.parametrize(("page", "line"), sorted(set(commands())))
def test_every_command_line_is_one(page: str, line: str) -> None:
    name, *words = shlex.split(re.split(r" [<>|;] |  ", line)[0])
    command: Any = get_command(APPS[name])
    context = command.context_class(command, info_name=name)
    while isinstance(command, TyperGroup):
        word = words.pop(0)
        found = command.get_command(context, word)
        assert found is not None, f"{page}: {line}: there is no `{word}`"
        command, context = found, found.context_class(found, info_name=word, parent=context)
        if not words:
            return
    assert isinstance(command, TyperCommand)
    words = [{"FILE": "file", "NAME": "name", "CHAIN": "chain", "KEY": "key", "NUMBER": "1"}.get(w, w) for w in words]
    try:
        command.parse_args(context, [word for word in words if word != "--plan"])
    except TyperException as error:
        pytest.fail(f"{page}: {line}: {error.format_message()}")


def test_every_link_leads_to_a_file() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"
