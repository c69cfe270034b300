"""Scenarios say what is wrong with them, play as they are written, and fail when what is expected does not come."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from lab import scenario
from lab.caller import carriers, in_turn, pause_ms
from lab.errors import BadRequest
from lab.inside.calls import Flow
from lab.lab import Lab
from lab.play import Player
from lab.scenario import Fault, GatewayIs, PauseAtMost, Through
from lab.topology import CLIENTS, PLACES
from lab.waiting import wait_until
from tests.lab import routed

FAILING = """
title = "Nothing is done, and a failure is expected"
[[step]]
at = 0.2
within = 0.5
expect = ["gateway 2 is down", "connections through 1 and 2"]
"""

WRONG = {
    "title = 3\n[[step]]": "title has the wrong kind of value: 3",
    "title = ": "Invalid value",
    "": "at least one",
    "isps = 99\n[[step]]": "99 providers",
    "color = 1\n[[step]]": "a scenario has no color; it has: isps, settings, step, title",
    "[[step]]\nat = -1": "step 1: at is a number of seconds",
    "[[step]]\nat = true": "step 1: at is a number of seconds",
    "[[step]]\nat = nan": "step 1: at is a number of seconds",
    "[[step]]\nwhen = 1": "step 1: a step has no when",
    "[[step]]\n[[step]]\ndo = 'cut isp9-vmnet8'": "step 2: there is no cable isp9-vmnet8; there is: host-balancer",
    "[[step]]\ndo = 'reboot'": "step 1: 'reboot' cannot be done",
    "[[step]]\ndo = 'config'": "step 1: 'config' cannot be done",
    "[[step]]\ndo = 'degrade balancer-isp1 loss'": "step 1: say how bad",
    "[[step]]\ndo = 'degrade balancer-isp1 loss much'": "step 1: 'much' is not a share",
    "[[step]]\nexpect = ['gateway 3 is up']": "step 1: there is no ISP 3, but 2 of them",
    "[[step]]\nexpect = ['good weather']": "step 1: 'good weather' cannot be expected",
    "step = [1]": "step 1 is not a table",
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("play") as lab:
        routed.without_hold(lab)
        routed.wait_for_members(lab, 1, 2)
        yield lab


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_played_is_refused_by_step(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(BadRequest) as refused:
        scenario.read(str(path))
    assert WRONG[text] in str(refused.value)


def test_a_file_that_is_not_there_is_answered_with_those_that_ship() -> None:
    with pytest.raises(BadRequest, match="one of: backup, bad-line, everything-down, paper, silent-isp"):
        scenario.read("nowhere.toml")


def test_every_scenario_that_ships_can_be_read_and_expects_something() -> None:
    for name in scenario.shipped():
        assert any(step.expectations for step in scenario.read(name).steps)


def test_words_become_acts_and_expectations() -> None:
    page = """
        isps = 3
        [[step]]
        do = "degrade balancer-isp3 loss 5% rate 2mbit delay 0.5s"
        expect = ["gateway 3 is down", "calls through 1, 2 and 3", "connections through none",
                  "calls pause at most 2 s"]
    """
    (step,) = scenario.parse(page).steps
    assert isinstance(step.act, Fault)
    assert step.act.degradation is not None
    assert (step.act.degradation.rate_bits_per_s, step.act.degradation.delay_ms) == (2_000_000, 500)
    assert [one for _, one in step.expectations] == [
        GatewayIs(3, "down"),
        Through("calls", frozenset({1, 2, 3})),
        Through("connections", frozenset()),
        PauseAtMost(2000),
    ]


def test_a_pause_is_what_was_lost_and_not_what_was_not_said() -> None:
    ms = 1_000_000
    sent = tuple(n * ms for n in (0, 10, 20, 500, 510, 520, 530))
    answered = tuple(n * ms for n in (1, 11, 21, 501, 0, 0, 535))
    flow = Flow(CLIENTS[0], PLACES[0], sent, answered, (1, 1, 1, 1, 0, 0, 2))
    assert pause_ms(flow, 0, 520 * ms) == 10
    assert pause_ms(flow, 0, 600 * ms) == 25
    assert pause_ms(flow, 0, 505 * ms) == 1
    assert in_turn(flow) == [1, 2]
    assert carriers(flow, 505 * ms, 600 * ms) == frozenset({1, 2})


def test_the_papers_experiment_comes_true(lab: Lab) -> None:
    told: list[str] = []
    page = (scenario.SHIPPED / "paper.toml").read_text()
    # The kernel holds a carrier event back for up to a second after another one, in whichever namespace.
    played = scenario.parse(page.replace("at most 100 ms", "at most 1300 ms"))
    assert Player(lab, played, told.append).play(), "\n".join(told)
    assert [line for line in told if "cut balancer-isp1" in line]
    assert [line for line in told if line.endswith("ISP 1 is down: no carrier on eth1")]
    assert [line for line in told if "ISP 1, then 2; longest pause" in line]
    assert told[-1] == "11 expectations came true, 0 failed"


CHANGING = """
settings = ["gateway tier 2 2"]
[[step]]
do = "cut balancer-isp1"
[[step]]
do = "silence isp2-vmnet8"
[[step]]
at = 0.1
do = "kill worker"
within = 0.2
expect = ["gateway 1 is up"]
"""


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_a_play_changed_is_put_back_also_when_it_fails_or_is_interrupted(lab: Lab, *, interrupted: bool) -> None:
    before, told = lab.run("balancer", ["multihome", "export"]).stdout, list[str]()

    def tell(line: str) -> None:
        told.append(line)
        if interrupted and "cut balancer-isp1" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) if interrupted else nullcontext():
        assert not Player(lab, scenario.parse(CHANGING), tell).play()
    (line,) = (line for line in told if "put back: balancer-isp1, isp2-vmnet8" in line)
    assert line.endswith("the configuration")
    assert lab.run("balancer", ["multihome", "export"]).stdout == before
    assert {cable.summary for cable in lab.cables()} == {"healthy"}
    wait_until(lambda: bool(lab.gateways()), "the worker answers", 10)
    routed.wait_for_members(lab, 1, 2)


def test_what_does_not_come_true_is_told_and_is_the_exit_status(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "failing.toml"
    path.write_text(FAILING)
    argv = [sys.executable, "-m", "lab", "play", str(path), "--name", lab.name]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "FAILED gateway 2 is down (not in 0.5 s)" in done.stdout
    assert "1 expectations came true, 1 failed" in done.stdout
    assert (done.returncode, done.stderr) == (1, "")
    assert routed.status(lab).in_force
