"""Reads the current state of the gateways from the worker, and the last recorded one from state.db."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from app.cli.console import Workspace
from app.errors import StoreUnavailable, WorkerSilent
from app.health.adoption import BELIEVED_S
from app.model.facts import Facts
from app.model.leg import LegId
from app.model.status import Status
from app.model.verdict import Verdict
from app.service.worker_client import worker_status
from app.store.history import StoredVerdict, read_verdicts

# As long as a restarted worker itself believes what it wrote down (DESIGN.md, Health).
_BELIEVED: Final = timedelta(seconds=BELIEVED_S)
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

SILENT: Final = "the worker does not reply"


@dataclass(frozen=True, slots=True)
class Observed:
    """Facts of the machine, and verdicts on legs; one that is missing is not known. `standby`: those not needed."""

    facts: Facts
    verdicts: Mapping[LegId, Verdict] = field(default_factory=dict)
    standby: frozenset[LegId] = frozenset()


def observed(workspace: Workspace) -> Observed:
    """Ask the worker; when it is silent, say so on stderr: then no verdict is known, whatever was written down."""
    return _observed(workspace, {})


def expected(workspace: Workspace) -> Observed:
    """As `observed`, for what is only planned: with the verdicts that a worker which starts now would believe."""
    return _observed(workspace, {one.leg: one.verdict for one in written_verdicts(workspace.home.state_db)})


def _observed(workspace: Workspace, believed: Mapping[LegId, Verdict]) -> Observed:
    status = ask_worker(workspace)
    if status is None:
        print(f"{SILENT}: what follows is configured, not observed", file=sys.stderr)
        return Observed(workspace.facts(), believed)
    standby = frozenset(one.leg for one in status.gateways if one.standby)
    return Observed(status.facts if status.facts.links else workspace.facts(), status.verdicts(), standby)


def ask_worker(workspace: Workspace) -> Status | None:
    """The worker's status, or None while it is silent."""
    try:
        return worker_status(workspace.home.worker_sock)
    except WorkerSilent:
        return None


def written_verdicts(path: Path) -> tuple[StoredVerdict, ...]:
    """The verdicts that the worker wrote down, if they are of this boot and fresh enough to be believed."""
    try:
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
        stored = read_verdicts(path)
    except (StoreUnavailable, OSError):
        return ()
    oldest = datetime.now(UTC) - _BELIEVED
    return tuple(one for one in stored if one.boot_id == boot_id and one.at >= oldest)
