"""`config revisions` and `config confirm`: the history of revisions, rollback and commit-confirm."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.cli.console import NEGATIVE, author, printable, workspace_of
from app.cli.observed import expected
from app.cli.planning import Force, Plan, show
from app.service.configuration import Configuration
from app.service.edits.settings import change_panel
from app.service.revisions import change, revisions
from app.store.reader import read_newest, read_revision
from app.store.revisions import SavedRevision

app = typer.Typer(
    rich_markup_mode=None, help="Earlier revisions: show them, restore one, set the time to confirm a new one."
)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As in `config revisions list`.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_revisions(
    context: typer.Context,
    *,
    most: Annotated[int, typer.Option("--most", metavar="COUNT", min=1, max=200, help="Only the newest.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest revisions: time, user, origin and result.

    \b
    Examples:
        config revisions list
        config revisions list --most 200 --json
    """
    found = revisions(workspace_of(context).home, limit=most)
    if as_json:
        print(json.dumps([_as_json(one) for one in found], indent=2))
        return
    for one in found:
        print(printable(_line(one)))


@app.command("show")
def show_revision(context: typer.Context, number: Number, *, as_json: AsJson = False) -> None:
    """Show what a revision changed, field by field and in the kernel (as this machine is now).

    \b
    Example:
        config revisions show 12
    """
    workspace = workspace_of(context)
    read_revision(workspace.home.config_db, number)  # before anybody is asked what it means
    seen = expected(workspace)
    found = change(workspace.home, number, seen.facts, seen.verdicts)
    if as_json:
        meant = None if found.meant is None else asdict(found.meant)
        fields = None if meant is None else {name: meant[name] for name in ("sentence", "fields", "changes", "pending")}
        print(json.dumps({**_as_json(found.saved), "before": found.before, "changed": fields}, indent=2))
        return
    print(printable(_line(found.saved)))
    if found.meant is None:
        print("its changes cannot be shown: the revision before it was deleted")
    else:
        show(found.meant)


@app.command()
def restore(context: typer.Context, number: Number, *, _plan: Plan = False, _force: Force = False) -> None:
    """Make an old revision the newest one again.

    \b
    Examples:
        config revisions restore 12 --plan
        config revisions restore 12
    """
    workspace = workspace_of(context)
    old = read_revision(workspace.home.config_db, number).config
    workspace.change(lambda _: old, f"revision {number} restored")


@app.command(context_settings=NEGATIVE)
def window(
    context: typer.Context,
    seconds: Annotated[int | None, typer.Argument(metavar="SECONDS", help="15 to 600. Without it: shown.")] = None,
    *,
    _plan: Plan = False,
) -> None:
    """Set the time after which an unconfirmed change is rolled back (panel and `config confirm`).

    \b
    Examples:
        config revisions window
        config revisions window 120
    """
    workspace = workspace_of(context)
    if seconds is None:
        print(f"unconfirmed changes are rolled back after {workspace.head().config.settings.panel.confirm_window_s} s")
        return
    workspace.change(lambda config: change_panel(config, {"confirm_window_s": seconds}))


def confirm(
    context: typer.Context,
    number: Annotated[int | None, typer.Argument(metavar="NUMBER", help="Only if it is the newest.")] = None,
) -> None:
    """Keep a change that was made on this console and waits to be confirmed; else it is given back.

    From a terminal over the network, changes of addresses and roles wait so: the terminal that can still say this
    was not cut off. How long they wait is set with `config revisions window`.

    \b
    Example:
        config confirm
    """
    home = workspace_of(context).home
    newest = read_newest(home.config_db)
    wanted = newest.head.number if number is None else number
    Configuration(home).confirm(wanted, author=author())
    print(f"revision {wanted} confirmed" if newest.window_s is not None else f"revision {wanted} was confirmed already")


def _line(one: SavedRevision) -> str:
    who = f"{one.author} ({one.origin}{f', {one.address}' if one.address else ''})"
    return f"{one.number}  {one.at:%Y-%m-%d %H:%M:%S} UTC  {who}  {_fate(one)}  {one.note}".rstrip()


def _fate(one: SavedRevision) -> str:
    if one.returned:
        return "rolled back"
    return "confirmed" if one.confirmed else "not confirmed"


def _as_json(one: SavedRevision) -> dict[str, Any]:
    return {**asdict(one), "at": one.at.isoformat()}
