"""`multihome doctor`: problems of this machine and their remedies."""

import os
import sys
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.cli.console import Workspace, end, printable, workspace_of
from app.errors import FieldError, InvalidConfig, WorkerSilent
from app.model.finding import Finding, Severity
from app.service.worker_client import examination, worker_runs, worker_status

_WARNINGS, _PROBLEMS = 1, 2


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what on this machine would stop or disturb Multihome, and what to do. It changes nothing.

    The exit status is 0 when all is well (also with notes), 1 when there are warnings, and 2 when there are problems.
    Root examines the machine itself; everybody else of the group multihome asks the worker to.

    \b
    Examples:
        multihome doctor
        multihome doctor --json
    """
    workspace = workspace_of(context)
    found = _examined(workspace) if os.geteuid() == 0 else _asked(workspace)
    if as_json:
        print(TypeAdapter(tuple[Finding, ...]).dump_json(found, indent=2).decode())
    elif not found:
        print("no problems found")
    else:
        for one in found:
            print(printable(f"{one.severity.value}: {one.text}"))
            print(printable(f"    {one.remedy}"))
    severities = {one.severity for one in found} - {Severity.NOTE}
    if severities:
        end(_PROBLEMS if Severity.PROBLEM in severities else _WARNINGS)


def _examined(workspace: Workspace) -> tuple[Finding, ...]:
    from app.diagnosis.examine import examined  # noqa: PLC0415 - no other command looks at so much
    from app.diagnosis.machine import Worker  # noqa: PLC0415
    from app.survey.machine import survey  # noqa: PLC0415

    try:
        refused = worker_status(workspace.home.worker_sock).rejected
    except WorkerSilent:
        worker = Worker(runs=worker_runs(workspace.home.worker_sock), answers=False)
    else:
        worker = Worker(runs=True, answers=True, refused=refused)
    machine = survey(workspace.home, worker)
    for one in machine.unseen:
        print(f"not examined: {one}", file=sys.stderr)
    return examined(machine)


def _asked(workspace: Workspace) -> tuple[Finding, ...]:
    try:
        return examination(workspace.home.worker_sock)
    except WorkerSilent as error:
        raise InvalidConfig(FieldError("", f"run as root to examine this machine directly; {error}")) from error
