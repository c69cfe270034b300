"""The curve of the last minutes needs no writing to the disk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.store.state_schema import Sample
from app.web.links.worker_link import KEPT_SAMPLES, SAMPLED_EVERY, RecentSamples
from tests.legs import ipv4
from tests.plan import paper
from tests.web.fake_worker import healthy

AT = datetime(2026, 3, 1, tzinfo=UTC)


def heard(recent: RecentSamples, at: datetime) -> None:
    recent.take(replace(healthy(paper.config(), 1), observed_at=at))


def test_samples_are_taken_as_often_as_the_worker_takes_them_and_not_for_long() -> None:
    recent = RecentSamples()
    for second in range(int((KEPT_SAMPLES + SAMPLED_EVERY * 5).total_seconds())):
        heard(recent, AT + timedelta(seconds=second))
    own = recent.after(())
    assert {one.leg.number for one in own} == {1, 2}
    assert own[0].rtt_ms is not None
    assert len(own) == 2 * (KEPT_SAMPLES // SAMPLED_EVERY + 1)
    assert own[-1].at - own[0].at == KEPT_SAMPLES


def test_what_was_written_before_comes_first_and_nothing_twice() -> None:
    recent, written = RecentSamples(), [Sample(ipv4(1), AT + SAMPLED_EVERY * n) for n in range(3)]
    assert recent.after(written) == tuple(written)
    heard(recent, AT + SAMPLED_EVERY)
    assert [one.at for one in recent.after(written)] == [AT, AT + SAMPLED_EVERY, AT + SAMPLED_EVERY]  # two gateways
    assert recent.after(written)[0] == written[0]


def test_a_clock_that_is_set_back_begins_anew() -> None:
    recent = RecentSamples()
    heard(recent, AT + timedelta(hours=1))
    heard(recent, AT)
    assert {one.at for one in recent.after(())} == {AT}
