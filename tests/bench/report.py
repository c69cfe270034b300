"""The table, the file, and the comparison with an earlier file."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.bench.control import Noise
from tests.bench.figures import Budget, Figure, Statistic, quantile

FORMAT: Final = "multihome bench"
VERSION: Final = 1
_HEAD: Final = ("what", "unit", "budget", "p50", "p95", "p99", "worst", "floor", "runs", "verdict", "noise")


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, and what the machine did by itself right before its line."""

    figure: Figure
    noise: Noise


def row(measured: Measured) -> tuple[str, ...]:
    """One line of the table."""
    figure = measured.figure
    budget = "" if figure.budget is None else f"≤ {_number(figure.budget.limit)} {figure.budget.of.value}"
    statistics = (figure.of(one) for one in (Statistic.P50, Statistic.P95, Statistic.P99, Statistic.WORST))
    floor = _number(quantile(figure.floor, 0.5)) if figure.floor else ""
    return (
        figure.what,
        figure.unit,
        budget,
        *map(_number, statistics),
        floor,
        str(len(figure.samples)),
        figure.verdict.value,
        str(measured.noise),
    )


def table(measured: Iterable[Measured]) -> str:
    """Everything as one Markdown table, so that it can be read in a terminal and pasted into the documentation."""
    rows = [_HEAD, *map(row, measured)]
    widths = [max(len(one[column]) for one in rows) for column in range(len(_HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(one, widths, strict=True)) + " |" for one in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _number(value: float) -> str:
    if value != value:  # noqa: PLR0124 - NaN: nothing was measured
        return "?"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(path: Path, measured: Sequence[Measured]) -> None:
    """Keep every sample, with what they were taken on."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"kernel": platform.release(), "cores": os.cpu_count(), "python": platform.python_version()},
        "lines": [{**asdict(one.figure), "noise": asdict(one.noise)} for one in measured],
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def read(path: Path) -> dict[str, Figure]:
    """The figures of an earlier file, by what they are about. Raises ValueError for a file of another kind."""
    document = json.loads(path.read_text())
    if not isinstance(document, dict) or (document.get("format"), document.get("version")) != (FORMAT, VERSION):
        raise ValueError(f'{path} was not written by this bench ("format": "{FORMAT}", version {VERSION})')
    return {one["what"]: _figure(one) for one in document["lines"]}


def _figure(line: dict[str, Any]) -> Figure:
    budget = line["budget"]
    return Figure(
        what=line["what"],
        unit=line["unit"],
        samples=tuple(line["samples"]),
        budget=None if budget is None else Budget(budget["limit"], Statistic(budget["of"])),
        floor=tuple(line["floor"]),
        note=line["note"],
    )


def comparison(before: dict[str, Figure], measured: Iterable[Measured]) -> list[str]:
    """What differs from an earlier run, in sentences: only where the medians lie outside each other's middle half."""
    sentences = []
    for one in measured:
        figure, earlier = one.figure, before.get(one.figure.what)
        if earlier is None:
            sentences.append(f"{figure.what}: was not measured before")
        elif _differ(earlier.samples, figure.samples):
            old, new = earlier.of(Statistic.P50), figure.of(Statistic.P50)
            change = f" ({100 * (new - old) / old:+.0f} %)" if old else ""
            sentences.append(f"{figure.what}: {_number(old)} → {_number(new)} {figure.unit}{change}")
    return sentences or ["nothing that the samples can tell from chance"]


def _differ(one: Sequence[float], other: Sequence[float]) -> bool:
    return _outside(quantile(one, 0.5), other) and _outside(quantile(other, 0.5), one)


def _outside(value: float, samples: Sequence[float]) -> bool:
    return not quantile(samples, 0.25) <= value <= quantile(samples, 0.75)
