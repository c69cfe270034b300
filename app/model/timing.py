"""Timing: how often a gateway is probed, and how many replies make a verdict."""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from app.model.about import About
from app.model.base import domain

Interval = Annotated[float, Field(ge=0.1, le=3600, allow_inf_nan=False)]
Timeout = Annotated[float, Field(ge=0.05, le=60, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100)]
Hold = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


@domain
class Timing:
    """How often a gateway is probed and how fast its verdict changes.

    `standby_interval_s` replaces a shorter `interval_s` while a gateway is on standby.
    """

    interval_s: Annotated[
        Interval, About("Probe interval", "Time between two probes.", unit="s", option="--interval")
    ] = 1.0
    timeout_s: Annotated[Timeout, About("Timeout", "A slower reply counts as lost.", unit="s", option="--timeout")] = (
        1.0
    )
    fall: Annotated[
        Count,
        About(
            "Failures before down",
            "Lost probes in a row.",
            unit="probes",
            detail="After the first late reply probes follow every 0.2 s, so that detection is fast.",
        ),
    ] = 3
    rise: Annotated[Count, About("Successes before up", "Replies in a row.", unit="probes")] = 3
    hold_s: Annotated[
        Hold,
        About(
            "Hold-down time",
            "How long a recovered ISP must reply without a loss before it is used again.",
            unit="s",
            option="--hold",
            detail="Each relapse within 5 minutes doubles it, up to 5 minutes. It is skipped while no other ISP works.",
        ),
    ] = 10.0
    standby_interval_s: Annotated[
        Interval,
        About(
            "Probe interval on standby",
            "Time between two probes of a standby ISP. For a metered line: 300.",
            unit="s",
            group="backup",
            option="--standby",
            detail="The longer of this and `interval_s` counts.",
        ),
    ] = 10.0

    def overridden_by(self, own: "TimingOverrides") -> "Timing":
        """These settings, overridden by a gateway's own."""
        values = {name: getattr(self, name) if (value := getattr(own, name)) is None else value for name in _TIMING}
        return Timing(**values)


@domain
class TimingOverrides:
    """A gateway's own timing; None: the setting for all applies."""

    DESCRIBED_BY: ClassVar = Timing

    interval_s: Interval | None = None
    timeout_s: Timeout | None = None
    fall: Count | None = None
    rise: Count | None = None
    hold_s: Hold | None = None
    standby_interval_s: Interval | None = None


_TIMING: Final = tuple(Timing.__dataclass_fields__)
