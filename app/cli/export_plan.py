"""`multihome export-plan`: prints the desired kernel state, without touching the kernel."""

import json
from typing import Annotated

import typer

from app.cli.console import printable, workspace_of
from app.cli.observed import expected
from app.plan.desired import desired_state
from app.plan.render import render
from app.store.reader import read_revision


def export_plan(
    context: typer.Context,
    revision: Annotated[int | None, typer.Option(metavar="NUMBER", help="Of this revision, not the newest.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what the kernel should hold right now, as commands of ip, sysctl and nft. It changes nothing.

    \b
    Examples:
        multihome export-plan
        multihome export-plan --revision 7
    """
    workspace = workspace_of(context)
    head = workspace.head() if revision is None else read_revision(workspace.home.config_db, revision)
    seen = expected(workspace)
    desired = desired_state(head.config, seen.facts, seen.verdicts)
    lines = render(desired.state)
    if as_json:
        pending = [{"subject": one.subject, "reason": one.reason} for one in desired.pending]
        print(json.dumps({"revision": head.number, "desired": lines, "pending": pending}, indent=2))
        return
    for line in lines:
        print(line)
    for one in desired.pending:
        print(printable(f"# pending: {one.subject}: {one.reason}"))
