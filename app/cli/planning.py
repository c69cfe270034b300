"""`--plan`: shows what a command would change, without changing it; and `--force`."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final

import typer

from app.cli.console import Workspace, printable, require_way_back, workspace_of
from app.cli.observed import expected
from app.cli.terminal import terminal
from app.model.config import Config
from app.model.consistency import require_consistent
from app.model.facts import Facts
from app.paths import StateDirectory
from app.service.check_trials import tried
from app.service.possible import require_possible
from app.service.preview import Preview, preview
from app.store.reader import Revision


class PlanWorkspace:
    """A workspace on which a change is only shown."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.force = False

    @property
    def home(self) -> StateDirectory:
        """The state directory."""
        return self._workspace.home

    def head(self) -> Revision:
        """The configuration that the command starts from."""
        return self._workspace.head()

    def facts(self) -> Facts:
        """This machine, as observed once for this command."""
        return self._workspace.facts()

    def change(self, edit: Callable[[Config], Config], note: str = "") -> None:  # noqa: ARG002 - nothing is saved
        """Show what the change would do, as strictly judged as a save. Raises InvalidConfig."""
        before = self.head().config
        show(planned(self._workspace, before, edit(before)))

    def tell(self, line: str) -> None:
        """Nothing is saved yet."""


def planned(workspace: Workspace, before: Config, after: Config) -> Preview:
    """What this change would do to this machine. Raises InvalidConfig where it cannot be."""
    require_consistent(after, before)
    require_possible(after, before, workspace.facts())
    require_way_back(before, after, workspace.facts(), terminal(os.environ))
    seen = expected(workspace)
    found = preview(before, after, seen.facts, seen.verdicts, terminal(os.environ).own)
    return replace(found, answers=tried(before, after, workspace.home.worker_sock))


def show(found: Preview) -> None:
    """Print a preview: the sentence, what changes, and in the kernel."""
    print(printable(found.sentence))
    for change in found.fields:
        print(printable(f"  {change}"))
    for line in found.changes:
        print(printable(f"  {line}"))
    for line in found.pending:
        print(printable(f"pending: {line}"))
    for line in found.warnings:
        print(printable(f"careful: {line}"))


def _plan(context: typer.Context, value: bool) -> bool:
    if value and context.obj is not None:
        context.obj = PlanWorkspace(workspace_of(context))
    return value


def _force(context: typer.Context, value: bool) -> bool:
    if value and context.obj is not None:
        workspace_of(context).force = True
    return value


FORCE_HELP: Final = "Save health checks even if they take a working ISP down."
Force = Annotated[bool, typer.Option("--force", callback=_force, help=FORCE_HELP)]
Plan = Annotated[bool, typer.Option("--plan", callback=_plan, help="Show what would change, without changing it.")]
