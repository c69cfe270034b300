"""The history as a page shows it."""

import pytest

from app.errors import InvalidConfig
from app.model.verdict import State
from app.paths import StateDirectory
from app.service.configuration import Configuration
from app.service.revisions import change, revisions
from app.store import writer
from tests.legs import in_ipv4
from tests.plan import paper
from tests.plan.strategies import verdict
from tests.service.machine import BLANK
from tests.service.waiting import ANA, BY_PAGE, first, given_back, save

UP = {1: verdict(State.UP), 2: verdict(State.UP)}


def test_it_says_who_when_and_from_where_newest_first(home: StateDirectory) -> None:
    first(home)
    save(home, 3, BY_PAGE)
    newest, oldest = revisions(home)
    assert (newest.number, newest.author, newest.origin, newest.address) == (2, "ana", "panel", "192.0.2.7")
    assert (newest.confirmed, newest.returned, newest.window_s) == (False, False, 60)
    assert (oldest.number, oldest.note, oldest.confirmed, oldest.confirmed_by) == (1, "the paper's", True, "root")
    assert oldest.at <= newest.at


def test_it_is_paged(home: StateDirectory) -> None:
    first(home)
    for weight in (2, 3, 4):
        save(home, weight)
    assert [one.number for one in revisions(home, limit=2)] == [4, 3]
    assert [one.number for one in revisions(home, before=3, limit=2)] == [2, 1]


def test_what_was_given_back_is_told_from_what_was_overtaken(home: StateDirectory) -> None:
    first(home)
    save(home, 2, BY_PAGE)
    save(home, 3, BY_PAGE)
    given_back(home, 3, to=1)
    assert [(one.number, one.confirmed, one.returned) for one in revisions(home)] == [
        (3, False, True),
        (2, False, False),
        (1, True, False),
    ]
    save(home, 4, BY_PAGE)
    found = {one.number: one for one in revisions(home)}
    assert (found[3].returned, found[4].returns_to, found[4].confirmed, found[4].origin) == (True, 1, True, "worker")
    assert found[4].note == "revision 3 was rolled back: not confirmed within 60 s"
    assert (found[5].returned, found[5].confirmed) == (False, False)


def test_a_revision_says_what_it_changed_and_what_that_meant(home: StateDirectory) -> None:
    first(home)
    save(home, 3)
    found = change(home, 2, paper.FACTS, in_ipv4(UP))
    assert found.before == 1
    assert found.meant is not None
    assert [(one.path, one.before, one.after) for one in found.meant.fields] == [("gateways.1.weight", "1", "3")]
    assert found.meant.sentence.endswith("1 route replaced. Running connections stay on their ISP.")


def test_the_first_one_changed_everything_and_one_after_the_pruned_says_nothing(
    home: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "KEPT_REVISIONS", 2)
    first(home)
    assert (made := change(home, 1, BLANK, {}).meant) is not None
    assert made.fields
    for weight in (2, 3, 4):
        save(home, weight)
    assert [one.number for one in revisions(home)] == [4, 3]
    assert change(home, 3, BLANK, {}).meant is None
    with pytest.raises(InvalidConfig, match="there is no revision 1"):
        change(home, 1, BLANK, {})
    assert Configuration(home).restore(3, facts=BLANK, author=ANA).changed
