"""Subscription to a program's Unix socket: one report a line, and an event for those who wait for it."""

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from pathlib import Path


class Subscription(ABC):
    """What a program says, as long as `run` runs. Belongs to the event loop's thread.

    `heard`: how much has been heard; it grows with each word that changes something. Lines are at most
    `longest_line` bytes.
    """

    def __init__(self, path: Path, longest_line: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.heard = 0
        self._longest_line = longest_line
        self._monotonic = monotonic
        self._bell = asyncio.Event()

    @property
    def bell(self) -> asyncio.Event:
        """The event that is set by the next report. Take it before reading the state, then wait for it."""
        return self._bell

    @abstractmethod
    async def run(self) -> None:
        """Listen until cancelled, and reconnect when the program ends."""

    def _ring(self) -> None:
        self.heard += 1
        self._bell.set()
        self._bell = asyncio.Event()

    async def _lines(self, patience_s: float | None = None) -> AsyncGenerator[bytes, None]:
        """The lines of one connection, to its end. Raises OSError, ValueError, and TimeoutError after `patience_s`."""
        reader, writer = await asyncio.open_unix_connection(str(self.path), limit=self._longest_line)
        try:
            writer.write(b'{"command": "subscribe"}\n')
            while line := await asyncio.wait_for(reader.readline(), patience_s):
                yield line
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
