"""What changes in the balancer's addresses, routes and rules, and when: the kernel's own words, by `ip monitor`."""

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lab.clocks import monotonic_less_wall_ns
from lab.lab import Lab
from lab.waiting import wait_until

_LINE = re.compile(r"\[(?P<at>[0-9T:.-]+)\] *(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One change; `at_ns` on the monotonic clock."""

    at_ns: int
    text: str


class Journal:
    """The changes since it was opened, oldest first."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child
        self._entries: list[Entry] = []
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    @property
    def entries(self) -> list[Entry]:
        """Those so far."""
        return list(self._entries)

    def wait_for(self, wanted: Callable[[str], bool], what: str, *, since_ns: int = 0, limit_s: float = 45) -> Entry:
        """The first entry from `since_ns` on that is wanted."""

        def found() -> Entry | None:
            return next((one for one in self.entries if one.at_ns >= since_ns and wanted(one.text)), None)

        entry = wait_until(found, what, limit_s)
        assert entry is not None
        return entry

    def close(self) -> None:
        """Write no more."""
        self._child.terminate()
        self._reader.join()
        self._child.communicate()

    def _listen(self) -> None:
        wall_less_monotonic = -monotonic_less_wall_ns()
        for line in self._child.stdout or ():
            match = _LINE.match(line.decode())
            if match:
                at = datetime.fromisoformat(match["at"]).astimezone(UTC)
                self._entries.append(Entry(round(at.timestamp() * 1e9) - wall_less_monotonic, match["text"]))


@contextmanager
def journal(lab: Lab) -> Iterator[Journal]:
    """A journal of the balancer, from now on."""
    argv = ["ip", "-ts", "-4", "-o", "monitor", "address", "route", "rule"]
    child = lab.spawn("balancer", argv)
    written = Journal(child)
    try:
        wait_until(lambda: _listens(child.pid), "ip monitor listens")
        yield written
    finally:
        written.close()


def _listens(pid: int) -> bool:
    """Whether this process has a netlink socket that is a member of a group (netlink(7), /proc/net/netlink)."""
    rows = [line.split() for line in Path(f"/proc/{pid}/net/netlink").read_text().splitlines()[1:]]
    return any(int(row[2]) == pid and int(row[3], 16) for row in rows)
