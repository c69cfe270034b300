"""`multihome status`: what the worker observes, for people and for programs."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.cli import status_text
from app.cli.console import Workspace, end, printable, workspace_of
from app.cli.observed import SILENT, ask_worker, written_verdicts
from app.model.guard import UNDECIDED, GuardMode
from app.model.status import Status

# So that a program can tell "no word from the worker" from an error of its own (2).
_SILENT_STATUS = 1
# The router runs, and not as it was asked to.
_REFUSED_STATUS = 3


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: the worker's whole status.")] = False,
) -> None:
    """Say whether the Internet works, which ISP does not, and why.

    The exit status is 1 while the worker does not answer, and 3 while something that was asked for is refused.

    \b
    Examples:
        multihome status
        multihome status --json
    """
    workspace = workspace_of(context)
    seen = ask_worker(workspace)
    if seen is None:
        print(f"{SILENT}; is it running? (`multihome worker`, or `multihome run` for everything)", file=sys.stderr)
        if not as_json:
            _show_last_words(workspace)
        end(_SILENT_STATUS)
    if as_json:
        print(TypeAdapter(Status).dump_json(seen, indent=2).decode())
    else:
        print(printable(status_text.sentence(seen)))
        for line in status_text.table(seen, datetime.now(UTC)):
            print(printable(line))
        config = workspace.head().config
        if config.gateways and config.settings.guard.mode is GuardMode.UNDECIDED:
            print(f"{UNDECIDED} Decide with `config guard on` or `config guard off`.")
    if seen.rejected:
        end(_REFUSED_STATUS)


def _show_last_words(workspace: Workspace) -> None:
    """What the worker wrote down before it fell silent, while a restarted one would believe it; and that it is old."""
    now, config = datetime.now(UTC), workspace.head().config
    for one in written_verdicts(workspace.home.state_db):
        number, family = one.leg
        gateway = config.gateway(number)
        name = f"gateway {number}" if gateway is None else gateway.called(family)
        noted = f"recorded {status_text.ago(one.at, now)} ago, unknown now"
        print(printable(f"{name} was {one.verdict.state.value} ({one.verdict.reason}): {noted}"))
