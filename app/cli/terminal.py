"""Detects whether the user sits at the machine or at a network connection that a change may cut.

SSH says so in SSH_CONNECTION. sudo, `sudo -i` and `su -` take it away from what they run (sudo's env_reset), so where
it is missing the processes above this one are asked. One that holds it empty says that the person sits at the machine:
that is how the lab, and a script that needs no net, say so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

VARIABLE: Final = "SSH_CONNECTION"
# By name, for whoever may not read their environment, and for those that set no such variable (telnet).
_FROM_AFAR: Final = frozenset(
    {"sshd", "sshd-session", "dropbear", "mosh-server", "tailscaled", "telnetd", "in.telnetd"}
)
_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Terminal:
    """`remote`: over the network. `client`: from which address; `own`, `port`: to which of ours. As far as is known."""

    remote: bool
    client: str = ""
    own: IPv4Address | None = None
    port: int | None = None


def terminal(environment: Mapping[str, str], proc: Path = _PROC) -> Terminal:
    """Where this process' terminal is, from its own environment or from those of the processes above it."""
    if VARIABLE in environment:
        return _named(environment[VARIABLE])
    for process in _above(proc):
        said = _variable(process)
        if said is not None:
            return _named(said)
        if _name_and_parent(process)[0] in _FROM_AFAR:
            return Terminal(remote=True)
    return Terminal(remote=False)


def _named(connection: str) -> Terminal:
    """What the variable says (sshd(8)): the client's address and port, then the server's."""
    words = connection.split()
    try:
        return Terminal(remote=True, client=words[0], own=IPv4Address(words[2]), port=int(words[3]))
    except (IndexError, ValueError):
        return Terminal(remote=bool(words), client=words[0] if words else "")


def _above(proc: Path) -> Iterator[Path]:
    """The processes that this one descends from, the nearest first, as far as they can be seen."""
    process = proc / "self"
    while (parent := _name_and_parent(process)[1]) > 0:
        process = proc / str(parent)
        yield process


def _variable(process: Path) -> str | None:
    """What the process was started with, or None: without it, or not ours to read."""
    try:
        started_with = (process / "environ").read_bytes()
    except OSError:
        return None
    name = f"{VARIABLE}=".encode()
    found = (one for one in started_with.split(b"\0") if one.startswith(name))
    return next((one.removeprefix(name).decode(errors="replace") for one in found), None)


def _name_and_parent(process: Path) -> tuple[str, int]:
    """Of proc(5)'s stat; the name may hold spaces and brackets. Nobody, with no parent, where it cannot be read."""
    try:
        before, _, after = (process / "stat").read_text(errors="replace").rpartition(")")
    except OSError:
        return "", 0
    return before.partition("(")[2], int(after.split()[1])
