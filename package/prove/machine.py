"""A Debian machine of the proof's own: a root made by debootstrap, booted by systemd-nspawn inside a network namespace.

Its network is that namespace alone, so it cannot fetch anything: what the package depends on is laid into apt's cache
before it boots, from wherever this machine's own apt gets it.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.waiting import wait_until

RELEASE: Final = "bookworm"
_BOOT_LIMIT_S: Final = 120.0
_COMMAND_LIMIT_S: Final = 300.0
_PLAIN: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
}
# What every fresh server has and is of use here; nothing that only Multihome's own dependencies would bring.
_FRESH: Final = "systemd,systemd-sysv,dbus,udev,iproute2"


class ProofFailed(Exception):
    """Something is not as the package promises; the message says what."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A booted machine; `leader` is its init as seen from here."""

    root: Path
    leader: int

    def run(self, *argv: str, check: bool = True, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in it as root, to its end. Raises ProofFailed if it fails and `check`."""
        command = ["nsenter", f"--target={self.leader}", "--all", "--", *argv]
        done = subprocess.run(
            command, env=_PLAIN, input=stdin, capture_output=True, text=True, timeout=_COMMAND_LIMIT_S, check=False
        )
        if check and done.returncode:
            raise ProofFailed(f"{' '.join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def said(self, *argv: str, stdin: str = "") -> str:
        """What a command prints, which has to succeed."""
        return self.run(*argv, stdin=stdin).stdout.strip()

    def property(self, unit: str, name: str) -> str:
        """What systemd knows of a unit."""
        return self.said("systemctl", "show", "--value", f"--property={name}", unit)


def base(directory: Path) -> Path:
    """A fresh Debian root, made once; about a minute."""
    root = directory / "base"
    if (root / "complete").exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    sources = _apt_sources()
    command = ["debootstrap", "--variant=minbase", f"--include={_FRESH}", RELEASE, str(root), sources[0].split()[1]]
    with (directory / "debootstrap.log").open("w") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log, timeout=1200)
    (root / "etc/apt/sources.list").write_text("".join(f"{line}\n" for line in sources))
    (root / "complete").touch()
    return root


def _apt_sources() -> list[str]:
    """Where this machine's apt gets Debian from, the release itself first."""
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)"
    words = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    listed = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    found = {
        f"deb {uri} {release} {component}"
        for uri, release, component, origin in (line.split(maxsplit=3) for line in listed)
        if origin == "Debian" and release.startswith(RELEASE)
    }
    if not found:
        raise ProofFailed(f"this machine's apt knows no Debian {RELEASE} (apt-get update?)")
    return sorted(found, key=lambda line: (line.split()[2] != RELEASE, line))


def fresh(directory: Path, package: Path) -> Path:
    """A root that nobody has used, with what the package depends on in apt's cache, and nothing of it installed."""
    root = directory / "root"
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "-a", str(base(directory)), str(root)], check=True)
    shutil.copy(package, root / "root")
    (root / "etc/machine-id").write_text("")
    (root / "etc/hostname").write_text("router\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.1.1 router\n")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    for words in (["update"], ["install", "--yes", "--download-only", f"/root/{package.name}"]):
        command = ["chroot", str(root), "apt-get", "-qq", *words]
        done = subprocess.run(command, env=_PLAIN, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            raise ProofFailed(f"apt-get {' '.join(words)}: {done.stderr}")
    return root


@contextmanager
def booted(root: Path, namespace: str) -> Iterator[Machine]:
    """The machine on that root, with that network, running until the end of the block."""
    command = [
        *("systemd-nspawn", "--quiet", "--keep-unit", "--register=no", "--boot", "--link-journal=no"),
        *("--directory", str(root), f"--network-namespace-path=/run/netns/{namespace}"),
        *("--capability=CAP_NET_ADMIN,CAP_NET_RAW", "--resolv-conf=off", "--timezone=off", "--console=pipe"),
    ]
    # The settings of a network that it did not make itself it would else mount read-only.
    env = {**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"}
    with (root.parent / "console.log").open("w") as log:
        container = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        leader = wait_until(lambda: _init_of(container), "the machine boots", _BOOT_LIMIT_S)
        machine = Machine(root, leader)
        wait_until(lambda: _is_up(machine), "systemd has started everything", _BOOT_LIMIT_S)
        yield machine
    finally:
        _shut_down(container)


def _init_of(container: subprocess.Popen[bytes]) -> int:
    """Its init's process id here; 0 as long as there is none."""
    if container.poll() is not None:
        raise ProofFailed(f"systemd-nspawn ended with {container.returncode}")
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children").read_text().split()
    names = {int(one): Path(f"/proc/{one}/comm").read_text().strip() for one in children}
    return next((one for one, name in names.items() if name == "systemd"), 0)


def _is_up(machine: Machine) -> bool:
    return machine.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")


def _shut_down(container: subprocess.Popen[bytes]) -> None:
    """Power it off as a person would; pull the plug if that takes too long."""
    container.send_signal(signal.SIGTERM)
    try:
        container.wait(30)
    except subprocess.TimeoutExpired:
        container.kill()
        container.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(container.pid, signal.SIGKILL)
        print("the machine did not shut down by itself", file=sys.stderr)
