"""`multihome export` and `multihome import`: the configuration as a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import end, printable, save, workspace_of
from app.cli.planning import FORCE_HELP, planned, show
from app.errors import FieldError, InvalidConfig
from app.service.document import LONGEST, exported, imported

_DECLINED = 1


def export_configuration(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="File to write. Default: standard output.")
    ] = None,
) -> None:
    """Write the configuration as one JSON document: no users, no secrets, no history.

    \b
    Examples:
        multihome export router.json
        multihome export | ssh backup 'cat > router.json'
    """
    document = exported(workspace_of(context).head().config)
    if file is None:
        sys.stdout.write(document)
        return
    try:
        file.write_text(document, encoding="utf-8")
    except OSError as error:
        raise InvalidConfig(FieldError("", f"{printable(str(file))} cannot be written: {error.strerror}")) from error


def import_configuration(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="As written by export, or - for standard input.")],
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change, without changing it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help=FORCE_HELP)] = False,
) -> None:
    """Replace the whole configuration by that of a file. It is a revision like any other, and can be restored from.

    What it would do is shown first. The exit status is 1 when the answer was no.

    \b
    Examples:
        multihome import router.json --plan
        multihome import router.json --yes
    """
    workspace = workspace_of(context)
    head, config = workspace.head(), imported(_text(file))
    show(planned(workspace, head.config, config))
    if plan:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise InvalidConfig(FieldError("", "no terminal to ask on: review with --plan, then use --yes"))
        if not typer.confirm("Import this?"):
            end(_DECLINED)
    workspace.force = force or not yes  # whoever was asked has seen what the checks answer
    save(workspace, lambda _: config, f"imported from {Path(file).name}", expected=head.number)


def _text(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read(LONGEST + 1)
        with Path(file).open(encoding="utf-8") as opened:
            return opened.read(LONGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfig(FieldError("", f"{printable(file)} cannot be read: {error}")) from error
