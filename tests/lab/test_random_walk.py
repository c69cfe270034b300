"""Behavior 16: three hundred random events, and after each the kernel is what it should be.

The walk is the same each time, unless MULTIHOME_SEARCH=1 has it drawn anew (tests/chance.py). One that failed is walked
again, or a shorter part of it, with

    MULTIHOME_WALK_SEED=… MULTIHOME_WALK_LENGTH=… ./run test tests/lab/test_random_walk.py
"""

import os
from collections.abc import Iterator

import pytest

from lab.lab import Lab
from tests import chance
from tests.lab import routed
from tests.lab.walk import CHANGING, ISPS, settled, take, unanswered, walk

LENGTH = 300
# Quick, so that three hundred settle in little time; verdicts come and go as they do with the defaults.
TIMING = {"interval_s": 0.1, "timeout_s": 0.4, "fall": 2, "rise": 1, "hold_s": 0}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("walk", isps=ISPS) as lab:
        routed.set_timing(lab, **TIMING)
        routed.wait_for_members(lab, 1, 2, 3)
        yield lab


def test_after_every_event_of_a_random_walk_the_kernel_is_what_it_should_be(lab: Lab) -> None:
    length = int(os.environ.get("MULTIHOME_WALK_LENGTH", LENGTH))
    written = settled(lab).ruleset
    for number, step in enumerate(walk(chance.seed("walk"), length), 1):
        print(f"{number:3} {step.kind} {step.subject}", flush=True)
        take(lab, step)
        # The table does not depend on what is up: only what is in its two sets does.
        seen = settled(lab, None if step.kind in CHANGING else written)
        written = seen.ruleset
        if seen.usable:
            assert unanswered(lab, step.connections) == []


def test_a_walk_is_the_same_again_and_its_beginning_the_same_as_a_shorter_one() -> None:
    assert list(walk(7, 50)) == list(walk(7, 50))
    assert list(walk(7, 50))[:20] == list(walk(7, 20))
    assert list(walk(7, 50)) != list(walk(8, 50))
