"""Records samples for curves and means, and verdicts for the next worker.

Writes are rare, because routers boot from SD cards and each one costs about 30 KB, mostly SQLite's `-shm` and the file
system's journal (tests/worker/test_history.py). After a restart a verdict counts for longer than this interval
(health/adoption.py). A verdict that changes is written at once. How long samples are kept is in store/state_schema.py.
"""

from collections.abc import Mapping
from typing import Final

from app.model.config import Config
from app.model.leg import LegId
from app.model.probing import Moment
from app.model.verdict import Verdict
from app.store.state_schema import Sample
from app.worker.gateways import Gateways
from app.worker.memory import Memory
from app.worker.meter import Meter

SAMPLE_EVERY_S: Final = 10.0
WRITE_EVERY_S: Final = 300.0
ROLL_UP_EVERY_S: Final = 3600.0


class History:
    """Collects samples and hands them to memory in batches."""

    def __init__(self, memory: Memory, boot_id: str) -> None:
        self._memory = memory
        self._boot_id = boot_id
        self._samples: list[Sample] = []
        self._sampled_s = 0.0
        self._written_s = 0.0
        self._rolled_up_s = -ROLL_UP_EVERY_S

    def pass_by(self, config: Config, gateways: Gateways, meter: Meter, now: Moment) -> None:
        """Take a sample if one is due, and write if that is due. Call this about once a second."""
        if now.monotonic_s - self._sampled_s >= SAMPLE_EVERY_S:
            self._sampled_s = now.monotonic_s
            self._samples += [
                _sample(leg, gateway.interface, gateways, meter, now) for leg, (gateway, _) in config.legs.items()
            ]
        if now.monotonic_s - self._written_s >= WRITE_EVERY_S:
            self.write(gateways.verdicts(), now)
        if now.monotonic_s - self._rolled_up_s >= ROLL_UP_EVERY_S:
            self._rolled_up_s = now.monotonic_s
            self._memory.roll_up(now.wall)

    def write(self, verdicts: Mapping[LegId, Verdict], now: Moment) -> None:
        """Write the collected samples and the current verdicts."""
        self._written_s = now.monotonic_s
        samples, self._samples = tuple(self._samples), []
        self._memory.write_down(verdicts, samples, self._boot_id, now.wall)


def _sample(leg: LegId, interface: str, gateways: Gateways, meter: Meter, now: Moment) -> Sample:
    monitor, rate = gateways.monitor(leg), meter.rate(interface)
    figures = None if monitor is None else monitor.statistics(now.monotonic_s)
    return Sample(
        leg=leg,
        at=now.wall,
        rtt_ms=None if figures is None else figures.rtt_ms,
        loss_percent=None if figures is None else figures.loss_percent,
        rx_bits_per_s=None if rate is None else rate.rx_bits_per_s,
        tx_bits_per_s=None if rate is None else rate.tx_bits_per_s,
    )
