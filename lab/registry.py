"""The data of a lab between two commands, in /run/multihome-lab/NAME.

    lab.json        the options it was built with, and its processes
    lock            (beside the directory, NAME.lock) held while a lab is built or removed
    traffic.json    measurements of the office behind `host`, see `inside.office`
    resolv.conf     /etc/resolv.conf of the machines
    *.log           output of its processes
    home/           MULTIHOME_HOME of the router in the lab
    control.sock    the socket for the Simulation page, see `control`
    CABLE.relay     the process that delays the frames of a cable, see `relays`

The kernel holds the state of namespaces and cables; none of it is repeated here.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from lab.processes import Process

ROOT: Final = Path("/run/multihome-lab")


# Where the panel of a lab listens on this host, unless the user chooses another port.
PANEL_PORT: Final = 8443


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a lab. `port`: the panel's port on the host's loopback. Not `panel`: without a panel.

    `export`: the exported configuration to rehearse; empty: the paper's network.
    """

    isps: int = 2
    port: int = PANEL_PORT
    blank: bool = False
    bare: bool = False
    quiet: bool = False
    panel: bool = True
    export: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one lab.

    `owner`: the process that keeps the lab up (a foreground lab, a test run); None for a lab in the background.
    `processes`: the lab's own. `router`: those of Multihome in it, which do not decide whether the lab works.
    """

    name: str
    options: Options
    boot: str
    ready: bool = False
    owner: Process | None = None
    processes: tuple[Process, ...] = ()
    router: tuple[Process, ...] = ()

    @property
    def works(self) -> bool:
        """Whether it was built completely in this boot, and all its own processes run."""
        needed = self.processes if self.owner is None else (*self.processes, self.owner)
        return self.ready and self.boot == boot_id() and all(process.alive for process in needed)

    def with_router(self, process: Process) -> "Record":
        """This record, with the router's process of that role replaced by `process`."""
        others = tuple(other for other in self.router if other.role != process.role)
        return replace(self, router=(*others, process))


def boot_id() -> str:
    """The id of this boot: process ids of another boot are meaningless."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def directory(name: str) -> Path:
    """The lab's own directory."""
    return ROOT / name


def home(name: str) -> Path:
    """The state directory of the router in the lab (MULTIHOME_HOME)."""
    return directory(name) / "home"


def control_socket(name: str) -> Path:
    """The lab's control socket (MULTIHOME_LAB_SOCKET)."""
    return directory(name) / "control.sock"


def names() -> set[str]:
    """Names of all labs that have a directory."""
    return {path.name for path in ROOT.iterdir() if path.is_dir()} if ROOT.is_dir() else set()


def read(name: str) -> Record | None:
    """The record of lab `name`; None if there is none, or if another version wrote it."""
    try:
        page = json.loads((directory(name) / "lab.json").read_text())
        return Record(
            name=page["name"],
            options=Options(**page["options"]),
            boot=page["boot"],
            ready=page["ready"],
            owner=Process(**page["owner"]) if page["owner"] else None,
            processes=tuple(Process(**each) for each in page["processes"]),
            router=tuple(Process(**each) for each in page["router"]),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write(record: Record) -> None:
    """Replace the record atomically: a reader sees the old one or the new one."""
    path = directory(record.name) / "lab.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(record), indent=1))
    draft.replace(path)


def create(name: str) -> Path:
    """Create an empty directory for lab `name`, readable by all, because the router's unprivileged users pass through
    it.
    """
    path = directory(name)
    path.mkdir()
    path.chmod(0o755)
    return path


def remove(name: str) -> None:
    """Delete the lab's directory with its content."""
    shutil.rmtree(directory(name), ignore_errors=True)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock for building or removing lab `name`; waits until it is free."""
    path = ROOT / f"{name}.lock"
    while (descriptor := _lock(path)) is None:
        pass
    try:
        yield
    finally:
        path.unlink()
        os.close(descriptor)
        with suppress(OSError):  # it has the directory of another lab
            ROOT.rmdir()


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock; None if the file was deleted while waiting: try again."""
    try:
        ROOT.mkdir(exist_ok=True)
        ROOT.chmod(0o755)  # independent of the caller's umask: the router's users pass through it
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None  # the directory has just been removed
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    # The previous holder deletes its file: then this descriptor refers to a file that nobody else can open.
    with suppress(FileNotFoundError):
        if os.path.samestat(path.stat(), os.fstat(descriptor)):
            return descriptor
    os.close(descriptor)
    return None
