"""The password queue: one Argon2 hash at a time, since each takes 19 MiB and about 30 ms of a core.

Two queues, one for addresses with a successful login in the past and one for all others, alternate; within each the
addresses alternate. Unknown addresses can fill only their own queue.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final, TypeVar

from app.errors import MultihomeError

MOST_WAITING: Final = 16
MOST_PER_SOURCE: Final = 3

T = TypeVar("T")
_Turn = asyncio.Future[None]
_Queue = OrderedDict[str, deque[_Turn]]


class TooBusy(MultihomeError):
    """The password queue is full; try again in a moment."""


class PasswordQueue:
    """A fair queue for password hashing. Belongs to one event loop."""

    def __init__(self) -> None:
        self._known: _Queue = OrderedDict()
        self._strangers: _Queue = OrderedDict()
        self._busy = False
        self._known_next = True

    async def run(self, source: str, work: Callable[[], T], *, known: bool) -> T:
        """Do the work in a thread when it is this source's turn. Raises TooBusy instead of waiting for long."""
        await self._turn(source, self._known if known else self._strangers)
        try:
            return await asyncio.to_thread(work)
        finally:
            self._pass_on()

    async def _turn(self, source: str, queue: _Queue) -> None:
        if not self._busy:
            self._busy = True
            return
        if len(queue.get(source, ())) >= MOST_PER_SOURCE or sum(map(len, queue.values())) >= MOST_WAITING:
            raise TooBusy("Too many logins at the moment. Try again in a few seconds.")
        turn: _Turn = asyncio.get_running_loop().create_future()
        queue.setdefault(source, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while (turn := self._next()) is not None:
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False

    def _next(self) -> _Turn | None:
        queues = (self._known, self._strangers) if self._known_next else (self._strangers, self._known)
        for queue in queues:
            if queue:
                self._known_next = queue is self._strangers
                return _taken(queue)
        return None


def _taken(queue: _Queue) -> _Turn:
    """The next turn of the source that has waited longest; the source then goes to the end."""
    source, waiting = queue.popitem(last=False)
    turn = waiting.popleft()
    if waiting:
        queue[source] = waiting
    return turn
