"""A console in the test's own process: words in, what is printed out."""

import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from app.cli import config, main
from app.cli.console import run_app
from app.model.facts import Facts
from app.paths import StateDirectory
from app.store.reader import Revision, read_head

PAPER = """
config addr edit eth0 62.231.110.65/26
config addr edit eth1 192.168.1.1/24
config addr edit eth2 172.17.0.1/24
config gateway edit 192.168.1.2 eth1
config gateway add 172.17.0.2
config gateway failover 2
"""

FIVE_LINES = """\
Default gateway [1]: 192.168.1.2 (eth1) (enabled)
weight 1 src 192.168.1.1
Default gateway [2]: 172.17.0.2 (eth2) (enabled)
weight 1 src 172.17.0.1
Failover: (link monitor) (every 2s)
"""


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    status: int
    out: str
    err: str


@dataclass
class Console:
    """Runs commands as typed, `config …` or `multihome …`."""

    path: Path
    facts: Facts
    capture: pytest.CaptureFixture[str]

    def type(self, line: str) -> Said:
        """Run a line, whatever comes of it."""
        name, *words = shlex.split(line)
        app: typer.Typer = {"config": config.app, "multihome": main.app}[name]
        status = run_app(app, name, words, read_facts=lambda: self.facts)
        captured = self.capture.readouterr()
        return Said(status, captured.out, captured.err)

    def do(self, lines: str) -> str:
        """Run lines that must succeed; what they print."""
        printed = ""
        for line in lines.strip().splitlines():
            said = self.type(line)
            assert said.status == 0, said
            printed += said.out
        return printed

    def refused(self, line: str) -> str:
        """Run a line that must be refused: exit 2, one line on stderr, nothing changed; what it says."""
        before = self.head
        said = self.type(line)
        assert (said.status, said.out) == (2, ""), said
        assert said.err.endswith("\n")
        assert said.err.count("\n") == 1, said.err
        assert self.head == before
        return said.err.removesuffix("\n")

    @property
    def head(self) -> Revision:
        """The newest revision."""
        return read_head(StateDirectory(self.path).config_db)
