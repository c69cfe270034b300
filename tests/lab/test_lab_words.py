"""What the lab says to words that make no command; no network is built."""

import subprocess
import sys

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
