"""`multihome`: everything but the configuration, which is `config`'s."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from app.cli import access, backup, certificate, doctor, export_plan, logs, status, supervise, transfer, uninstall
from app.cli.console import run_app, workspace_of

app = typer.Typer(
    rich_markup_mode=None,
    help="""Run and watch a router with several ISPs. The configuration is `config`'s: see `config --help`.

    \b
    Examples:
        multihome run            make the databases and run the router, until Ctrl-C
        multihome status         is the Internet working, which ISP is not, and why
        multihome doctor         what on this machine would stop or disturb it, and what to do
        multihome logs           what happened; multihome history: how each ISP was, hour by hour
        multihome export-plan    what the kernel should hold, in the words of ip and nft
        multihome export FILE    the configuration as one document; import brings it back
        multihome backup FILE    everything, with users and certificate, under a passphrase; restore brings it back
        multihome user reset-password NAME      for whoever has forgotten it
        multihome certificate install CHAIN KEY      a certificate of one's own for the panel
    """,
)
app.command("run")(supervise.run)
app.command()(status.status)
app.command()(doctor.doctor)
app.command()(export_plan.export_plan)
app.command()(logs.logs)
app.command()(logs.history)
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
    """Make config.db, or bring it to this program's version. To be run before worker and panel start."""
    from app.store.migrate import migrate as run_migrations  # noqa: PLC0415 - Alembic takes a second to load

    run_migrations(workspace_of(context).home.config_db)


@app.command()
def worker() -> None:
    """Run the worker: it keeps the kernel as the configuration and the checks ask for, and listens on no network."""
    # -P: a directory that happens to be called `app` where root stands right now is not ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "app.worker"])  # noqa: S606 - a process without Typer and ORM


@app.command()
def panel(
    listen: Annotated[
        list[str] | None,
        typer.Argument(metavar="[HOST:PORT]...", help="where to listen; default: everywhere, at the configured port"),
    ] = None,
) -> None:
    """Run the HTTPS panel, on sockets that systemd hands over or on those named here."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "app.web", *(listen or ())])  # noqa: S606 - without the console


def run(words: Sequence[str] | None = None) -> int:
    """Run `multihome` and give back its exit status: 0, or 2 for an error."""
    return run_app(app, "multihome", words)


if __name__ == "__main__":
    sys.exit(run())
