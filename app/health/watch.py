"""The checks and timing that apply to one gateway."""

from dataclasses import dataclass, replace

from app.model.check import Check
from app.model.config import Config, Gateway
from app.model.timing import Timing


@dataclass(frozen=True, slots=True)
class Watch:
    """The checks of gateway `number` and their timing. Not `enabled`: no probe is sent, and the gateway stays in
    use. `strict`: a new check counts before its first reply.
    """

    number: int
    checks: tuple[Check, ...]
    timing: Timing
    enabled: bool = True
    strict: bool = False


def watch(gateway: Gateway, config: Config, *, resting: bool = False) -> Watch:
    """The checks and timing of `gateway` in `config`. `resting`: it is up and on standby, so probes are less
    frequent.
    """
    timing = config.timing(gateway)
    if resting:
        timing = replace(timing, interval_s=max(timing.interval_s, timing.standby_interval_s))
    return Watch(
        gateway.number,
        config.checks(gateway),
        timing,
        config.settings.failover.enabled,
        config.settings.failover.strict,
    )
