"""`multihome run` without the router: children that end, and children that must be ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.supervise import CAPABILITIES, as_user, pause_s, tied
from lab import waiting

LIMIT_S = 30.0

PROGRAM = """
import asyncio, sys
from app.cli import supervise

supervise._FIRST_PAUSE_S = 0.05
sys.exit(asyncio.run(supervise.run_all({preparation!r}, [{child!r}])))
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def start(preparation: list[str], child: list[str], directory: Path) -> "subprocess.Popen[bytes]":
    # Whoever runs the tests by nohup, or in the background of a script, has signals ignored, and that is inherited.
    words = ["env", "--default-signal=HUP,INT", *python(PROGRAM.format(preparation=preparation, child=child))]
    with (directory / "stderr").open("w") as stderr:
        return subprocess.Popen(words, stderr=stderr)


def telling(log: Path) -> list[str]:
    """A child that writes down its number, and that it was told to end."""
    return python(
        f"import os, signal; log = os.open({str(log)!r}, os.O_CREAT | os.O_APPEND | os.O_WRONLY)\n"
        # Blocked and waited for: a handler could run just before a pause that nothing would end then.
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        "os.write(log, b'%d\\n' % os.getpid())\n"
        "signal.sigwait({signal.SIGTERM})\n"
        "os.write(log, b'told\\n')"
    )


def wait_until(true: Callable[[], bool]) -> None:
    waiting.wait_until(true, "what the test waits for", LIMIT_S)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_the_pause_doubles_up_to_half_a_minute() -> None:
    assert [pause_s(failures) for failures in (1, 2, 3, 7, 100)] == [0.5, 1, 2, 30, 30]


def test_a_child_that_ends_is_started_again_and_it_is_said(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = python(f"print('again', file=open({str(log)!r}, 'a')); raise SystemExit(3)")
    running = start(python(""), child, tmp_path)
    wait_until(lambda: len(lines(log)) >= 3)
    running.send_signal(signal.SIGTERM)
    assert running.wait(LIMIT_S) == 0
    said = (tmp_path / "stderr").read_text()
    assert "ended with 3; next try in 0.05 s" in said
    assert "next try in 0.1 s" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_children_are_told_to_end_and_nothing_is_left(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log"
    child = telling(log)
    running = start(python(""), child, tmp_path)
    wait_until(lambda: len(lines(log)) == 1)
    running.send_signal(number)
    assert running.wait(LIMIT_S) == 0
    pid, told = lines(log)
    assert told == "told"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_children_are_told_to_end_also_by_one_that_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    running = start(python(""), telling(log), tmp_path)
    wait_until(lambda: len(lines(log)) == 1)
    running.kill()
    running.wait(LIMIT_S)
    wait_until(lambda: lines(log)[1:] == ["told"])


def test_under_nohup_a_terminal_that_closes_ends_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ["nohup", *python(PROGRAM.format(preparation=python(""), child=telling(log)))]
    running = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: len(lines(log)) == 1)
    running.send_signal(signal.SIGHUP)
    running.send_signal(signal.SIGTERM)
    assert running.wait(LIMIT_S) == 0
    assert lines(log)[1:] == ["told"]


def test_without_its_preparation_nothing_starts(tmp_path: Path) -> None:
    log = tmp_path / "log"
    running = start(python("raise SystemExit(2)"), python(f"open({str(log)!r}, 'w')"), tmp_path)
    assert running.wait(LIMIT_S) == 2
    assert not log.exists()


def test_the_parts_run_as_whoever_starts_them_where_they_have_no_users() -> None:
    assert as_user("multihome-worker", ["true"]) == ["true"]


def test_root_starts_each_part_as_its_own_user_with_its_own_capabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CAPABILITIES, "nobody", ("net_raw",))
    words = as_user("nobody", ["cat", "/proc/self/status"])
    words[words.index("--regid=multihome")] = "--regid=nogroup"
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=LIMIT_S).stdout
    status = dict(line.split(":\t", 1) for line in said.splitlines() if ":\t" in line)
    assert status["Uid"].split()[0] == "65534"
    assert {int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {1 << 13}
    assert status["NoNewPrivs"] == "1"


def test_whoever_runs_as_another_user_is_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CAPABILITIES, "nobody", ("net_raw",))
    asking = "import ctypes; n = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(n)); print(n.value)"
    words = as_user("nobody", ["/usr/bin/python3", "-c", asking])
    words[words.index("--regid=multihome")] = "--regid=nogroup"
    said = subprocess.run(tied(words), capture_output=True, text=True, check=True, timeout=LIMIT_S).stdout
    assert int(said) == signal.SIGTERM
