"""A pytest plugin that records the outcome of each test in a file (`--outcomes`), and the reader of that file.

Each record is written at once, so a run that crashes leaves what it knew. Only a run that ended normally says so: the
exit status alone does not tell, because faulthandler ends a run that hangs with the status of failed tests.
"""

import json
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the file."""
    parser.addoption("--outcomes", type=Path, help="record the outcome of each test in this file")


def pytest_configure(config: pytest.Config) -> None:
    """Start recording if a file is named."""
    if path := config.getoption("--outcomes"):
        config.pluginmanager.register(Recorder(path))


class Recorder:
    """Appends JSON lines: one for each phase (setup, call, teardown) of each test, and one at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record one phase."""
        text = report.longreprtext if report.failed else ""
        self._write({"test": report.nodeid, "when": report.when, "outcome": report.outcome, "text": text})

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, exitstatus: int) -> Generator[None]:
        """Record the end, after everybody else's."""
        yield
        self._write({"exit": int(exitstatus)})

    def _write(self, record: dict[str, object]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(record) + "\n")


@dataclass
class Outcomes:
    """What one run recorded. `failures` holds the first failure's text of each test that failed in any phase."""

    tests: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    exit: int | None = None

    @classmethod
    def read(cls, path: Path) -> "Outcomes":
        """The outcomes in a file, as far as its run came. A last line that a crash cut short does not count."""
        found = cls()
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if "exit" in record:
                found.exit = record["exit"]
            else:
                found._add(**record)
        return found

    def is_sound(self, returned: int) -> bool:
        """Whether the run ended normally and ran at least one test; `returned` is the status of its process."""
        said = pytest.ExitCode.TESTS_FAILED if self.failures else pytest.ExitCode.OK
        return returned == self.exit == said and bool(self.tests)

    def _add(self, test: str, when: str, outcome: str, text: str) -> None:
        if outcome == "failed":
            self.tests[test] = "failed" if when == "call" else "error"
            self.failures.setdefault(test, text)
        elif test not in self.failures and (when == "call" or outcome == "skipped"):
            self.tests[test] = outcome
