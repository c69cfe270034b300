"""One worker at a time, and no stranger that keeps it from starting."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.paths import StateDirectory
from app.worker.single_instance import other_worker

HOLD = "import sys; from app.paths import *; from app.worker.single_instance import *;"
HOLD += " print(other_worker(StateDirectory(Path(sys.argv[1]))), flush=True); sys.stdin.read()"


@contextmanager
def another(home: StateDirectory) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", HOLD, str(home.path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "None\n"
        try:
            yield child
        finally:
            child.kill()


def started(home: StateDirectory) -> subprocess.CompletedProcess[str]:
    """A second worker as somebody starts it by hand, who would do harm if it was not refused."""
    environment = {**os.environ, "MULTIHOME_HOME": str(home.path)}
    argv = ["unshare", "--net", sys.executable, "-m", "app.worker"]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=20, check=False)


def test_a_second_worker_is_refused_by_name_and_a_killed_one_is_in_nobody_s_way(home: StateDirectory) -> None:
    with another(home) as first:
        refused = started(home)
        assert (refused.returncode, refused.stderr) == (
            2,
            f"multihome: a worker is already running (pid {first.pid})\n",
        )
    with another(home):
        assert stat.S_IMODE(home.worker_lock.stat().st_mode) == 0o600


def test_who_listens_counts_where_nothing_can_be_locked(home: StateDirectory) -> None:
    gone = StateDirectory(home.path / "gone")  # root writes everywhere, but not into what is not there
    assert other_worker(gone) is None
    home.worker_lock.mkdir()
    (home.worker_lock / "x").touch()
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(home.worker_sock))
        line.listen()
        assert other_worker(home) == os.getpid()
    assert other_worker(home) is None


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo, Path.mkdir])
def test_what_somebody_else_puts_there_keeps_nobody_from_starting(
    home: StateDirectory, make: Callable[[Path], None]
) -> None:
    make(home.worker_lock)
    with another(home):
        pass
