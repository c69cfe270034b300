"""Where the state lives: one directory, two databases and the worker's socket, under names that never change."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VARIABLE: Final = "MULTIHOME_HOME"
DEFAULT: Final = Path("/var/lib/multihome")


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """The directory that holds everything Multihome remembers.

    It is 2770 and belongs to the group `multihome`: worker and panel are different users and both write here.
    """

    path: Path

    @property
    def config_db(self) -> Path:
        """The configuration, users and audit: written through the service layer alone."""
        return self.path / "config.db"

    @property
    def state_db(self) -> Path:
        """What was observed: written by the worker alone."""
        return self.path / "state.db"

    @property
    def worker_sock(self) -> Path:
        """Where the worker answers."""
        return self.path / "worker.sock"

    @property
    def worker_lock(self) -> Path:
        """What the worker holds while it runs, so that there is one."""
        return self.path / "worker.lock"


def state_directory(environment: Mapping[str, str] = os.environ) -> StateDirectory:
    """The directory that MULTIHOME_HOME names, else /var/lib/multihome; it need not exist."""
    return StateDirectory(Path(environment.get(VARIABLE) or DEFAULT).absolute())
