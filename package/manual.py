"""The man pages multihome(8) and config(8), written from the help of the two commands.

`python -m package.manual DIRECTORY VERSION` leaves NAME.8.rst there, for rst2man of Docutils. The help is the only
source: what a command says with --help is what its page says.
"""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import cleandoc
from os import environ
from pathlib import Path
from textwrap import indent
from typing import Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from app.cli import config, main

PROGRAMS: Final = {
    "multihome": (main.app, "run and watch a router with several Internet providers"),
    "config": (config.app, "configure a router with several Internet providers"),
}
AFTERWORD: Final = """
EXIT STATUS
===========

0 on success; 2 on an error, which is one line on standard error: nothing has changed then.

FILES
=====

/var/lib/multihome
    The state directory: configuration with its history (config.db), measurements (state.db), the panel's certificate.

/usr/share/doc/multihome
    The documentation.

SEE ALSO
========

**{other}**\\ (8), **ip-rule**\\ (8), **ip-route**\\ (8), **nft**\\ (8)
"""
# Options that need no explanation on a page.
ON_EVERY_COMMAND: Final = {"help", "install_completion", "show_completion"}
# What reStructuredText would read as markup.
_MARKUP: Final = re.compile(r"([\\*`|_<>])")


def manual(name: str, version: str, date: str) -> str:
    """The page of a program in reStructuredText, as rst2man reads it."""
    program, summary = PROGRAMS[name]
    (other,) = PROGRAMS.keys() - {name}
    context = typer.Context(get_command(program), info_name=name)
    title, subtitle = (
        f"{rule * len(text)}\n{text}\n{rule * len(text)}\n" for text, rule in ((name, "="), (summary, "-"))
    )
    facts = f":Manual section: 8\n:Manual group: Multihome\n:Version: {version}\n:Date: {date}\n"
    synopsis = f"SYNOPSIS\n========\n\n{_usage(context)}\n"
    description = f"DESCRIPTION\n===========\n\n{_description(context)}"
    commands = "COMMANDS\n========\n\n" + "\n".join(_commands(context))
    return "\n".join((title + subtitle, facts, synopsis, description, commands, AFTERWORD.format(other=other)))


def _commands(context: typer.Context) -> Iterator[str]:
    """A section for each command below `context`, in the order of the help."""
    group = context.command
    if not isinstance(group, TyperGroup):
        return
    for name in group.list_commands(context):
        command = group.commands[name]
        if command.hidden:
            continue
        below = typer.Context(command, info_name=name, parent=context)
        if isinstance(command, TyperCommand):
            usage = f"{below.command_path} {' '.join(command.collect_usage_pieces(below))}"
            yield f"{_escaped(usage)}\n{'-' * 2 * len(usage)}\n\n{_description(below)}"
        yield from _commands(below)


def _usage(context: typer.Context) -> str:
    return f"**{context.command_path}** {_escaped(' '.join(context.command.collect_usage_pieces(context)))}\n"


def _description(context: typer.Context) -> str:
    """The help of a command, and what it says of its arguments and options."""
    records = [
        one.get_help_record(context) for one in context.command.get_params(context) if one.name not in ON_EVERY_COMMAND
    ]
    options = [
        f"{_bold(words)}\n{indent(_escaped(help_text) or '..', '    ')}\n" for words, help_text in filter(None, records)
    ]
    return "\n".join([*_paragraphs(context.command.help or ""), *options])


def _paragraphs(help_text: str) -> Iterator[str]:
    """Paragraphs of a help text; what begins with a line of backspace alone keeps its lines."""
    for paragraph in cleandoc(help_text).split("\n\n"):
        if paragraph.startswith("\b\n"):
            lines = paragraph.removeprefix("\b\n").split("\n")
            while not lines[0].startswith(" "):
                yield _escaped(lines.pop(0)) + "\n"
            yield f"::\n\n{indent(cleandoc(chr(10).join(lines)), '    ')}\n"
        else:
            yield _escaped(paragraph) + "\n"


def _bold(words: str) -> str:
    return f"**{_escaped(words.strip())}**"


def _escaped(text: str) -> str:
    """Text as it is, but for `code`, which becomes bold."""
    parts = (_MARKUP.sub(r"\\\1", part) for part in text.split("`"))
    return "".join(f"\\ **{part}**\\ " if odd % 2 else part for odd, part in enumerate(parts))


def write(directory: Path, version: str) -> None:
    """Write both pages, dated SOURCE_DATE_EPOCH where it is set."""
    date = datetime.fromtimestamp(int(environ.get("SOURCE_DATE_EPOCH", "0")), UTC).date().isoformat()
    for name in PROGRAMS:
        (directory / f"{name}.8.rst").write_text(manual(name, version, date))


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2])
