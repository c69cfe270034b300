"""The panel's subscription to its lab: the last status, and the last packets at the Internet host.

It listens only while the Simulation page is open, so that nothing is observed in vain.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.web.links.subscription import Subscription
from lab.page.tour import Tour
from lab.page.words import Arrival, LabStatus, LabWord

log = logging.getLogger(__name__)

# A page that polls does so every five seconds.
LISTENS_ON_FOR_S: Final = 8.0
SILENT_AFTER_S: Final = 3.0
LONGEST_LINE: Final = 1024 * 1024
KEPT_ARRIVALS: Final = 40
_PAUSE_S: Final = 0.5
_WORD: Final = TypeAdapter(LabWord)


class LabLink(Subscription):
    """The lab's reports, while `run` runs and the page is open. Belongs to the event loop's thread."""

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(path, LONGEST_LINE, monotonic)
        self._wanted_s = float("-inf")
        self._wanted = asyncio.Event()
        self._last_word_s = float("-inf")
        self._status: LabStatus | None = None
        self.arrivals: deque[Arrival] = deque(maxlen=KEPT_ARRIVALS)
        self.tour = Tour()

    @property
    def status(self) -> LabStatus | None:
        """The last status; None while the lab is silent, or if the page was not open recently."""
        return self._status if self._monotonic() - self._last_word_s <= SILENT_AFTER_S else None

    def want(self) -> None:
        """The page is open: listen for some more seconds."""
        self._wanted_s = self._monotonic()
        self._wanted.set()

    async def listened(self, patience_s: float) -> None:
        """Like `want`, and wait for the first status if the link was idle, but only for a short time."""
        self.want()
        if self.status is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), patience_s)

    async def shown(self, cable: str, summary: str, patience_s: float) -> None:
        """Wait until the status shows this state of a cable, for a page without live updates."""
        self.want()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while (bell := self._bell) and not self._says(cable, summary):
                    await bell.wait()

    def _says(self, cable: str, summary: str) -> bool:
        cables = () if self.status is None else self.status.cables
        return any(one.name == cable and one.summary == summary for one in cables)

    def restart_tour(self) -> None:
        """Forget what the experiment has shown."""
        self.tour = Tour()
        self.heard += 1

    async def run(self) -> None:
        """Listen while the page is open, until cancelled."""
        while True:
            await self._wanted.wait()
            with contextlib.suppress(OSError, EOFError, ValueError, TimeoutError):
                await self._listen()
            await asyncio.sleep(_PAUSE_S)
            if not self._is_wanted():
                self._wanted.clear()

    def _is_wanted(self) -> bool:
        return self._monotonic() - self._wanted_s <= LISTENS_ON_FOR_S

    async def _listen(self) -> None:
        async with contextlib.aclosing(self._lines(SILENT_AFTER_S)) as lines:
            async for line in lines:
                self._take(line)
                if not self._is_wanted():
                    return

    def _take(self, line: bytes) -> None:
        """Process one line; an invalid one is ignored."""
        try:
            word = _WORD.validate_json(line)
        except ValidationError as error:
            log.warning("invalid message from the lab: %s", error)
            return
        now_s = self._monotonic()
        if word.trace is not None:
            self.arrivals.appendleft(word.trace)
            self.tour.arrive(word.trace, now_s)
        if word.status is not None:
            self._status, self._last_word_s = word.status, now_s
            self.tour.see(word.status, now_s)
            self._ring()
