"""Starts programs inside a lab's machines: as root or as one of the router's unprivileged ids."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from lab import namespaces, registry, stage
from lab.namespaces import namespace

_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Programs of a lab inherit nothing from the shell that started it.
_PLAIN_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "HOME": "/", "PYTHONUNBUFFERED": "1"}

Stream = int | IO[bytes] | None


@dataclass(frozen=True, slots=True)
class Identity:
    """The user and group ids of a process, and the only capabilities that it can ever have (names as in setpriv(1))."""

    uid: int
    gid: int
    capabilities: tuple[str, ...] = ()

    def command(self, argv: Sequence[str]) -> list[str]:
        """`argv` wrapped so that it runs as this identity and cannot gain more privileges."""
        wanted = ",".join(["-all", *(f"+{name}" for name in self.capabilities)])
        return [
            "setpriv",
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            f"--inh-caps={wanted}",
            f"--ambient-caps={wanted}",
            f"--bounding-set={wanted}",
            "--no-new-privs",
            "--",
            *argv,
        ]


def plain_environment(lab: str) -> dict[str, str]:
    """The basic environment of a process of lab `lab`."""
    return {**_PLAIN_ENVIRONMENT, **environment(lab)}


def environment(lab: str) -> dict[str, str]:
    """The environment of a process of lab `lab`; commands of this installation come first."""
    return {
        "PATH": f"{sys.prefix}/bin:{_SYSTEM_PATH}",
        "MULTIHOME_HOME": str(registry.home(lab)),
        "MULTIHOME_LAB": lab,
        # These variables refer to this host; a user of a machine in the lab works at that machine.
        "SSH_CONNECTION": "",
    }


def start(
    lab: str,
    machine: str,
    argv: Sequence[str],
    *,
    identity: Identity | None = None,
    group: int | None = None,
    env: Mapping[str, str] | None = None,
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = None,
    stderr: Stream = None,
    cwd: Path | None = None,
    umask: int = -1,
    own_session: bool = True,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `argv` inside `machine`, as root or as `identity`.

    `own_session`: a terminal's Ctrl-C does not reach it. `group`: the group of files that it creates.
    """
    command = identity.command(argv) if identity else list(argv)

    def spawn() -> subprocess.Popen[bytes]:
        resolv_conf = registry.directory(lab) / "resolv.conf"
        stage.prepare(machine, resolv_conf, unprivileged=identity is not None)
        return subprocess.Popen(
            command,
            env=env if env is not None else plain_environment(lab),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            umask=umask,
            group=group,
            start_new_session=own_session,
            pass_fds=pass_fds,
        )

    return namespaces.inside(namespace(lab, machine), spawn)


def service(lab: str, machine: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start one of the lab's own programs and return when it reports that it is ready.

    The program writes a line to the descriptor in its last argument. Its output goes to a log.
    """
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as ready, log(lab, module.rpartition(".")[2]) as output:
        try:
            child = start(
                lab,
                machine,
                [sys.executable, "-m", module, *arguments, str(theirs)],
                stdout=output,
                stderr=output,
                cwd=stage.CODE,
                pass_fds=(theirs,),
            )
        finally:
            os.close(theirs)
        ready.readline()  # or end of file if it died: then the lab is found broken later
    return child


def log(lab: str, name: str) -> IO[bytes]:
    """The log of process `name`, opened for appending. Readable by root only: the panel logs its setup token there."""
    path = registry.directory(lab) / f"{name}.log"
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
