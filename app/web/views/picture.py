"""The picture of the network: LAN, router, every ISP, the Internet. Geometry and words here, drawing in a template.

The width of a line follows the logarithm of its traffic. A gateway that is down has its line broken where it fails:
before the ISP for carrier, address and next hop, behind it for probes of more distant targets.
"""

import math
from dataclasses import dataclass
from typing import Final

from app.model.status import GatewayStatus, Status
from app.model.verdict import Layer, State
from app.model.words import joined
from app.web.views import format as fmt
from app.web.views.gateways import Mood, state_of

WIDTH: Final = 360
_ROW: Final = 54
# A picture of more cannot be read on a phone: a list of ISPs says the same.
MOST_DRAWN: Final = 4
_LAN_X: Final = 26
_ROUTER_X: Final = 106
_BOX_LEFT: Final = 168
_BOX_WIDTH: Final = 108
_BOX_HEIGHT: Final = 40
_INTERNET_X: Final = 332
_RADIUS: Final = 20
_LONGEST_NAME: Final = 12
_NEAR: Final = (Layer.CARRIER, Layer.ADDRESS, Layer.NEXT_HOP)


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two things. `cross`: where it is broken, or None."""

    path: str
    width: float
    mood: Mood
    cross: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """One ISP in the picture: the middle of its box, its name, and a line on how it is."""

    number: int
    y: int
    name: str
    words: str
    mood: Mood


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn, and the same in words for those who do not see it."""

    height: int
    middle: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    words: str
    box_height: int = _BOX_HEIGHT
    width: int = WIDTH
    lan_x: int = _LAN_X
    router_x: int = _ROUTER_X
    internet_x: int = _INTERNET_X
    box_left: int = _BOX_LEFT
    box_width: int = _BOX_WIDTH


def picture(status: Status | None) -> Picture | None:
    """The picture of what the worker observed; None where there is nothing to draw, or too much."""
    if status is None or not 1 <= len(status.gateways) <= MOST_DRAWN:
        return None
    height = max(len(status.gateways), 2) * _ROW + 12
    middle = height // 2
    boxes, lines, words = [], [_lan_line(status, middle)], []
    for index, gateway in enumerate(status.gateways):
        y = round(middle + (index - (len(status.gateways) - 1) / 2) * _ROW)
        mood, word = state_of(gateway)
        boxes.append(Box(gateway.number, y, fmt.shortened(gateway.name, _LONGEST_NAME), _words(gateway, word), mood))
        # What is used before its hold is over is drawn as what it does, and its box as what it is.
        lines += _gateway_lines(gateway, Mood.UP if gateway.is_early else mood, y, middle)
        traffic = "" if gateway.rx_bits_per_s is None else f", {fmt.rate(gateway.rx_bits_per_s)} in"
        words.append(f"{gateway.name} is {'on standby' if mood is Mood.STANDBY else word}{traffic}")
    said = f"LAN, router, and {joined(words)}"
    return Picture(height, middle, tuple(boxes), tuple(lines), said)


def _words(gateway: GatewayStatus, word: str) -> str:
    carries = gateway.in_use and (gateway.state is State.UP or gateway.is_early)
    if carries and gateway.share_percent is not None:
        return f"{word} · {fmt.percent(gateway.share_percent)}"
    return word


def _lan_line(status: Status, middle: int) -> Line:
    traffic = sum((one.rx_bits_per_s or 0) + (one.tx_bits_per_s or 0) for one in status.gateways)
    return Line(f"M{_LAN_X + _RADIUS} {middle}H{_ROUTER_X - _RADIUS}", _thickness(traffic), Mood.UP)


def _gateway_lines(gateway: GatewayStatus, mood: Mood, y: int, middle: int) -> list[Line]:
    traffic = (gateway.rx_bits_per_s or 0) + (gateway.tx_bits_per_s or 0)
    width = _thickness(traffic)
    start, end = _ROUTER_X + _RADIUS, _BOX_LEFT
    near = f"M{start} {middle}C{start + 22} {middle} {end - 22} {y} {end} {y}"
    right, net = _BOX_LEFT + _BOX_WIDTH, _INTERNET_X - _RADIUS
    far = f"M{right} {y}C{right + 18} {y} {net - 18} {middle} {net} {middle}"
    broken_near = mood is Mood.DOWN and gateway.layer in _NEAR
    near_cross = ((start + end) // 2, (middle + y) // 2) if broken_near else None
    far_cross = ((right + net) // 2, (middle + y) // 2) if mood is Mood.DOWN and not broken_near else None
    near_mood = mood if broken_near or mood is not Mood.DOWN else Mood.UNKNOWN
    return [Line(near, width, near_mood, near_cross), Line(far, width, mood, far_cross)]


def _thickness(bits_per_s: float) -> float:
    """1.5 for nothing, some 5 for 100 Mbit/s, never more than 7."""
    return round(min(7.0, 1.5 + 0.85 * math.log10(1 + bits_per_s / 10_000)), 1)
