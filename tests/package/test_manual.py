"""The man pages: every command of the console is on one, as its own help has it."""

import re

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from package.manual import PROGRAMS, manual


def commands(group: TyperGroup, path: str) -> list[str]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            found += commands(command, f"{path} {name}")
        elif not command.hidden:
            found.append(f"{path} {name}")
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_command_and_option_is_on_the_page(name: str) -> None:
    program = get_command(PROGRAMS[name][0])
    assert isinstance(program, TyperGroup)
    page = manual(name, "1.2.3", "2026-12-01").replace("\\", "")
    for path in commands(program, name):
        assert re.search(rf"(?m)^{path}( .*)?\n-+$", page), path
    assert ":Version: 1.2.3" in page
    assert "**--json" in page


def test_examples_keep_their_lines_and_text_is_no_markup() -> None:
    page = manual("config", "1", "2026-12-01")
    assert "\n    config addr edit eth0 62.231.110.65/26\n    config addr edit eth1 192.168.1.1/24\n" in page
    assert "0\\|" not in page
    assert "tcp\\|udp" in page
