"""Changes that cannot lock anybody out, with real packets: what is confirmed stays, what is not comes back."""

import random
from collections.abc import Callable, Iterator

import pytest

from app.errors import TooEarly, WorkerSilent
from app.model.config import Config
from app.service.configuration import Author, Configuration, Origin
from app.service.confirming import Confirm
from app.service.edits.gateways import change_gateway
from app.service.revisions import revisions
from lab.lab import Lab
from lab.waiting import wait_until
from tests.chance import dice
from tests.lab import routed
from tests.lab.countdown import GRACE_S, WINDOW_S, answer, in_force_s, uptime_s

pytestmark = pytest.mark.patient

KEY = "the key of the page that saved"
BY_PAGE = Confirm(WINDOW_S, session=1, key=KEY)
ANA = Author("ana", Origin.PANEL, "62.231.110.66")
GOOD_CHANGES = 100


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with routed.routed("confirm") as lab:
        routed.wait_for_members(lab, 1, 2)
        yield lab


@pytest.fixture
def chance() -> random.Random:
    return dice("confirm")


def save(lab: Lab, edit: Callable[[Config], Config]) -> int:
    """Save a change that must be confirmed; its number."""
    facts = answer(lab).facts
    configuration = Configuration(routed.home(lab))
    return configuration.change(edit, facts=facts, author=ANA, note="a test", confirm=BY_PAGE).after.number


def weighted(weight: int) -> Callable[[Config], Config]:
    return lambda config: change_gateway(config, 1, {"weight": weight})


def kill(lab: Lab) -> None:
    lab.end_worker(kill=True)
    lab.start_worker()


def confirm(lab: Lab, number: int) -> None:
    """What the page does: try until it counts."""

    def confirmed() -> bool:
        try:
            Configuration(routed.home(lab)).confirm(number, author=ANA, session=1, key=KEY, opened_s=uptime_s())
        except (TooEarly, WorkerSilent):
            return False
        return True

    wait_until(confirmed, f"revision {number} is confirmed", routed.LIMIT_S)


def test_a_good_change_is_never_given_back_and_one_that_is_takes_no_packet_along(
    lab: Lab, chance: random.Random
) -> None:
    kept = []
    for count in range(GOOD_CHANGES):
        kept.append(save(lab, weighted(2 + count % 7)))
        if chance.random() < 0.1:
            kill(lab)
        confirm(lab, kept[-1])
        if chance.random() < 0.1:
            kill(lab)
    answer(lab)
    routed.wait_for_members(lab, 1, 2)
    with lab.udp_call([*routed.pairs_by_isp(lab, 1, 3), *routed.pairs_by_isp(lab, 2, 3)], rate_hz=100) as call:
        lost = save(lab, weighted(13))
        since_s = in_force_s(lab, lost)
        left_s = since_s + WINDOW_S + GRACE_S - uptime_s()
        returned = wait_until(lambda: routed.status(lab).returned, "it is given back", left_s)
        assert returned is not None
        known = [answers for answers, _ in call.latest]
        call.wait_for(lambda latest: all(a > k + 50 for (a, _), k in zip(latest, known, strict=True)), "they go on")
        flows = call.stop()
    assert [flow.lost() for flow in flows] == [0] * 6
    assert [{isp for isp in flow.isps if isp} for flow in flows] == [{1}] * 3 + [{2}] * 3
    # By now the window of every good change would be over too.
    assert (returned.revision, returned.to, routed.status(lab).in_force) == (lost, kept[-1], kept[-1])
    assert routed.status(lab).on_trial is None
    found = {one.number: one for one in revisions(routed.home(lab), limit=200)}
    assert [found[number].confirmed and not found[number].returned for number in kept] == [True] * GOOD_CHANGES
