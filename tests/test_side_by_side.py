"""The verdict on a whole run: a fault fails twice, a flaky test is printed and forgiven, a crash is never forgiven."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import side_by_side
from tests.outcomes import Outcomes
from tests.side_by_side import Suite

REPOSITORY = Path(__file__).parents[1]
SETTINGS = """
[pytest]
markers =
    exact: alone
    packets: with a lower priority beside it
"""
# One test for each of the processes, so that none is without.
GOOD = """
import pytest

@pytest.mark.exact
def test_exact(): pass

@pytest.mark.packets
def test_packets(): pass

def test_beside(): pass
"""
ONCE = """
from pathlib import Path

def once(name):
    seen = Path(__file__).with_name(name)
    if not seen.exists():
        seen.touch()
        raise AssertionError(f"bad luck with {name}")
"""
FLAKY = ONCE + "def test_luck(): once('call')\n"
FLAKY_PACKETS = ONCE + "import pytest\n@pytest.mark.packets\ndef test_luck(): once('packets')\n"
# Names of tests may hold whatever a parameter holds.
FLAKY_FIXTURE = (
    ONCE
    + """
import pytest

@pytest.fixture(params=["a b", "[c]::d\\n"])
def lab(request):
    if request.param == "a b":
        once("setup")
    yield
    if request.param != "a b":
        once("teardown")

def test_luck(lab): pass
"""
)
FAULT = "def test_fault(): assert 1 == 2\n"
TWICE = (
    ONCE
    + """
import pytest

@pytest.fixture
def lab():
    once("up")
    yield
    once("down")

def test_luck(lab): pass
"""
)
SKIPPED = ONCE + "import unittest\ndef test_luck():\n    once('first')\n    raise unittest.SkipTest('not today')\n"
CRASHES_SECOND = ONCE + "import os\ndef test_second():\n    once('first')\n    os._exit(0)\n"
CRASHES = {
    "killed": "import os\ndef test_crash(): os.kill(os.getpid(), 9)\n",
    "hung": "import time\ndef test_hang(): time.sleep(60)\n",
    "left": "import os\ndef test_leave(): os._exit(0)\n",
    "left as if tests had failed": "import os\ndef test_fails(): assert 0\ndef test_leave(): os._exit(1)\n",
    "torn": "import nothing_of_that_name\n",
    "left late": "import atexit, os\natexit.register(os._exit, 3)\ndef test_passes(): pass\n",
    "interrupted": "def test_interrupt(): raise KeyboardInterrupt\n",
    "empty": "",
}


@pytest.fixture(autouse=True)
def little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory for a little suite, whose processes start fast and find the recorder."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    (tmp_path / "records").mkdir()


@dataclass
class Little:
    """A little suite. `run` it: its exit status, and what it prints."""

    root: Path
    capfd: pytest.CaptureFixture[str]

    def run(self, *, retry: bool = True, **files: str) -> tuple[int, str]:
        for name, text in {"good": GOOD, **files}.items():
            (self.root / f"test_{name}.py").write_text(text)
        status = Suite(self.root / "records", retry=retry, root=self.root).run()
        return status, self.capfd.readouterr().out


@pytest.fixture
def suite(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Little:
    return Little(tmp_path, capfd)


def closing(said: str) -> str:
    """The closing line without the time."""
    return said.splitlines()[-1].rpartition(" in ")[0]


def test_where_all_pass_nothing_runs_again(suite: Little) -> None:
    status, said = suite.run()
    assert (status, closing(said)) == (0, "All together: 3 passed")
    assert "Once more" not in said


def test_what_fails_once_is_printed_as_flaky_with_its_failure_and_forgiven(suite: Little) -> None:
    status, said = suite.run(call=FLAKY, packets=FLAKY_PACKETS, fixture=FLAKY_FIXTURE)
    assert (status, closing(said)) == (0, "All together: 7 passed, 4 flaky")
    for name in ("call", "packets"):
        announced = f"FLAKY test_{name}.py::test_luck failed, and passed when it ran once more, alone."
        assert f"bad luck with {name}" in said.partition(announced)[2].partition("FLAKY")[0]


def test_what_fails_twice_fails_the_run_also_beside_what_is_flaky(suite: Little) -> None:
    """Also a test that fails before and then after itself, and one that is skipped the second time."""
    status, said = suite.run(call=FLAKY, fault=FAULT, twice=TWICE, skipped=SKIPPED)
    assert (status, closing(said)) == (1, "All together: 2 failed, 1 error, 4 passed, 1 flaky")
    assert "FLAKY test_call.py::test_luck failed" in said
    assert [line for line in said.splitlines() if line.startswith("FAILED") and "-" not in line] == [
        f"FAILED test_{name}" for name in ("fault.py::test_fault", "skipped.py::test_luck", "twice.py::test_luck")
    ]


def test_without_retry_nothing_is_forgiven(suite: Little) -> None:
    status, said = suite.run(call=FLAKY, retry=False)
    assert (status, closing(said)) == (1, "All together: 1 failed, 3 passed")
    assert "Once more" not in said


def test_too_many_failures_are_no_luck(suite: Little, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "MOST_RETRIED", 1)
    status, said = suite.run(call=FLAKY, packets=FLAKY_PACKETS)
    assert (status, closing(said)) == (1, "All together: 2 failed, 3 passed")
    assert "2 tests failed: too many to be bad luck" in said


def test_a_process_that_crashes_fails_the_run_and_nothing_is_forgiven(suite: Little) -> None:
    status, said = suite.run(call=FLAKY, crash=CRASHES["left"])
    assert (status, closing(said)) == (1, "All together: 1 failed, 1 error, 2 passed")
    assert "ERROR the tests 'beside' did not end normally (status 0; last outcome: test_call.py::test_luck)" in said
    assert "Once more" not in said


def test_a_process_without_a_test_fails_the_run(suite: Little) -> None:
    status, said = suite.run(good=GOOD.replace("@pytest.mark.exact", ""))
    assert (status, closing(said)) == (1, "All together: 1 error, 3 passed")
    assert "ERROR the tests 'exact' did not end normally (status 5; last outcome: none)" in said


def test_a_crash_in_the_second_run_fails_the_run(suite: Little) -> None:
    status, said = suite.run(call=FLAKY, second=CRASHES_SECOND)
    assert (status, closing(said)) == (1, "All together: 1 failed, 1 error, 4 passed, 1 flaky")
    assert "ERROR the tests 'again' did not end normally" in said


@pytest.mark.parametrize("kind", CRASHES)
def test_a_process_that_does_not_end_normally_is_never_sound(tmp_path: Path, kind: str) -> None:
    (tmp_path / "test_some.py").write_text(CRASHES[kind])
    record = tmp_path / "record"
    soon = ["-o", "faulthandler_timeout=1", "-o", "faulthandler_exit_on_timeout=true"]
    command = [sys.executable, "-m", "pytest", *soon, "-p", "tests.outcomes", "--outcomes", str(record)]
    status = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode
    assert not Outcomes.read(record).is_sound(status)
