"""What the lab says to words that make no command; no network is built."""

import subprocess
import sys
from pathlib import Path

import pytest

AT_LEAST_1 = "must be greater than or equal to 1"


def typed(*words: str) -> "subprocess.CompletedProcess[str]":
    words = (sys.executable, "-m", "lab", *words)
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope"], "lab: No such command 'nope' (see `lab --help`)\n"),
        (["cut"], "lab: Missing argument 'CABLE' (see `lab cut --help`)\n"),
        (
            ["up", "--isps", "0"],
            f"lab: Invalid value for '--isps': {AT_LEAST_1} (see `lab up --help`)\n",
        ),
        (["cut", "--hard", "x"], "lab: No such option: --hard (see `lab cut --help`)\n"),
    ],
)
def test_words_that_make_no_command_are_one_line_with_a_hint(words: list[str], said: str) -> None:
    done = typed(*words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_the_name_in_front_of_a_command_is_its_default() -> None:
    assert "[default: other]" in typed("--name", "other", "degrade", "--help").stdout


def test_every_option_in_front_of_a_command_is_its_default(tmp_path: Path) -> None:
    said = " ".join(typed("--port", "18470", "--isps", "3", "--name", "other", "up", "--help").stdout.split())
    for default in ("18470", "3", "other"):
        assert f"[default: {default}" in said
    absent = tmp_path / "absent"
    assert typed("--from", str(absent), "up").stderr.startswith(f"lab: {absent} cannot be read")


def test_an_option_behind_the_command_outweighs_the_same_in_front_of_it() -> None:
    assert typed("--isps", "3", "up", "--isps", "0").stderr.startswith("lab: Invalid value for '--isps'")


@pytest.mark.parametrize(
    ("words", "option"),
    [(["--isps", "3", "status"], "--isps"), (["--quiet", "down"], "--quiet"), (["--port", "1", "play", "x"], "--port")],
)
def test_an_option_that_the_command_behind_it_does_not_have_is_an_error(words: list[str], option: str) -> None:
    done = typed(*words)
    command = words[-1] if words[-1] != "x" else "play"
    said = f"lab: {option} is not an option of `{command}` (see `lab {command} --help`)\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
