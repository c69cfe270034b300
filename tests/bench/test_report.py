"""The bench's own arithmetic: statistics, verdicts, the file and the comparison."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.control import Noise
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic, Verdict, quantile
from tests.bench.report import Measured

QUIET = Noise(1.0, 1.05, 0.1, 0.2)
CUT = Figure("cut", "ms", tuple(float(ms) for ms in range(1, 101)), Budget(95, Statistic.P95), floor=(4.0, 5.0, 6.0))


def test_a_quantile_is_a_sample_that_was_taken() -> None:
    assert [quantile((4.0, 1.0, 3.0, 2.0), part) for part in (0.25, 0.5, 0.95, 1.0)] == [1.0, 2.0, 4.0, 4.0]
    assert math.isnan(quantile((), 0.5))


@pytest.mark.parametrize(
    ("budget", "verdict"),
    [
        (Budget(95, Statistic.P95), Verdict.WITHIN),
        (Budget(94.9, Statistic.P95), Verdict.OVER),
        (Budget(99, Statistic.WORST), Verdict.OVER),
        (None, Verdict.NO_BUDGET),
    ],
)
def test_a_budget_is_about_one_statistic(budget: Budget | None, verdict: Verdict) -> None:
    assert replace(CUT, budget=budget).verdict is verdict


def test_a_figure_of_nothing_keeps_no_budget() -> None:
    assert replace(CUT, samples=()).verdict is Verdict.OVER


def test_the_table_says_budget_floor_runs_and_noise() -> None:
    head, rule, line = report.table([Measured(CUT, QUIET)]).splitlines()
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        "cut", "ms", "≤ 95 p95", "50", "95", "99", "100", "5", "100", "within", "×1.05 / 0.1 ms late / load 0.2",
    ]  # fmt: skip
    assert len(head) == len(rule) == len(line)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    report.write(tmp_path / "bench.json", [Measured(CUT, QUIET)])
    assert report.read(tmp_path / "bench.json") == {"cut": CUT}


@pytest.mark.parametrize("document", ["[]", "{}", json.dumps({"format": "multihome bench", "version": 2})])
def test_another_file_is_refused(tmp_path: Path, document: str) -> None:
    (tmp_path / "bench.json").write_text(document)
    with pytest.raises(ValueError, match="not written by this bench"):
        report.read(tmp_path / "bench.json")


def test_only_what_is_no_chance_is_called_different() -> None:
    slower = replace(CUT, samples=tuple(one + 60 for one in CUT.samples))
    near = replace(CUT, samples=tuple(one + 3 for one in CUT.samples))
    assert report.comparison({"cut": CUT}, [Measured(slower, QUIET)]) == ["cut: 50 → 110 ms (+120 %)"]
    assert report.comparison({"cut": CUT}, [Measured(near, QUIET)]) == ["nothing that the samples can tell from chance"]
    assert report.comparison({}, [Measured(CUT, QUIET)]) == ["cut: was not measured before"]


def test_a_part_of_the_runs_is_two_at_least() -> None:
    assert [Effort(part).runs(50) for part in (1.0, 0.1, 0.001)] == [50, 5, 2]
