"""Login back-off: the wait of a source grows with each of its failed logins, and no other source waits."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from app.web.transport.addresses import source

FREE_FAILURES: Final = 3
LONGEST_WAIT_S: Final = 60.0
FORGOTTEN_AFTER_S: Final = 3600.0
MOST_SOURCES: Final = 4096


@dataclass(frozen=True, slots=True)
class _Record:
    failures: int
    last_s: float


class LoginBackoff:
    """Counts failures by source. `now_s` is monotonic; nothing is stored, and a restart hardly helps an
    attacker: passwords have 12 characters.

    Addresses with a successful login have a table of their own, so that unknown addresses cannot push them out. Each
    is a source of its own, so that in IPv6 a neighbor in the same /64 cannot make it wait.
    """

    def __init__(self) -> None:
        self._strangers: OrderedDict[str, _Record] = OrderedDict()
        self._known: OrderedDict[str, _Record | None] = OrderedDict()

    def source_of(self, address: str) -> str:
        """The source that logins from this address are counted for."""
        return address if address in self._known else source(address)

    def knows(self, origin: str) -> bool:
        """Whether this source has logged in successfully before."""
        return origin in self._known

    def remember(self, address: str) -> None:
        """Record a successful login from this address, and clear its failures."""
        self._strangers.pop(source(address), None)
        self._known[address] = None
        self._known.move_to_end(address)
        if len(self._known) > MOST_SOURCES:
            self._known.popitem(last=False)

    def failed(self, origin: str, now_s: float) -> None:
        """Record a failed login of a source."""
        record = self._record(origin, now_s)
        counted = _Record((record.failures if record else 0) + 1, now_s)
        if origin in self._known:
            self._known[origin] = counted
            return
        self._strangers[origin] = counted
        self._strangers.move_to_end(origin)
        if len(self._strangers) > MOST_SOURCES:
            self._strangers.popitem(last=False)

    def wait_s(self, origin: str, now_s: float) -> float:
        """Seconds until this source may try again; 0 for now."""
        record = self._record(origin, now_s)
        if record is None or record.failures <= FREE_FAILURES:
            return 0.0
        pause_s: float = min(LONGEST_WAIT_S, 2.0 ** (record.failures - FREE_FAILURES - 1))
        return max(0.0, record.last_s + pause_s - now_s)

    def _record(self, origin: str, now_s: float) -> _Record | None:
        record = self._known.get(origin) or self._strangers.get(origin)
        return None if record is None or now_s - record.last_s > FORGOTTEN_AFTER_S else record
