"""The command: measure, print the table, keep it as JSON, compare with an earlier file.

    sudo ./run bench [--only LINE …] [--part 0.1] [--json FILE] [--compare FILE]

Ends with status 1 when a budget was not kept.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.bench import report
from tests.bench.control import noise
from tests.bench.effort import Effort
from tests.bench.figures import Figure, Verdict
from tests.bench.lines import browser, click, cut, drift, flows, idle, reconcile, rtt, rules, silent, start, viewers
from tests.bench.report import Measured

Line = Callable[[Effort], Iterable[Figure]]
LINES: Final[dict[str, Line]] = {
    "cut": cut.figures,
    "silent": silent.figures,
    "drift": drift.figures,
    "click": click.figures,
    "browser": browser.figures,
    "flows": flows.figures,
    "reconcile": reconcile.figures,
    "rules": rules.figures,
    "rtt": rtt.figures,
    "start": start.figures,
    "idle": idle.figures,
    "viewers": viewers.figures,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for. 1 when a budget was not kept."""
    parser = argparse.ArgumentParser(prog="./run bench", description="every budget, measured on this machine")
    parser.add_argument(
        "--only", action="append", default=[], choices=sorted(LINES), help="only this line (again: more)"
    )
    parser.add_argument("--part", type=float, default=1.0, help="part of the runs to make, 0.1 for a quick look")
    parser.add_argument("--json", type=Path, help="keep every sample in this file")
    parser.add_argument("--compare", type=Path, help="say what differs from this earlier file")
    chosen = parser.parse_args(arguments)
    before = report.read(chosen.compare) if chosen.compare else None
    measured: list[Measured] = []
    for name, line in LINES.items():
        if not chosen.only or name in chosen.only:
            measured += _measured(name, line, Effort(chosen.part))
    print()
    print(report.table(measured))
    if chosen.json:
        report.write(chosen.json, measured)
    if before is not None:
        print("\nAgainst", chosen.compare)
        print("\n".join(report.comparison(before, measured)))
    return 1 if any(one.figure.verdict is Verdict.OVER for one in measured) else 0


def _measured(name: str, line: Line, effort: Effort) -> list[Measured]:
    by_itself = noise()
    print(f"{name}: the machine by itself: {by_itself}", file=sys.stderr, flush=True)
    found = []
    for figure in line(effort):
        found.append(Measured(figure, by_itself))
        print("  " + "  ".join(filter(None, report.row(found[-1])[:-1])), file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
