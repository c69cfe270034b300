"""What is known about a lab between one command and the next, kept in /run/multihome-lab/NAME.

    lab.json        the options it was built with, and its processes
    lock            (beside the directory, NAME.lock) held while a lab is built or taken down
    traffic.json    what the office behind `host` measures, see `inside.office`
    resolv.conf     what machines of the lab find in /etc/resolv.conf
    *.log           output of its processes
    home/           MULTIHOME_HOME of the router in the lab
    control.sock    what the Simulation page talks to, see `control`
    CABLE.relay     the process that delays what passes a cable, see `relays`

The kernel is the truth about namespaces and cables; nothing of that is repeated here.
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


@dataclass(frozen=True, slots=True)
class Options:
    """How a lab was asked for. `port` is where the panel listens on the host's loopback; not `panel`: without one.

    `export`: the configuration that it rehearses, as exported; empty: it is the paper's network.
    """

    isps: int = 2
    port: int = 8443
    blank: bool = False
    bare: bool = False
    quiet: bool = False
    panel: bool = True
    export: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The registry's page about one lab.

    `owner` is the process that keeps the lab up (a foreground lab, a test run); None when it stands by itself.
    `processes` are the lab's own, `router` those of Multihome in it: only the former decide whether the lab works.
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
        """Whether it was built to the end, in this boot, and all its own processes live."""
        needed = self.processes if self.owner is None else (*self.processes, self.owner)
        return self.ready and self.boot == boot_id() and all(process.alive for process in needed)

    def with_router(self, process: Process) -> "Record":
        """This record with `process` in place of the router's process of the same role."""
        others = tuple(other for other in self.router if other.role != process.role)
        return replace(self, router=(*others, process))


def boot_id() -> str:
    """Identity of this boot: process ids of another one mean nothing."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def directory(name: str) -> Path:
    """The lab's own directory."""
    return ROOT / name


def home(name: str) -> Path:
    """State directory of the router in the lab (MULTIHOME_HOME)."""
    return directory(name) / "home"


def control_socket(name: str) -> Path:
    """Where the lab's control listens (MULTIHOME_LAB_SOCKET)."""
    return directory(name) / "control.sock"


def names() -> set[str]:
    """Names of all labs that have a directory."""
    return {path.name for path in ROOT.iterdir() if path.is_dir()} if ROOT.is_dir() else set()


def read(name: str) -> Record | None:
    """The record of lab `name`; None when there is none, or it was written by another version."""
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
    """Replace the record at once: a reader sees the old page or the new one."""
    path = directory(record.name) / "lab.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(record), indent=1))
    draft.replace(path)


def create(name: str) -> Path:
    """An empty directory for lab `name`, readable by all, as the router's unprivileged ids pass through it."""
    path = directory(name)
    path.mkdir()
    path.chmod(0o755)
    return path


def remove(name: str) -> None:
    """Delete the lab's directory with all in it."""
    shutil.rmtree(directory(name), ignore_errors=True)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Be the only one that builds or takes down lab `name`; waits for whoever does."""
    path = ROOT / f"{name}.lock"
    while (descriptor := _lock(path)) is None:
        pass
    try:
        yield
    finally:
        path.unlink()
        os.close(descriptor)
        with suppress(OSError):  # another lab is in there
            ROOT.rmdir()


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock; None when the file was deleted while waiting: try again."""
    try:
        ROOT.mkdir(exist_ok=True)
        ROOT.chmod(0o755)  # whatever the caller's umask: the router's ids pass through it
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None  # the directory went just now
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    # The holder before us deletes its file: then ours is one that nobody else will find.
    with suppress(FileNotFoundError):
        if os.path.samestat(path.stat(), os.fstat(descriptor)):
            return descriptor
    os.close(descriptor)
    return None
