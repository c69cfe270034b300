"""`probe_once`: runs a proposed check once, for a user who waits. It never changes anything.

The request is hostile input until it is a TrialRequest, and requests are rate-limited: a client of the socket must not
be able to turn this router into a source of traffic.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.model.complaints import field_errors
from app.model.leg import LegId
from app.model.trial import Trial, TrialRequest, TrialTarget
from app.probe.once import probe_once
from app.worker import clock
from app.worker.gateways import Gateways
from app.worker.rate_limit import RateLimit

# A save runs each new check through each ISP, twice where it fails (app/service/check_trials.py).
MOST_AT_ONCE: Final = 32
MOST_IN_WINDOW: Final = 80
WINDOW_S: Final = 10.0

_REQUEST: Final = TypeAdapter(TrialRequest)
_TRIAL: Final = TypeAdapter(Trial)


class Trials:
    """Answers `probe_once`, a few at a time."""

    def __init__(self, gateways: Gateways) -> None:
        self._gateways = gateways
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._quota = RateLimit(MOST_IN_WINDOW, WINDOW_S)

    async def answer(self, request: Mapping[str, object]) -> str:
        """The trial as JSON, or `{"error": …}` in a sentence."""
        if not self._quota.take(clock.now().monotonic_s):
            return _error(f"more than {MOST_IN_WINDOW} check tests in {WINDOW_S:g} s: try again later")
        try:
            wanted = _REQUEST.validate_python({k: v for k, v in request.items() if k != "command"})
        except ValidationError as error:
            return _error(str(field_errors(error)))
        leg = LegId(wanted.gateway, wanted.family)
        monitor, path = self._gateways.monitor(leg), self._gateways.path(leg)
        if monitor is None:
            return _error(f"there is no gateway {wanted.gateway}")
        layers = tuple(one for one in monitor.layers() if one.layer.is_below_checks)
        if path is None:
            return _TRIAL.dump_json(Trial(layers=layers, targets=())).decode()
        async with self._slots:
            answers = await probe_once(wanted.check, path, wanted.timeout_s)
        targets = tuple(TrialTarget(host=a.host, ok=a.ok, text=a.text, rtt_ms=a.rtt_ms) for a in answers)
        return _TRIAL.dump_json(Trial(layers=layers, targets=targets)).decode()


def _error(text: str) -> str:
    return json.dumps({"error": text})
