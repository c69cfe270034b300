"""`config panel`: where the panel answers."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.console import workspace_of
from app.cli.planning import Plan
from app.service.edits.settings import change_panel

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Where the panel answers.")


class Switch(StrEnum):
    """On or off, as typed."""

    ON = "on"
    OFF = "off"


@app.command()
def outside(
    context: typer.Context,
    switch: Annotated[Switch | None, typer.Argument(metavar="[on|off]", help="Without it: shown.")] = None,
    *,
    _plan: Plan = False,
) -> None:
    """Allow or block the panel on WAN ports.

    \b
    Examples:
        config panel outside
        config panel outside on
    """
    workspace = workspace_of(context)
    if switch is None:
        answers = workspace.head().config.settings.panel.reachable_from_outside
        print("the panel is also reachable on WAN ports" if answers else "the panel is blocked on WAN ports")
        return
    workspace.change(lambda config: change_panel(config, {"reachable_from_outside": switch is Switch.ON}))
