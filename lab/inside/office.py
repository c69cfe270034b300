"""The office behind `host`: many short connections, one steady call, one long download, and their measurements.

All measurements are published in one JSON file twice a second.
"""

import asyncio
import json
import os
import random
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from lab.inside import echo, web
from lab.inside.connections import Pair, connect
from lab.topology import PLACES, isp_of

WINDOW_S: Final = 10.0
_CONNECTIONS_PER_S: Final = 20
_CONNECT_LIMIT_S: Final = 3.0
_CALL_PERIOD_S: Final = 0.01
# Less is jitter; from here on people hear it. A change of provider is always reported, even with a shorter gap.
_GAP_S: Final = 0.1
_PUBLISH_EVERY_S: Final = 0.5
_RETRY_S: Final = 0.2
# A download without data for this long is given up, as a browser's user would.
_STALLED_S: Final = 60.0


@dataclass(slots=True)
class Noticed:
    """The office's measurements. Times are seconds of the monotonic clock, ISPs are numbers, 0 is none."""

    at_s: float = 0.0
    connections_by_isp: dict[str, int] | None = None
    connections_failed: int = 0
    call_isp: int = 0
    call_answered_at_s: float = 0.0
    call_gap_ms: float = 0.0
    call_gap_at_s: float = 0.0
    download_isp: int = 0
    download_bytes: int = 0
    download_resets: int = 0
    download_connects: int = 0


class Office:
    """The running traffic of `clients`. Clients and places are drawn from `chance`."""

    def __init__(self, clients: Sequence[IPv4Address], chance: random.Random) -> None:
        self._clients = clients
        self._chance = chance
        self._noticed = Noticed()
        self._recent: deque[tuple[float, int]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def work(self, published: Path, ready: int) -> None:
        """Create traffic and publish its measurements, until ended."""
        self._publish(published)
        os.write(ready, b"ready\n")
        os.close(ready)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._connect_often())
            group.create_task(self._call())
            group.create_task(self._download())
            while True:
                await asyncio.sleep(_PUBLISH_EVERY_S)
                self._publish(published)

    def _pair(self) -> Pair:
        return Pair(self._chance.choice(self._clients), self._chance.choice(PLACES))

    async def _connect_often(self) -> None:
        while True:
            task = asyncio.create_task(self._connect_once())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(1 / _CONNECTIONS_PER_S)

    async def _connect_once(self) -> None:
        done = await connect(self._pair(), limit_s=_CONNECT_LIMIT_S)
        self._recent.append((time.monotonic(), done.isp or 0))

    async def _call(self) -> None:
        pair = self._pair()
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        line.bind((str(pair.client), 0))
        line.connect((str(pair.place), echo.PORT))
        asyncio.get_running_loop().add_reader(line, self._hear, line)
        while True:
            with suppress(OSError):  # no route now; the gap shows it
                line.send(b"hello")
            await asyncio.sleep(_CALL_PERIOD_S)

    def _hear(self, line: socket.socket) -> None:
        try:
            source, _, _ = echo.parse(line.recv(100))
        except (OSError, ValueError):
            return
        now_s = time.monotonic()
        noticed = self._noticed
        isp = isp_of(source) or 0
        gap_s = now_s - noticed.call_answered_at_s
        if noticed.call_answered_at_s and (gap_s > _GAP_S or isp != noticed.call_isp):
            noticed.call_gap_ms = round(gap_s * 1000, 1)
            noticed.call_gap_at_s = now_s
        noticed.call_answered_at_s = now_s
        noticed.call_isp = isp

    async def _download(self) -> None:
        while True:
            try:
                await self._download_once(self._pair())
            except (ConnectionResetError, BrokenPipeError):
                self._noticed.download_resets += 1
            except (OSError, ValueError, asyncio.IncompleteReadError):
                pass  # no route now (TimeoutError is an OSError): retried next time
            await asyncio.sleep(_RETRY_S)

    async def _download_once(self, pair: Pair) -> None:
        async with asyncio.timeout(_CONNECT_LIMIT_S):
            reader, writer = await asyncio.open_connection(str(pair.place), web.PORT, local_addr=(str(pair.client), 0))
        try:
            writer.write(b"GET /download HTTP/1.1\r\nHost: internet\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            address = head.partition(b"X-Client-Address: ")[2].partition(b"\r\n")[0]
            self._noticed.download_isp = isp_of(IPv4Address(address.decode())) or 0
            self._noticed.download_connects += 1
            while True:
                async with asyncio.timeout(_STALLED_S):
                    piece = await reader.read(1 << 16)
                if not piece:
                    return
                self._noticed.download_bytes += len(piece)
        finally:
            self._noticed.download_isp = 0
            writer.close()

    def _publish(self, path: Path) -> None:
        now_s = time.monotonic()
        while self._recent and self._recent[0][0] < now_s - WINDOW_S:
            self._recent.popleft()
        isps = [isp for _, isp in self._recent]
        self._noticed.at_s = now_s
        self._noticed.connections_by_isp = {str(isp): isps.count(isp) for isp in sorted(set(isps) - {0})}
        self._noticed.connections_failed = isps.count(0)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self._noticed)))
        draft.replace(path)


def read(published: Path) -> Noticed | None:
    """The last published measurements; None before the first."""
    try:
        return Noticed(**json.loads(published.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


if __name__ == "__main__":
    addresses = [IPv4Address(word) for word in sys.argv[2].split(",")]
    asyncio.run(Office(addresses, random.Random()).work(Path(sys.argv[1]), int(sys.argv[3])))  # noqa: S311 not for secrets
