"""`config guard`: which new connections from the Internet are accepted."""

from typing import Annotated

import typer

from app.cli.console import printable, workspace_of
from app.cli.planning import Plan
from app.model.config import Config
from app.model.guard import GuardMode
from app.service.edits.settings import allow, change_guard, disallow

app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Which new connections from the Internet are accepted."
)

Entry = Annotated[
    str, typer.Argument(metavar="ENTRY", help="Like 22/tcp, 500-600/udp or '22/tcp from 203.0.113.0/24'.")
]


@app.command()
def show(context: typer.Context) -> None:
    """Show whether Guard is on, and what it accepts.

    \b
    Example:
        config guard show
    """
    guard = workspace_of(context).head().config.settings.guard
    print(f"Guard: {guard.mode}. {guard.mode.help}")
    for one in guard.allowed:
        print(printable(f"allowed to this router: {one}"))
    for network in guard.trusted:
        print(f"trusted: {network}")


@app.command()
def on(context: typer.Context, *, _plan: Plan = False) -> None:
    """Drop new connections from the Internet, unless they are published or allowed.

    Refused over an SSH connection that Guard would not accept again.

    \b
    Examples:
        config guard on
        config guard on --plan
    """
    workspace_of(context).change(lambda config: _with_mode(config, GuardMode.ON))


@app.command()
def off(context: typer.Context, *, _plan: Plan = False) -> None:
    """Leave the router and the LAN open to the ISPs' networks, as far as another firewall does not close them.

    \b
    Example:
        config guard off
    """
    workspace_of(context).change(lambda config: _with_mode(config, GuardMode.OFF))


@app.command(name="allow")
def allow_entry(context: typer.Context, entry: Entry, *, _plan: Plan = False) -> None:
    """Let the Internet, or one network, reach a port of this router.

    \b
    Examples:
        config guard allow 51820/udp
        config guard allow '22/tcp from 203.0.113.0/24'
    """
    workspace_of(context).change(lambda config: allow(config, entry))


@app.command(name="disallow")
def disallow_entry(context: typer.Context, entry: Entry, *, _plan: Plan = False) -> None:
    """Remove an entry of the allowed list.

    \b
    Example:
        config guard disallow 51820/udp
    """
    workspace_of(context).change(lambda config: disallow(config, entry))


def _with_mode(config: Config, mode: GuardMode) -> Config:
    return change_guard(config, {"mode": mode})
