"""Server-sent events: one stream per visible tab, limited so that requests still find a free connection.

HTTP/1.1 browsers open six connections to a host. Beyond three streams of one session, the oldest one is told
to poll. While a stream runs, its authorization is checked again every few seconds.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from app.web.links.subscription import Subscription

MOST_EACH: Final = 3
MOST_IN_ALL: Final = 64
KEEP_ALIVE_S: Final = 15.0
RIGHT_CHECKED_EVERY_S: Final = 5.0
# Reports that arrive in a burst (sixteen ISPs failing at once) are sent together.
LEAST_BETWEEN_S: Final = 0.04
# Without reports, the age of the last one still changes once a second.
_LONGEST_WAIT_S: Final = 1.0

POLL: Final = b"event: poll\ndata: poll\n\n"
SIGNED_OUT: Final = b"event: signed-out\ndata: signed-out\n\n"
# A comment, which programs that read the stream need not know; pages take an event, since htmx reports no comment.
ALIVE: Final = b": alive\n\n"
ALIVE_EVENT: Final = b"event: alive\ndata: alive\n\n"


class TooManyStreams(Exception):
    """The limit of streams is reached; the client polls instead."""


class News(Protocol):
    """The source of one stream."""

    async def __call__(self) -> bytes:
        """The news since the last call, as server-sent events; empty without any."""


@dataclass(eq=False, slots=True)
class _Viewer:
    """One open stream, and whose it is."""

    who: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    checked_s: float = field(default_factory=time.monotonic)


class Streams:
    """Every open stream. Belongs to the event loop."""

    def __init__(self, *links: Subscription) -> None:
        self._links = links
        self._open: list[_Viewer] = []
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End all streams, because the panel stops."""
        self._closing.set()
        for viewer in self._open:
            viewer.ended.set()

    def messages(
        self, who: str, news: News, is_over: Callable[[], bool], *, alive: bytes = ALIVE
    ) -> AsyncIterator[bytes]:
        """The messages of one stream, from now until its reader goes away or `is_over` (asked in a thread) says so.

        `alive` is sent after KEEP_ALIVE_S without news. Raises TooManyStreams.
        """
        own = [one for one in self._open if one.who == who]
        if len(own) >= MOST_EACH:
            own[0].ended.set()
            self._open.remove(own[0])
        if len(self._open) >= MOST_IN_ALL:
            raise TooManyStreams
        viewer = _Viewer(who)
        self._open.append(viewer)
        return self._watch(viewer, news, is_over, alive)

    async def _watch(
        self, viewer: _Viewer, news: News, is_over: Callable[[], bool], alive: bytes
    ) -> AsyncIterator[bytes]:
        spoken_s = float("-inf")
        try:
            while not viewer.ended.is_set():
                bells = [link.bell for link in self._links]
                said = await news()
                if said or time.monotonic() - spoken_s > KEEP_ALIVE_S:
                    yield said or alive
                    spoken_s = time.monotonic()
                if await _is_over(viewer, is_over):
                    yield SIGNED_OUT
                    return
                await _any_of(*bells, viewer.ended)
                await asyncio.sleep(max(0.0, spoken_s + LEAST_BETWEEN_S - time.monotonic()))
            if not self._closing.is_set():
                yield POLL
        finally:
            if viewer in self._open:
                self._open.remove(viewer)


async def _is_over(viewer: _Viewer, is_over: Callable[[], bool]) -> bool:
    now_s = time.monotonic()
    if now_s - viewer.checked_s < RIGHT_CHECKED_EVERY_S:
        return False
    viewer.checked_s = now_s
    return await asyncio.to_thread(is_over)


async def _any_of(*events: asyncio.Event) -> None:
    """Wait for the next word or the end of the stream, but not for long."""
    waiting = {asyncio.ensure_future(one.wait()) for one in events}
    try:
        await asyncio.wait(waiting, timeout=_LONGEST_WAIT_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
