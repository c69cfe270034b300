"""`multihome doctor`: what it says, how it ends, and whom it asks."""

import json
from pathlib import Path

import pytest

from app.diagnosis.machine import Firewall, Machine, Worker
from app.model.config import Config
from app.paths import StateDirectory
from app.service.edits.settings import change_guard
from app.survey import machine as survey_module
from tests.cli.console import Console
from tests.plan import paper
from tests.service.test_worker_client import worker


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Machine]:
    """What the survey is going to see."""
    seen: list[Machine] = []
    monkeypatch.setattr(survey_module, "survey", lambda *_: seen[0])
    return seen


def test_all_is_well_is_said(console: Console, found: list[Machine]) -> None:
    found.append(Machine())
    said = console.type("multihome doctor")
    assert (said.status, said.out, said.err) == (0, "no problems found\n", "")
    assert json.loads(console.type("multihome doctor --json").out) == []


def test_a_warning_ends_with_1_and_a_problem_with_2(console: Console, found: list[Machine]) -> None:
    found.append(Machine(ipv6_defaults=("eth1",)))
    said = console.type("multihome doctor")
    assert said.status == 1
    assert said.out.startswith("warning: IPv6 has a default route by eth1")
    found[0] = Machine(
        config=change_guard(paper.config(), {"mode": "off"}),
        worker=Worker(runs=False, answers=False),
        unseen=("something",),
    )
    said = console.type("multihome doctor --json")
    assert (said.status, said.err) == (2, "not examined: something\n")
    (one,) = json.loads(said.out)
    assert (one["code"], one["severity"]) == ("worker-stopped", "problem")


def test_a_note_is_said_and_is_no_trouble(console: Console, found: list[Machine]) -> None:
    replies = "".join(
        f"-A {one} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n" for one in ("INPUT", "FORWARD")
    )
    closed = f"*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n{replies}-A FORWARD -i eth0 -j ACCEPT\nCOMMIT\n"
    found.append(Machine(config=paper.config(), facts=paper.FACTS, firewall=Firewall((), closed, closed)))
    said = console.type("multihome doctor")
    assert said.status == 0
    assert said.out.startswith(
        "note: a firewall drops new connections from the Internet already: iptables filter INPUT"
    )


def test_who_is_not_root_asks_the_worker(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    said = console.type("multihome doctor")
    assert (said.status, "run as root to examine this machine" in said.err) == (2, True)
    finding = {"code": "x", "severity": "warning", "text": "a \x1b[31m text", "remedy": "r"}
    with worker(console.path / "worker.sock", json.dumps([finding]).encode() + b"\n"):
        said = console.type("multihome doctor")
    assert said.status == 1
    assert "\x1b" not in said.out


def test_root_looks_itself(console: Console) -> None:
    said = console.type("multihome doctor --json")
    assert {one["code"] for one in json.loads(said.out)} >= {"state-mode"}
    assert StateDirectory(Path(console.path)).config_db.exists()
    assert console.head.config == Config()
