"""Runs iproute2 and nftables, the programs that build the lab, inside a namespace or outside."""

import subprocess
from collections.abc import Sequence

from lab import namespaces
from lab.errors import CommandFailed


def run(argv: Sequence[str], *, stdin: str = "", where: str | None = None) -> str:
    """The standard output of `argv`, run in namespace `where` (None: the caller's).

    Raises CommandFailed with the program's last output.
    """

    def attempt() -> subprocess.CompletedProcess[str]:
        # In a session of its own: a terminal's Ctrl-C is for the lab and must not interrupt one of its steps.
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, start_new_session=True)

    done = attempt() if where is None else namespaces.inside(where, attempt)
    if done.returncode != 0:
        words = done.stderr.strip() or f"exit status {done.returncode}"
        msg = f"{' '.join(argv)}: {words}"
        raise CommandFailed(msg)
    return done.stdout


def ip_batch(lines: Sequence[str], *, where: str | None = None) -> None:
    """Run `ip` commands, one per line, in one process; stops at the first that fails."""
    run(["ip", "-batch", "-"], stdin="\n".join(lines) + "\n", where=where)


def nft(script: str, *, where: str) -> None:
    """Apply an nftables script as one transaction."""
    run(["nft", "-f", "-"], stdin=script, where=where)
