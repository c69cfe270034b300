"""An ISP dies behind its modem, the carrier stays: how long it goes on being used, and when it is used again."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from app.service.edits.settings import change_failover
from lab.lab import Lab
from lab.waiting import wait_until
from tests.bench.effort import Effort
from tests.bench.figures import Budget, Figure, Statistic
from tests.lab import routed
from tests.lab.countdown import answer

ISPS, ROUNDS = 8, 3
SETTINGS: Final[Mapping[str, tuple[Mapping[str, float], float]]] = {
    "default": ({"interval_s": 1, "timeout_s": 1}, 2.5),
    "0.2 s / 0.4 s": ({"interval_s": 0.2, "timeout_s": 0.4}, 1.1),
}


def figures(effort: Effort) -> Iterator[Figure]:
    """Seven ISPs die one after the other in each round, so each round gives seven samples."""
    with routed.routed("b-silent", isps=ISPS) as lab:
        for name, (timing, budget_s) in SETTINGS.items():
            _set(lab, {**timing, "hold_s": 0})
            rounds = [_round(lab) for _ in range(effort.runs(ROUNDS))]
            died = tuple(s for deaths, _ in rounds for s in deaths)
            yield Figure(f"silent death → new flows avoid it, {name}", "s", died, Budget(budget_s, Statistic.WORST))
            back = tuple(s for _, returns in rounds for s in returns)
            yield Figure(f"it answers again → it is used, {name}, hold 0", "s", back)
        _set(lab, {"interval_s": 1, "timeout_s": 1, "hold_s": 10})
        # An ISP that fell again and again waits longer; a worker that starts anew knows of one fall alone.
        lab.end_worker()
        lab.start_worker()
        answer(lab)
        yield Figure("it answers again → it is used, default hold of 10 s", "s", tuple(_round(lab)[1]))


def _set(lab: Lab, timing: Mapping[str, float]) -> None:
    routed.wait_for_members(lab, *range(1, ISPS + 1), limit_s=60)
    routed.change(lab, lambda config: change_failover(config, {"timing": dict(timing)}))


def _round(lab: Lab) -> tuple[list[float], list[float]]:
    """Silence all but the last, a tenth of a second apart, then let them answer again: seconds to leave, to return."""
    routed.wait_for_members(lab, *range(1, ISPS + 1), limit_s=60)
    dying = range(1, ISPS)
    died = _until_all(lab, {number: partial(lab.silence, f"isp{number}-vmnet8") for number in dying}, used=False)
    back = _until_all(lab, {number: partial(lab.restore, f"isp{number}-vmnet8") for number in dying}, used=True)
    return died, back


def _until_all(lab: Lab, faults: Mapping[int, Callable[[], int]], *, used: bool) -> list[float]:
    began_s: dict[int, float] = {}
    seen_s: dict[int, float] = {}

    def look() -> bool:
        at_s = time.monotonic()
        for one in routed.status(lab).gateways:
            if one.number in began_s and one.in_use is used:
                seen_s.setdefault(one.number, at_s)
        return seen_s.keys() == faults.keys()

    for number, fault in faults.items():
        began_s[number] = fault() / 1e9
        next_s = time.monotonic() + 0.1
        while time.monotonic() < next_s:
            look()
    wait_until(look, "all of them changed", 60)
    return [seen_s[number] - at_s for number, at_s in began_s.items()]
