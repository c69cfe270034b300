"""The panel's one subscription to the worker: its last report, the age, and an event for the next one.

It reconnects by itself. While the worker is silent its last report stays, with its age.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.model.base import domain
from app.model.events.event import LoggedEvent
from app.model.status import GatewayStatus, Status
from app.store.state_schema import Sample
from app.web.links.subscription import Subscription

log = logging.getLogger(__name__)

# The worker publishes at least once a second; three missing words are silence.
SILENT_AFTER_S: Final = 3.0
LONGEST_LINE: Final = 4 * 1024 * 1024
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0
KEPT_EVENTS: Final = 50
# As the worker samples; and somewhat more than a curve shows.
SAMPLED_EVERY: Final = timedelta(seconds=10)
KEPT_SAMPLES: Final = timedelta(minutes=6)


@domain
class Word:
    """One report: a line of the subscription."""

    status: Status | None = None
    event: LoggedEvent | None = None


_WORD: Final = TypeAdapter(Word)


class RecentSamples:
    """The last minutes of samples of every gateway, kept in memory: the worker writes them to disk rarely.

    Oldest first. Times are the worker's own.
    """

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque()
        self._taken_at: datetime | None = None

    def take(self, status: Status) -> None:
        """Take a sample of every gateway if one is due, or if the clock was set back."""
        at, before = status.observed_at, self._taken_at
        if before is not None and timedelta() <= at - before < SAMPLED_EVERY:
            return
        if before is not None and at < before:
            self._samples.clear()
        self._taken_at = at
        self._samples.extend(_sample(one, at) for one in status.gateways)
        while self._samples and self._samples[0].at < at - KEPT_SAMPLES:
            self._samples.popleft()

    def after(self, written: Sequence[Sample]) -> tuple[Sample, ...]:
        """These older samples, then our own."""
        own = tuple(self._samples)
        return (*(one for one in written if not own or one.at < own[0].at), *own)


def _sample(gateway: GatewayStatus, at: datetime) -> Sample:
    return Sample(
        leg=gateway.leg,
        at=at,
        rtt_ms=gateway.rtt_ms,
        loss_percent=gateway.loss_percent,
        rx_bits_per_s=gateway.rx_bits_per_s,
        tx_bits_per_s=gateway.tx_bits_per_s,
    )


class WorkerLink(Subscription):
    """What the worker says, as long as `run` runs. Everything here belongs to the event loop's thread.

    Reading `status`, `silent_for_s` and `heard` from other threads is fine: each is one assignment.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(path, LONGEST_LINE, monotonic)
        self._last_word_s: float | None = None
        self._started_s = monotonic()
        self.status: Status | None = None
        self.events: deque[LoggedEvent] = deque(maxlen=KEPT_EVENTS)
        self.recent = RecentSamples()

    @property
    def silent_for_s(self) -> float:
        """Seconds since the worker's last report, or since the panel began to listen."""
        since = self._started_s if self._last_word_s is None else self._last_word_s
        return self._monotonic() - since

    @property
    def is_silent(self) -> bool:
        """Whether the last report may be out of date."""
        return self._last_word_s is None or self.silent_for_s > SILENT_AFTER_S

    async def run(self) -> None:
        """Listen until cancelled; reconnect with growing pauses when the worker ends."""
        pause_s = FIRST_PAUSE_S
        while True:
            before = self.heard
            try:
                async with contextlib.aclosing(self._lines()) as lines:
                    async for line in lines:
                        self._take(line)
            except (OSError, EOFError, ValueError) as error:
                log.debug("worker.sock: %s", error)
            pause_s = FIRST_PAUSE_S if self.heard > before else min(pause_s * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    def _take(self, line: bytes) -> None:
        """Process one line. An invalid one is dropped: the next one comes within a second."""
        try:
            word = _WORD.validate_json(line)
        except ValidationError as error:
            log.warning("invalid message from the worker: %s", error)
            return
        if word.status is not None:
            self.status = word.status
            self.recent.take(word.status)
            self._last_word_s = self._monotonic()
        if word.event is not None:
            self.events.appendleft(word.event)
        self._ring()
