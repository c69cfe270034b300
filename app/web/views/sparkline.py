"""Five minutes of a gateway's round-trip times as a line: points for an SVG, and the same in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.store.state_schema import Sample
from app.web.views import format as fmt

WINDOW: Final = timedelta(minutes=5)
WIDTH: Final = 240
HEIGHT: Final = 36
_MARGIN: Final = 3
# Below this the line is drawn as flat: a jump from 0.3 to 0.6 ms is not an event.
_LEAST_TOP_MS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`lines`: the points of unbroken stretches. `gaps`: where nothing was answered, as (x, width)."""

    lines: tuple[str, ...]
    gaps: tuple[tuple[int, int], ...]
    top: str
    words: str
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(samples: tuple[Sample, ...], now: datetime) -> Sparkline | None:
    """The line of the last five minutes, or None while there is less than two points to draw."""
    recent = [one for one in samples if now - WINDOW <= one.at <= now + timedelta(seconds=5)]
    measured = [one.rtt_ms for one in recent if one.rtt_ms is not None]
    if len(recent) < 2:
        return None
    top = max([*measured, _LEAST_TOP_MS])
    lost = sum(1 for one in recent if one.rtt_ms is None)
    words = "no replies in the last five minutes"
    if measured:
        low, high = fmt.milliseconds(min(measured)), fmt.milliseconds(max(measured))
        words = f"round-trip time of the last five minutes: {low} to {high}"
        words += f", no replies in {fmt.percent(100 * lost / len(recent))} of that time" if lost else ""
    return Sparkline(
        lines=tuple(_stretches(recent, now, top)),
        gaps=tuple(_gaps(recent, now)),
        top=fmt.milliseconds(top),
        words=words,
    )


def _stretches(samples: list[Sample], now: datetime, top: float) -> list[str]:
    lines: list[list[str]] = [[]]
    for one in samples:
        if one.rtt_ms is None:
            lines.append([])
        else:
            y = HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * one.rtt_ms / top
            lines[-1].append(f"{_x(one.at, now)},{y:.0f}")
    return [" ".join(points) for points in lines if len(points) > 1]


def _gaps(samples: list[Sample], now: datetime) -> list[tuple[int, int]]:
    gaps: list[tuple[int, int]] = []
    for one, following in zip(samples, [*samples[1:], None], strict=True):
        if one.rtt_ms is not None:
            continue
        left, right = _x(one.at, now), WIDTH if following is None else _x(following.at, now)
        if gaps and sum(gaps[-1]) >= left:
            gaps[-1] = (gaps[-1][0], right - gaps[-1][0])
        else:
            gaps.append((left, max(1, right - left)))
    return gaps


def _x(at: datetime, now: datetime) -> int:
    return max(0, min(WIDTH, round(WIDTH * (1 - (now - at) / WINDOW))))
