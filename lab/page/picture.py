"""The picture of the lab: figure 2 of the paper, with the traffic of its cables. A template draws it.

A cable's state is a shape and a word: a cut cable is broken by a cross, a silent one dotted with a bar, a lossy or slow
one dashed with a wave. The width of a cable follows the logarithm of its traffic.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.web.views import format as fmt
from lab.page.words import Cable, Gateway, LabStatus

WIDTH: Final = 440
SWITCH: Final = "vmnet8"
# How the lab's summary of a cable begins when nothing passes.
_SILENCED: Final = "silenced"
_ROW: Final = 62
# With more than six ISPs each has one line of text, and its first cable shows its traffic by width only.
_MOST_TALL: Final = 6
_COMPACT_ROW: Final = 30
_HOST_X: Final = 28
_BALANCER_X: Final = 122
_BOX_LEFT: Final = 202
_BOX_WIDTH: Final = 84
_SWITCH_X: Final = 350
_INTERNET_X: Final = 412
_RADIUS: Final = 20
_LONGEST_FAULT: Final = 20


class CableMood(StrEnum):
    """How a cable is drawn."""

    HEALTHY = "healthy"
    CUT = "cut"
    SILENT = "silent"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class Wire:
    """One cable as drawn: its path, the places of its mark and words, and its traffic level (0..3)."""

    name: str
    path: str
    width: float
    mood: CableMood
    mark: tuple[int, int]
    label: tuple[int, int]
    words: str
    fault: str
    pace: int


@dataclass(frozen=True, slots=True)
class LabBox:
    """An ISP: the middle of its box, its state from the worker, and its share of new connections."""

    name: str
    y: int
    state: str
    mood: str
    part: str


@dataclass(frozen=True, slots=True)
class LabPicture:
    """Everything that is drawn."""

    height: int
    middle: int
    wires: tuple[Wire, ...]
    boxes: tuple[LabBox, ...]
    is_tall: bool
    box_height: int = 40
    width: int = WIDTH
    host_x: int = _HOST_X
    balancer_x: int = _BALANCER_X
    switch_x: int = _SWITCH_X
    internet_x: int = _INTERNET_X
    box_left: int = _BOX_LEFT
    box_width: int = _BOX_WIDTH


def mood_of(cable: Cable) -> CableMood:
    """The state of a cable as one of four."""
    if not cable.plugged:
        return CableMood.CUT
    if not cable.fault:
        return CableMood.HEALTHY
    return CableMood.SILENT if cable.fault.startswith(_SILENCED) else CableMood.DEGRADED


def lab_picture(status: LabStatus) -> LabPicture:
    """The picture of the present lab."""
    is_compact = status.isps > _MOST_TALL
    row = _COMPACT_ROW if is_compact else _ROW
    height = max(status.isps, 2) * row + 16
    middle = height // 2
    rows = {f"isp{k + 1}": round(middle + (k - (status.isps - 1) / 2) * row) for k in range(status.isps)}
    places = [_place(cable, rows, middle, row) for cable in status.cables]
    wires = tuple(_wire(cable, place) for cable, place in zip(status.cables, places, strict=True) if place)
    boxes = tuple(_box(status, name, y) for name, y in rows.items())
    return LabPicture(height, middle, wires, boxes, is_tall=status.isps > 4, box_height=24 if is_compact else 40)


@dataclass(frozen=True, slots=True)
class _Place:
    """The path of a cable and the place of its words. `tells_rate`: whether there is room for more than a fault."""

    start: tuple[int, int]
    end: tuple[int, int]
    label: tuple[int, int]
    tells_rate: bool = True

    @property
    def path(self) -> str:
        (x0, y0), (x1, y1) = self.start, self.end
        if y0 == y1:
            return f"M{x0} {y0}H{x1}"
        bend = (x1 - x0) // 2
        return f"M{x0} {y0}C{x0 + bend} {y0} {x1 - bend} {y1} {x1} {y1}"

    @property
    def mark(self) -> tuple[int, int]:
        return (self.start[0] + self.end[0]) // 2, (self.start[1] + self.end[1]) // 2


def _place(cable: Cable, rows: dict[str, int], middle: int, row: int) -> _Place | None:
    """The place of a cable; None for one whose ends are not in the picture."""
    if cable.far == "balancer":
        x0, x1 = _HOST_X + _RADIUS, _BALANCER_X - _RADIUS
        return _Place((x0, middle), (x1, middle), ((x0 + x1) // 2, middle - 10))
    if cable.near == SWITCH:
        x0, x1 = _SWITCH_X + 4, _INTERNET_X - _RADIUS
        return _Place((x0, middle), (x1, middle), (_INTERNET_X - 6, middle - 27))
    name = cable.near if cable.far == SWITCH else cable.far
    y = rows.get(name)
    if y is None:
        return None
    is_compact = row < _ROW
    above = y + (-4 if is_compact else -10 if y <= middle else 17)
    if cable.far == SWITCH:
        x0, x1 = _BOX_LEFT + _BOX_WIDTH, _SWITCH_X - 4
        return _Place((x0, y), (x1, y), ((x0 + x1) // 2, above))
    x0, x1 = _BALANCER_X + _RADIUS, _BOX_LEFT
    return _Place((x0, middle), (x1, y), (x1 - 30, above), tells_rate=not is_compact)


def _wire(cable: Cable, place: _Place | None) -> Wire:
    assert place is not None  # noqa: S101 - those without a place are left out
    near, far = cable.from_near.bits_per_s, cable.from_far.bits_per_s
    traffic = None if near is None or far is None else near + far
    mood = mood_of(cable)
    # Only the first of several; the text for screen readers has them all.
    fault = "" if mood is CableMood.HEALTHY else fmt.shortened(word_of(cable).partition(", ")[0], _LONGEST_FAULT)
    return Wire(
        name=cable.name,
        path=place.path,
        width=round(min(7.0, 1.5 + 0.85 * math.log10(1 + (traffic or 0) / 10_000)), 1),
        mood=mood,
        mark=place.mark,
        label=place.label,
        words=f"Cable {cable.name}: {word_of(cable)}, {'not measured yet' if traffic is None else fmt.rate(traffic)}",
        fault=fault or (fmt.rate(traffic) if place.tells_rate else ""),
        pace=0 if not traffic else min(3, 1 + int(math.log10(1 + traffic / 100_000))),
    )


def word_of(cable: Cable) -> str:
    """A cable's state in words."""
    match mood_of(cable):
        case CableMood.HEALTHY:
            return "healthy"
        case CableMood.CUT:
            return f"cut, {cable.fault}" if cable.fault else "cut"
        case CableMood.SILENT:
            return cable.fault.replace(_SILENCED, "silent", 1)
        case CableMood.DEGRADED:
            return cable.fault


def _box(status: LabStatus, name: str, y: int) -> LabBox:
    number = int(name.removeprefix("isp"))
    gateway = next((one for one in status.gateways or () if one.number == number), None)
    counts = {} if status.office is None else status.office.connections_by_isp
    total = sum(counts.values())
    part = fmt.percent(100 * counts.get(number, 0) / total) if total else ""
    return LabBox(f"ISP {number}", y, _state(gateway), _mood(gateway), part)


def _state(gateway: Gateway | None) -> str:
    return "not known" if gateway is None else gateway.state.lower()


def _mood(gateway: Gateway | None) -> str:
    if gateway is None:
        return "off"
    return {"up": "up", "down": "down"}.get(gateway.state.lower(), "unknown")
