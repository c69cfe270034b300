"""`multihome backup` and `multihome restore`: the whole router in one file, under a passphrase."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.console import author, end, printable, save, workspace_of
from app.cli.planning import FORCE_HELP, planned, show
from app.cli.secret import typed_secret
from app.errors import FieldError, InvalidConfig
from app.service.configuration import Saved

_DECLINED: Final = 1
_PROMPT: Final = "Passphrase"
File = Annotated[Path, typer.Argument(metavar="FILE")]


def backup(context: typer.Context, file: File) -> None:
    """Write configuration, users, API tokens, certificate and key into one file, under a passphrase.

    The passphrase is asked for twice, or is the first line of standard input. Without it nobody can read the file;
    nobody can find it out for you either.

    \b
    Examples:
        multihome backup router.multihome
        multihome backup router.multihome < passphrase.txt
    """
    from app.service import backup, passwords  # noqa: PLC0415 - no other command needs Argon2

    if file.is_dir():
        raise InvalidConfig(FieldError("", f"{printable(str(file))} is a directory: name a file in it"))
    passphrase = typed_secret(_PROMPT, "passphrase", twice=True)
    passwords.require_good(passphrase, field="passphrase")
    made = backup.backup(workspace_of(context).home, passphrase)
    _write(file, made)


def restore(
    context: typer.Context,
    file: File,
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change, without changing it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help=FORCE_HELP)] = False,
) -> None:
    """Bring back what a backup holds. The configuration becomes a revision like any other.

    What it would do is shown first. Users, API tokens and the certificate are replaced by those of the backup, all
    sessions end. The exit status is 1 when the answer was no.

    \b
    Examples:
        multihome restore router.multihome --plan
        multihome restore router.multihome --yes < passphrase.txt
    """
    from app.service.backup import restored  # noqa: PLC0415
    from app.service.restoring import replaced  # noqa: PLC0415
    from app.service.restoring import restore as bring_back  # noqa: PLC0415
    from app.service.sealing import require_sealed  # noqa: PLC0415

    workspace, document = workspace_of(context), _read(file)
    require_sealed(document)
    if not (plan or yes or sys.stdin.isatty()):
        raise InvalidConfig(FieldError("", "no terminal to ask on: review with --plan, then use --yes"))
    contents = restored(document, typed_secret(_PROMPT, "passphrase", twice=False))
    head, config = workspace.head(), contents.configuration
    print(f"the backup was created at {contents.made_at:%Y-%m-%d %H:%M} UTC")
    show(planned(workspace, head.config, config))
    for sentence in replaced(workspace.home, contents):
        print(printable(sentence))
    if plan:
        return
    if not yes and not typer.confirm("Restore this?"):
        end(_DECLINED)
    workspace.force = force or not yes  # whoever was asked has seen what the checks answer

    def saving() -> Saved:
        return save(workspace, lambda _: config, f"restored from {file.name}", expected=head.number)

    bring_back(workspace.home, contents, saving, author())


def _write(file: Path, made: bytes) -> None:
    """Put it there, whole or not at all. Raises InvalidConfig."""
    new = file.with_name(f"{file.name}.new")
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as opened:
            opened.write(made)
        new.replace(file)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise InvalidConfig(FieldError("", f"{printable(str(file))} cannot be written: {error.strerror}")) from error


def _read(file: Path) -> bytes:
    from app.service.backup import LARGEST_BACKUP  # noqa: PLC0415

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_BACKUP + 1)
    except OSError as error:
        raise InvalidConfig(FieldError("", f"{printable(str(file))} cannot be read: {error.strerror}")) from error
