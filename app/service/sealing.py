"""Documents under a passphrase. The work is done by a process of its own, one at a time (sealing_work says why)."""

import subprocess
import sys
import threading
from typing import Final, Literal

from app.errors import FieldError, InvalidConfig

MAGIC: Final = b"multihome backup 1\n"
NO_BACKUP: Final = "this is not a Multihome backup, or a newer version created it"
# A small router makes a key in some seconds.
_PATIENCE_S: Final = 60
_turn = threading.Lock()


def sealed(document: bytes, passphrase: str) -> bytes:
    """The document, sealed under the passphrase. Raises InvalidConfig."""
    return _worked("seal", document, passphrase)


def require_sealed(document: bytes) -> None:
    """Raise InvalidConfig for what is no backup at all: that shows without a passphrase."""
    if not document.startswith(MAGIC):
        raise InvalidConfig(FieldError("", NO_BACKUP))


def opened(document: bytes, passphrase: str) -> bytes:
    """The document that was sealed. Raises InvalidConfig: another passphrase, a damaged file, or no backup at all."""
    return _worked("open", document, passphrase)


def _worked(verb: Literal["seal", "open"], document: bytes, passphrase: str) -> bytes:
    if not passphrase or not passphrase.isprintable():
        raise InvalidConfig(FieldError("passphrase", "a passphrase needs at least one character and no invisible ones"))
    # The passphrase goes through a pipe: the words of a process can be read by everybody on the machine.
    given = b"\n".join((verb.encode(), passphrase.encode(), document))
    with _turn:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "app.service.sealing_work"],
                input=given,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InvalidConfig(FieldError("", f"the process that encrypts backups failed: {error}")) from error
    if done.returncode == 1:
        raise InvalidConfig(FieldError("passphrase" if verb == "open" else "", done.stderr.decode(errors="replace")))
    if done.returncode:
        raise InvalidConfig(FieldError("", f"the process that encrypts backups ended with status {done.returncode}"))
    return done.stdout
