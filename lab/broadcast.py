"""What subscribers of the lab's socket get: the status twice a second, and flows as they reach the Internet host.

Nothing is observed without subscribers.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from lab.errors import LabError
from lab.lab import Lab
from lab.live import Picture, arrival
from lab.namespaces import namespace
from lab.packets import open_tap, waiting_packets
from lab.topology import INTERNET
from lab.trace import FlowStarts

PICTURE_EVERY_S: Final = 0.5
_MOST_TRACED_PER_S: Final = 40
# A subscriber that does not read is dropped once this much is queued for it.
_MAX_BACKLOG_BYTES: Final = 1 << 20


class Broadcast:
    """The subscribers of one lab's socket."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._writers: set[asyncio.StreamWriter] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, writer: asyncio.StreamWriter) -> None:
        """Add a subscriber. Idempotent."""
        self._writers.add(writer)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="broadcast")

    def leave(self, writer: asyncio.StreamWriter) -> None:
        """Remove a subscriber. Idempotent."""
        self._writers.discard(writer)
        if not self._writers and self._task is not None:
            self._task.cancel()
            self._task = None

    def _send(self, message: Mapping[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        for writer in tuple(self._writers):
            if writer.transport.get_write_buffer_size() > _MAX_BACKLOG_BYTES:
                self.leave(writer)
                writer.transport.abort()
            else:
                writer.write(data)

    async def _run(self) -> None:
        picture, flows, traced = None, FlowStarts(), _Quota()
        loop = asyncio.get_running_loop()
        with open_tap(namespace(self._name, INTERNET), "eth0") as tap:

            def hear() -> None:
                for packet in waiting_packets(tap):
                    if not packet.outgoing and flows.is_start(packet) and traced.allows():
                        self._send({"trace": arrival(packet)})

            loop.add_reader(tap, hear)
            try:
                while True:
                    with suppress(LabError):  # the lab is being built or removed at this moment
                        picture = picture or Picture(await asyncio.to_thread(Lab.find, self._name))
                        self._send({"status": await asyncio.to_thread(picture.now)})
                    await asyncio.sleep(PICTURE_EVERY_S)
            finally:
                loop.remove_reader(tap)


class _Quota:
    """A limit per second."""

    def __init__(self) -> None:
        self._second, self._used = 0, 0

    def allows(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._used = second, 0
        self._used += 1
        return self._used <= _MOST_TRACED_PER_S
