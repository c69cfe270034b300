"""Where log lines go: to the journal with fields of their own when stderr is the journal, else to stderr as text.

The journal's native protocol (systemd, docs/JOURNAL_NATIVE_PROTOCOL.md) is a datagram of `FIELD=value` lines, so no
library is needed. `journalctl GATEWAY=2` then shows what was said about gateway 2, and nothing of that is in the text.
"""

import logging
import os
import socket
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SOCKET: Final = Path("/run/systemd/journal/socket")
# What a line may say besides its text: `log.info(…, extra={FIELDS: {"GATEWAY": 2}})`.
FIELDS: Final = "fields"
# Of what somebody else could make long: a datagram holds 200 KB, people read less.
_LONGEST: Final = 8_000

# syslog(3): what the journal and the prefixes of sd-daemon(3) count in.
_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def log_to(stream: Mapping[str, str], identifier: str, level: int) -> None:
    """Log from `level` on, as `identifier`. `stream` is the environment, in which systemd says what stderr is."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    if is_journal(stream):
        handler = JournalHandler(SOCKET, identifier)
    logging.basicConfig(level=level, handlers=[handler], force=True)


def is_journal(environment: Mapping[str, str]) -> bool:
    """Whether stderr is a stream of the journal: systemd names it by device and inode (JOURNAL_STREAM)."""
    try:
        found = os.fstat(2)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class JournalHandler(logging.Handler):
    """Sends each line as one datagram; where that fails, as text with its priority (sd-daemon(3)) to stderr."""

    def __init__(self, path: Path, identifier: str) -> None:
        super().__init__()
        self._path = str(path)
        self._identifier = identifier
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line. A journal that does not read makes nobody wait."""
        message, priority = self.format(record)[:_LONGEST], _priority(record.levelno)
        fields = {
            "MESSAGE": message,
            "PRIORITY": priority,
            "SYSLOG_IDENTIFIER": self._identifier,
            "LOGGER": record.name,
            **record.__dict__.get(FIELDS, {}),
        }
        try:
            self._socket.sendto(datagram(fields), self._path)
        except OSError:
            sys.stderr.writelines(f"<{priority}>{line}\n" for line in message.splitlines())

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()
        super().close()


def datagram(fields: Mapping[str, object]) -> bytes:
    """The fields as the journal reads them; one that is None is left out. A value of several lines says its length."""
    return b"".join(_field(name, str(value)) for name, value in fields.items() if value is not None)


def _field(name: str, value: str) -> bytes:
    encoded = value.encode(errors="replace")
    if b"\n" not in encoded:
        return name.encode() + b"=" + encoded + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(encoded)) + encoded + b"\n"


def _priority(level: int) -> int:
    return next((priority for least, priority in _PRIORITIES if level >= least), 7)
