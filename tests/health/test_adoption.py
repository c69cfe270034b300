from dataclasses import replace

import pytest

from app.health.adoption import BELIEVED_S, NOT_ASKED, WAS_IN_USE, Remembered, first_verdict
from app.model.verdict import Layer, State, Verdict
from tests.health.line import BOOT, moment

DOWN = Verdict(state=State.DOWN, reason="no carrier on eth1", since=BOOT, layer=Layer.CARRIER)
NOW = moment(1000)


@pytest.mark.parametrize("in_use", [False, True])
def test_a_fresh_verdict_of_this_boot_is_kept(in_use: bool) -> None:
    assert first_verdict(Remembered(DOWN, "boot", BELIEVED_S - 1), "boot", in_use=in_use, now=NOW) == DOWN


@pytest.mark.parametrize(
    "remembered",
    [
        None,
        Remembered(DOWN, "boot", BELIEVED_S),
        Remembered(DOWN, "other", 1.0),
        Remembered(DOWN, "boot", -1.0),
    ],
)
def test_else_what_is_in_use_stays_so_and_nothing_is_known(remembered: Remembered | None) -> None:
    kept = first_verdict(remembered, "boot", in_use=True, now=NOW)
    assert kept == Verdict(state=State.UNKNOWN, reason=WAS_IN_USE, since=NOW.wall, carries=True)
    left = first_verdict(remembered, "boot", in_use=False, now=NOW)
    assert left == replace(kept, reason=NOT_ASKED, carries=False)
