"""The curve of the last minutes needs no writing to the disk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.store.state import Sample
from app.web.live.recent import EVERY, KEPT, Recent
from tests.plan import paper
from tests.web.fake_worker import healthy

AT = datetime(2026, 3, 1, tzinfo=UTC)


def heard(recent: Recent, at: datetime) -> None:
    recent.take(replace(healthy(paper.config(), 1), observed_at=at))


def test_samples_are_taken_as_often_as_the_worker_takes_them_and_not_for_long() -> None:
    recent = Recent()
    for second in range(int((KEPT + EVERY * 5).total_seconds())):
        heard(recent, AT + timedelta(seconds=second))
    own = recent.after(())
    assert {one.gateway for one in own} == {1, 2}
    assert own[0].rtt_ms is not None
    assert len(own) == 2 * (KEPT // EVERY + 1)
    assert own[-1].at - own[0].at == KEPT


def test_what_was_written_before_comes_first_and_nothing_twice() -> None:
    recent, written = Recent(), [Sample(1, AT + EVERY * n) for n in range(3)]
    assert recent.after(written) == tuple(written)
    heard(recent, AT + EVERY)
    assert [one.at for one in recent.after(written)] == [AT, AT + EVERY, AT + EVERY]  # two gateways
    assert recent.after(written)[0] == written[0]


def test_a_clock_that_is_set_back_begins_anew() -> None:
    recent = Recent()
    heard(recent, AT + timedelta(hours=1))
    heard(recent, AT)
    assert {one.at for one in recent.after(())} == {AT}
