"""Whoever started a process and listens to what it says of itself, as systemd does."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.systemd import Supervisor


@dataclass
class Listener:
    """A notification socket; `said` is what has come so far."""

    line: socket.socket
    path: Path
    said: list[str] = field(default_factory=list)

    def hears(self, word: str) -> bool:
        """Whether this word was said by now."""
        return word in self.heard()

    def heard(self) -> list[str]:
        """All words up to now."""
        while True:
            try:
                self.said += self.line.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self.said

    def environment(self, watchdog_us: str = "") -> dict[str, str]:
        """What a process finds in its environment."""
        return {"NOTIFY_SOCKET": str(self.path), **({"WATCHDOG_USEC": watchdog_us} if watchdog_us else {})}

    def supervisor(self, watchdog_us: str = "") -> Supervisor:
        """The listener as a process sees it."""
        return Supervisor(self.environment(watchdog_us))


@contextmanager
def listening(directory: Path) -> Iterator[Listener]:
    """A supervisor that listens for as long as the block lasts."""
    path = directory / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
        line.bind(str(path))
        yield Listener(line, path)
