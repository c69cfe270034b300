"""The last minutes of every gateway as the panel itself has heard them: the worker writes its samples down rarely."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from app.model.status import GatewayStatus, Status
from app.store.state import Sample

# As the worker samples; and somewhat more than a curve shows.
EVERY: Final = timedelta(seconds=10)
KEPT: Final = timedelta(minutes=6)


class Recent:
    """Samples of what was published, oldest first. Times are the worker's own."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque()
        self._taken_at: datetime | None = None

    def take(self, status: Status) -> None:
        """Take a sample of every gateway if one is due, or if the clock was set back."""
        at, before = status.observed_at, self._taken_at
        if before is not None and timedelta() <= at - before < EVERY:
            return
        if before is not None and at < before:
            self._samples.clear()
        self._taken_at = at
        self._samples.extend(_sample(one, at) for one in status.gateways)
        while self._samples and self._samples[0].at < at - KEPT:
            self._samples.popleft()

    def after(self, written: Sequence[Sample]) -> tuple[Sample, ...]:
        """These samples of before, then our own."""
        own = tuple(self._samples)
        return (*(one for one in written if not own or one.at < own[0].at), *own)


def _sample(gateway: GatewayStatus, at: datetime) -> Sample:
    return Sample(
        gateway=gateway.number,
        at=at,
        rtt_ms=gateway.rtt_ms,
        loss_percent=gateway.loss_percent,
        rx_bits_per_s=gateway.rx_bits_per_s,
        tx_bits_per_s=gateway.tx_bits_per_s,
    )
