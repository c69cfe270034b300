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
    """Say whether the panel answers on the ISPs' side; unless this is on it does not exist there.

    \b
    Examples:
        config panel outside
        config panel outside on
    """
    workspace = workspace_of(context)
    if switch is None:
        answers = workspace.head().config.settings.panel.reachable_from_outside
        print("the panel answers on the ISPs' side too" if answers else "on the ISPs' side the panel does not exist")
        return
    workspace.change(lambda config: change_panel(config, {"reachable_from_outside": switch is Switch.ON}))
