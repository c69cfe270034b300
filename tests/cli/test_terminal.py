"""Whether whoever types may be cut off, also where nothing in the environment says so any more."""

import os
import shutil
import subprocess
import sys
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from app.cli.terminal import Terminal, terminal
from app.paths import StateDirectory
from app.store.reader import read_newest
from tests.cli.console import PAPER, Console

SSH = "192.0.2.7 50312 62.231.110.65 22"
FROM_AFAR = Terminal(remote=True, client="192.0.2.7", own=IPv4Address("62.231.110.65"), port=22)
HERE = Terminal(remote=False)
ASKING = (
    "import os; from app.cli.terminal import terminal; found = terminal(os.environ); print(found.remote, found.client)"
)
# It stays above what it runs, as sudo and a login shell do; a single command a shell would become itself.
BELOW = 'env -i {variables} "$0" -P -c "$1"; true'


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (SSH, FROM_AFAR),
        ("2001:db8::7 50312 2001:db8::1 22", Terminal(remote=True, client="2001:db8::7")),
        ("192.0.2.7", Terminal(remote=True, client="192.0.2.7")),
        ("", HERE),
    ],
)
def test_the_environment_says_where_the_terminal_is(said: str, found: Terminal) -> None:
    assert terminal({"SSH_CONNECTION": said}) == found


def said_below(shell: str, environment: dict[str, str], variables: str = "") -> str:
    """What is found by a process without environment, below one with this environment that is called `shell`."""
    words = [shell, "-c", BELOW.format(variables=variables), sys.executable, ASKING]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_what_sudo_takes_away_is_found_above_it() -> None:
    assert said_below("/bin/sh", {"SSH_CONNECTION": SSH}) == "True 192.0.2.7"
    twice = f'env -i /bin/sh -c \'{BELOW.format(variables="")}\' "$0" "$1"; true'
    words = ["/bin/sh", "-c", twice, sys.executable, ASKING]
    found = subprocess.run(words, env={"SSH_CONNECTION": SSH}, capture_output=True, text=True, check=True).stdout
    assert found.strip() == "True 192.0.2.7"


def test_the_nearest_word_counts() -> None:
    assert said_below("/bin/sh", {"SSH_CONNECTION": ""}) == "False"
    assert said_below("/bin/sh", {"SSH_CONNECTION": SSH}, "SSH_CONNECTION=") == "False"


@pytest.mark.parametrize("name", ["sshd", "sshd-session"])
def test_below_the_ssh_daemon_is_far_away_whatever_can_be_read(name: str, tmp_path: Path) -> None:
    shutil.copy("/bin/sh", tmp_path / name)
    assert said_below(str(tmp_path / name), {}) == "True"


def process(proc: Path, name: str, stat: str, environ: bytes | None = None) -> None:
    (proc / name).mkdir()
    (proc / name / "stat").write_text(stat)
    if environ is not None:
        (proc / name / "environ").write_bytes(environ)


def test_at_the_machine_nobody_above_says_anything(tmp_path: Path) -> None:
    process(tmp_path, "self", "30 (python3) S 20 30 30 0\n")
    process(tmp_path, "20", "20 (a (b) c) S 1 20 20 0\n", b"HOME=/root\0XSSH_CONNECTION=1\0")
    process(tmp_path, "1", "1 (systemd) S 0 1 1 0\n")
    assert terminal({}, tmp_path) == HERE
    (tmp_path / "20" / "environ").write_bytes(f"HOME=/root\0SSH_CONNECTION={SSH}\0".encode())
    assert terminal({}, tmp_path) == FROM_AFAR


def test_behind_sudo_a_change_of_addresses_waits(console: Console) -> None:
    console.do(PAPER)
    typed = 'env -i "MULTIHOME_HOME=$1" "$0" -P -m app.cli.config addr edit eth0 10.9.9.1/24; true'
    above = {**os.environ, "SSH_CONNECTION": SSH}
    words = ["/bin/sh", "-c", typed, sys.executable, str(console.path)]
    said = subprocess.run(words, env=above, capture_output=True, text=True, check=True)
    assert "is rolled back unless you run `config confirm`" in said.stderr
    newest = read_newest(StateDirectory(console.path).config_db)
    assert newest.window_s == 60
