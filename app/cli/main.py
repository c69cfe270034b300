"""`multihome`: everything but the configuration, which is `config`'s."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from app.cli import (
    access,
    backup,
    certificate,
    config_way,
    doctor,
    export_plan,
    logs,
    status,
    supervise,
    transfer,
    uninstall,
)
from app.cli.console import run_app, workspace_of

app = typer.Typer(
    rich_markup_mode=None,
    help="""Run and watch a router with several ISPs. The configuration is `config`'s: see `config --help`.

    \b
    Examples:
        multihome run            create the databases and run the router, until Ctrl-C
        multihome status         state of the ISPs, with reasons
        multihome doctor         problems on this machine, with remedies
        multihome logs           event log; multihome history: figures of each ISP by the hour
        multihome flows CLIENT   which ISPs a client uses now
        multihome export-plan    the desired kernel state as ip and nft commands
        multihome export FILE    the configuration as one document; import reads it
        multihome backup FILE    everything, with users and certificate, encrypted; restore reads it
        multihome user reset-password NAME      set a new password
        multihome certificate install CHAIN KEY      your own certificate for the panel
    """,
)
app.command("run")(supervise.run)
app.command()(status.status)
app.command()(doctor.doctor)
app.command()(export_plan.export_plan)
app.command()(logs.logs)
app.command()(logs.history)
app.command()(config_way.flows)
app.command("export")(transfer.export_configuration)
app.command("import")(transfer.import_configuration)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(uninstall.uninstall)
app.add_typer(access.users, name="user")
app.add_typer(access.tokens, name="token")
app.add_typer(certificate.certificates, name="certificate")


@app.command()
def migrate(context: typer.Context) -> None:
    """Create or upgrade config.db. Run this before worker and panel start."""
    from app.store.migrate import migrate as run_migrations  # noqa: PLC0415 - Alembic takes a second to load

    run_migrations(workspace_of(context).home.config_db)


@app.command()
def worker() -> None:
    """Run the worker: it applies configuration and failover to the kernel, and listens on no network."""
    # -P: a directory that happens to be called `app` where root stands right now is not ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "app.worker"])  # noqa: S606 - a process without Typer and ORM


@app.command()
def panel(
    listen: Annotated[
        list[str] | None,
        typer.Argument(metavar="[HOST:PORT]...", help="where to listen; default: everywhere, at the configured port"),
    ] = None,
) -> None:
    """Run the HTTPS panel on sockets from systemd or on the given addresses."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "app.web", *(listen or ())])  # noqa: S606 - without the console


def run(words: Sequence[str] | None = None) -> int:
    """Run `multihome` and give back its exit status: 0, or 2 for an error."""
    return run_app(app, "multihome", words)


if __name__ == "__main__":
    sys.exit(run())
