"""What is written down costs little: routers boot from SD cards, which are worn out by writing."""

from datetime import timedelta
from pathlib import Path

from app.model.events.event import LoggedEvent
from app.model.verdict import State, Verdict
from app.store.state import StateWriter
from app.store.state_schema import Sample
from app.worker.history import ROLL_UP_EVERY_S, SAMPLE_EVERY_S, WRITE_EVERY_S
from tests.legs import in_ipv4, ipv4
from tests.store.databases import AT

BLOCK = 4096
# What a file system adds to each write: inodes and journal of two files, as ext4 was seen to do and some more.
FILE_SYSTEM_BYTES = 24_000
HOUR_S = 3600
BUDGET_BYTES = 2_000_000


def test_an_hour_of_two_gateways_writes_less_than_2_mb(tmp_path: Path) -> None:
    """A day of samples is there, so that old ones go as on a router that has run for long; events now and then."""
    path, day_s = tmp_path / "state.db", 25 * HOUR_S
    writer = StateWriter(path)
    writer.add_samples(sample(number, s) for s in range(0, day_s, int(SAMPLE_EVERY_S)) for number in (1, 2))
    disk = Disk(path)
    verdict = Verdict(state=State.UP, reason="answers", since=AT)
    for second in range(day_s, day_s + HOUR_S, 60):
        at = AT + timedelta(seconds=second)
        if second % WRITE_EVERY_S == 0:
            with writer.batch():
                writer.write_verdicts(in_ipv4({1: verdict, 2: verdict}), "b" * 36, at)
                steps = range(second - int(WRITE_EVERY_S), second, int(SAMPLE_EVERY_S))
                writer.add_samples(sample(number, s) for s in steps for number in (1, 2))
            disk.look()
        if second % ROLL_UP_EVERY_S == 0:
            writer.roll_up(at)
            disk.look()
        if second % 600 == 0:
            writer.add_events([LoggedEvent(at=at, kind="verdict", text="ISP 1 is down: no carrier on eth1")])
            disk.look()
    writer.close()
    print(f"{disk.writes} writes, {disk.written / 1e6:.2f} MB in an hour")
    assert 15 < disk.writes < 30
    assert 100_000 < disk.written < BUDGET_BYTES


def sample(number: int, second: int) -> Sample:
    return Sample(ipv4(number), AT + timedelta(seconds=second), 9.7 + second % 3, 0.0, 1.2e6 + second, 3e5)


class Disk:
    """What reaches the disk if whatever differs between two looks is written there, block by block."""

    def __init__(self, path: Path) -> None:
        self._files = [path, path.with_name("state.db-wal"), path.with_name("state.db-shm")]
        self._before = self._blocks()
        self.written = self.writes = 0

    def look(self) -> None:
        now = self._blocks()
        changed = sum(1 for place, block in now.items() if self._before.get(place) != block)
        self._before = now
        self.written += changed * BLOCK + FILE_SYSTEM_BYTES
        self.writes += 1

    def _blocks(self) -> dict[tuple[str, int], bytes]:
        found: dict[tuple[str, int], bytes] = {}
        for file in self._files:
            content = file.read_bytes()
            found |= {(file.name, at): content[at : at + BLOCK] for at in range(0, len(content), BLOCK)}
        return found
