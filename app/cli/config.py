"""`config`: the paper's console, on the service layer."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from app.cli import (
    config_addr,
    config_gateway,
    config_guard,
    config_panel,
    config_revisions,
    config_rule,
    config_set,
    config_way,
)
from app.cli.batch import run_batch
from app.cli.console import NEGATIVE, run_app, workspace_of
from app.cli.planning import Force, Plan

app = typer.Typer(
    rich_markup_mode=None,
    help="""Configure the router: addresses, gateways, failover and traffic rules.

    The paper's example, a router with two ISPs:

    \b
        config addr edit eth0 62.231.110.65/26
        config addr edit eth1 192.168.1.1/24
        config addr edit eth2 172.17.0.1/24
        config gateway edit 192.168.1.2 eth1
        config gateway add 172.17.0.2
        config gateway failover 2
        config gateway show

    Each command takes effect at once, or prints one error line and changes nothing. With --plan it only
    shows what would change.
    """,
)
app.add_typer(config_addr.app, name="addr")
app.add_typer(config_gateway.app, name="gateway")
app.add_typer(config_rule.app, name="rule")
app.command(context_settings=NEGATIVE)(config_way.way)
app.add_typer(config_guard.app, name="guard")
app.add_typer(config_panel.app, name="panel")
config_set.add_to(app)
app.add_typer(config_revisions.app, name="revisions")
app.command()(config_revisions.confirm)


@app.command()
def batch(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of commands, or - for standard input.")],
    *,
    _plan: Plan = False,
    _force: Force = False,
) -> None:
    """Run many commands, one a line, as one change: all of them, or none.

    Each line is a command, with or without the word config; # starts a comment. The first line with an error
    is reported and nothing is changed.

    \b
    Examples:
        config batch router.conf
        echo "gateway weight 1 3" | config batch -
    """
    run_batch(app, workspace_of(context), file)


def run(words: Sequence[str] | None = None) -> int:
    """Run `config` and give back its exit status: 0, or 2 for an error."""
    return run_app(app, "config", words)


if __name__ == "__main__":
    sys.exit(run())
